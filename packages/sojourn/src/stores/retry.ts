import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

/** How many times a call is made, at the most. */
const attempts = 3;
/** The same where it only lost against others, who are done by then: one of them gets through each time. */
const contendedAttempts = 10;
/** The longest pause before the second attempt, in ms; each further one may be three times as long. */
const firstPause = 30;

/** What a failure means for making the call again. */
export type Repeatable =
  /** Nothing was done, so any call may be made again. */
  | "any"
  /** Nothing was done, because others wanted the same rows at the same moment: a deadlock, a serialization failure. */
  | "contended"
  /** It may have been done and only the reply got lost, so only what does no more the second time. */
  | "safe"
  | "never";

/**
 * Makes a call again that failed for a reason that passes: a connection that broke, a deadlock, a server
 * that is starting. Pauses are random, so that many nodes do not come back in one instant.
 *
 * @param safe whether making the call twice does no more than making it once.
 * @param judge what a failure means.
 * @param wait pauses for so many ms; for tests.
 */
export async function withRetries<Result>(
  call: () => Promise<Result>,
  safe: boolean,
  judge: (error: unknown) => Repeatable,
  wait: (ms: number) => Promise<unknown> = pause,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const repeatable = judge(error);
      const isContended = repeatable === "contended";
      const may = isContended || repeatable === "any" || (repeatable === "safe" && safe);
      if (!may || attempt === (isContended ? contendedAttempts : attempts)) throw error;
      const longest = firstPause * 3 ** Math.min(attempt - 1, attempts - 2);
      await wait(randomInt(Math.ceil(longest / 3), longest + 1));
    }
  }
}
