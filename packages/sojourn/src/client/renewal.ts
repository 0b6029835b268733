import type { SessionReply } from "../contract/types.ts";
import type { Renewal } from "../domain/renewal.ts";
import { around } from "./environment.ts";
import { success } from "./result.ts";
import type { ReadResult, SessionKeeper } from "./session-keeper.ts";
import { openTabs } from "./tabs.ts";

/** For what the other tabs have to say of the same question, once it was theirs to ask. */
const untilTold = 100;
/** Longer than a request may take. */
const longestTurn = 20_000;

/** Makes the credential anew, or slides the idle timeout, unless another tab has. @param isDue whether it still has to be done. */
export function renew(keeper: SessionKeeper, isDue?: () => boolean): Promise<ReadResult> {
  const act = async (): Promise<ReadResult> => (!isDue || isDue() ? renewNow(keeper) : asKnown(keeper));
  return inOneTab(keeper, "renew", act, isDue !== undefined);
}

/** Asks who is signed in, behind what is shown, unless another tab has just done so. */
export function revalidate(keeper: SessionKeeper): Promise<ReadResult> {
  return inOneTab(keeper, "read", () => keeper.read(), true);
}

async function renewNow(
  keeper: SessionKeeper,
  by: Renewal["by"] = keeper.known?.reply?.renewal?.by ?? "refresh",
): Promise<ReadResult> {
  const { connection } = keeper.parts;
  const { tokens } = connection;
  const refreshToken = (await tokens?.read())?.refresh ?? undefined;
  const answer = await connection.call<SessionReply>(
    "POST",
    `/${by}`,
    by === "touch" ? {} : { refreshToken },
  );
  const { result, askedAt } = answer;
  // Whatever happens here while it is under way happens later than what it tells of.
  if (result.ok) await keeper.learn(answer, result.data, askedAt);
  else if (result.error.status !== 401) keeper.fail(result.error);
  // An access token that ran out cannot slide anything.
  else if (by === "touch" && refreshToken !== undefined) return renewNow(keeper, "refresh");
  // Tokens that are no good leave nothing to ask with. A cookie may have been replaced by another tab's.
  else if (tokens !== null) await keeper.learn(answer, null, askedAt);
  else await keeper.ended(answer.endReason);
  return result;
}

const asKnown = (keeper: SessionKeeper): ReadResult =>
  success<SessionReply | null>(keeper.known?.reply ?? null);
const knownSince = (keeper: SessionKeeper): number => keeper.known?.asOf ?? 0;

/** One tab asks, and the others hear of it. @param mayWait whether it need not be done at once. */
async function inOneTab(
  keeper: SessionKeeper,
  what: string,
  ask: () => Promise<ReadResult>,
  mayWait: boolean,
): Promise<ReadResult> {
  if (!keeper.parts.shared) return ask();
  const { locks } = around.navigator ?? {};
  if (!locks) return mayWait ? byWordOfMouth(keeper, what, ask) : ask();
  const name = `${keeper.parts.name} ${what}`;
  const before = knownSince(keeper);
  const first = await locks.request(name, { ifAvailable: true }, (lock) => lock && ask()).catch(ask);
  if (first !== null) return first;
  // A tab that the browser froze holds its lock all the same.
  const signal = AbortSignal.timeout(longestTurn);
  return locks
    .request(name, { signal }, async () => ((await isTold(keeper, before)) ? asKnown(keeper) : ask()))
    .catch(ask);
}

/**
 * The same where there are no locks: whoever wants to ask says a number, and after a moment the one of the smallest begins. It
 * goes before any that comes later, and says when it is done. A tab that hears nothing asks for itself: the server
 * stands several at once, and honest races sign nobody out.
 */
async function byWordOfMouth(
  keeper: SessionKeeper,
  what: string,
  ask: () => Promise<ReadResult>,
): Promise<ReadResult> {
  const before = knownSince(keeper);
  let mine = Math.random();
  let isFirst = true;
  let letGo = (): void => {};
  const done = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const tabs = openTabs<number>(`${keeper.parts.name} ${what}`, (theirs) => {
    if (theirs > 1) letGo();
    else if (theirs > mine) tabs.tell(mine);
    else if (theirs < mine) isFirst = false;
  });
  tabs.tell(mine);
  await new Promise((resolve) => setTimeout(resolve, untilTold));
  if (!isFirst) {
    const timer = setTimeout(letGo, longestTurn);
    await done;
    clearTimeout(timer);
    if (await isTold(keeper, before)) {
      tabs.close();
      return asKnown(keeper);
    }
  }
  mine = -1;
  return ask().finally(() => {
    tabs.tell(2);
    tabs.close();
  });
}

/** Waits for what the tab before has found out, which may come after its lock. */
function isTold(keeper: SessionKeeper, before: number): Promise<boolean> {
  return new Promise((resolve) => {
    const conclude = (): void => {
      clearTimeout(timer);
      keeper.learned.delete(look);
      resolve(knownSince(keeper) > before);
    };
    const look = (): void => {
      if (knownSince(keeper) > before) conclude();
    };
    const timer = setTimeout(conclude, untilTold);
    keeper.learned.add(look);
    look();
  });
}
