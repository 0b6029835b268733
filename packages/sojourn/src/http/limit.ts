import type { RouteName } from "../contract/routes.ts";
import { type ErrorCode, isSojournError, SojournError } from "../domain/errors.ts";
import type { LimitedAct } from "../domain/policy/rate-limits.ts";
import type { Call } from "./call.ts";
import type { Admitted } from "./limits.ts";
import { contextOf } from "./request-headers.ts";

/** An attempt that a route makes for its caller. */
export interface Attempt extends Pick<Admitted, "passed" | "undone"> {
  /** Passes an error on. It counts, unless it says only that nothing could be tried. */
  readonly failed: (error: unknown) => Promise<never>;
}

/** What says nothing of what was tried: it was not understood, or could not be judged now. */
const noVerdict: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "invalid_input",
  "transport_not_enabled",
  "not_found",
  "password_rejected",
  "internal",
  "login_busy",
  "store_unavailable",
  "oauth_provider_unavailable",
]);

/**
 * Asks whether a call may try something, before anything that costs is done for it. Whoever asks says how it
 * went: `passed`, `undone`, or `failed`; what is said nothing of counts.
 *
 * @param account whom the attempt is for, if that is known; it is not kept as it is.
 * @throws {SojournError} `rate_limited`.
 */
export async function limit(
  { parts, headers }: Pick<Call<RouteName>, "parts" | "headers">,
  act: LimitedAct,
  account: string | null = null,
): Promise<Attempt> {
  if (parts.limits === null) return attempt(unlimited);
  const admission = await parts.limits.admit(act, account, headers.ip ?? null);
  if (admission.allowed) return attempt(admission);
  const { scope, points, retryAfterMs } = admission;
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1000));
  parts.events.emit(
    { type: "excess_rate_limit_exceeded", act, scope, max: points, retryAfter },
    contextOf(headers),
  );
  throw new SojournError("rate_limited", {
    retryAfter,
    detail: `Too many attempts. Try again in ${inWords(retryAfter)}.`,
  });
}

function attempt({ passed, undone }: Pick<Admitted, "passed" | "undone">): Attempt {
  return {
    passed,
    undone,
    failed: async (error) => {
      if (!isSojournError(error) || noVerdict.has(error.code)) await undone();
      throw error;
    },
  };
}

const nothing = (): Promise<void> => Promise.resolve();
const unlimited = { passed: nothing, undone: nothing };

function inWords(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? "a second" : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return minutes === 1 ? "a minute" : `${minutes} minutes`;
  return `${Math.ceil(minutes / 60)} hours`;
}
