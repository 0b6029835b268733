import type { Lifetimes, SessionPolicy } from "./policy.ts";
import type { EndReason, SessionRecord } from "./session.ts";

/** The facts about a session's life that the verdict depends on. Times and lengths in ms. */
export type LifeFacts = Pick<
  SessionRecord,
  "createdAt" | "lastSeenAt" | "idleTimeout" | "expiresAt" | "endReason"
>;

/** Why the session is over at `now`, or null while it is alive. */
export function endOf(facts: LifeFacts, policy: Lifetimes, now: number): EndReason | null {
  if (facts.endReason !== null) return facts.endReason;
  if (now >= absoluteEnd(facts, policy)) return "expired";
  if (now >= idleEnd(facts, policy)) return "idle";
  return null;
}

/**
 * Until when a session that idled may be resumed by a new proof, in ms since the epoch; null for not at all.
 * Nobody resumes what acts for a user, or what somebody else holds in their name.
 */
export function resumableUntil(
  facts: LifeFacts & Pick<SessionRecord, "kind" | "actor">,
  lifetimes: Lifetimes,
  { resumeIdle }: Pick<SessionPolicy, "resumeIdle">,
): number | null {
  if (resumeIdle === null || facts.endReason !== null || facts.kind !== "user" || facts.actor !== null)
    return null;
  return Math.min(idleEnd(facts, lifetimes) + resumeIdle, absoluteEnd(facts, lifetimes));
}

/** How long requests with a cookie that was replaced may still be on their way, in ms. */
const replacedCookieGrace = 60_000;

/**
 * Whether the cookie of a session that is over should be cleared. Not while the browser may just have
 * been given the next one: the answer to a request that was sent with the old cookie could arrive
 * after the new cookie, and would take it away.
 *
 * @param endedAt when it ended, in ms since the epoch; null where no next cookie can be on its way.
 */
export function endClearsCookie(reason: EndReason, endedAt: number | null, now: number): boolean {
  const mayBeReplaced = reason === "superseded" || reason === "idle";
  return !mayBeReplaced || endedAt === null || now - endedAt >= replacedCookieGrace;
}

/**
 * When the absolute timeout strikes. A policy that became shorter since the sign-in
 * applies at once; one that became longer does not, because the record's own end stands.
 */
export function absoluteEnd(facts: LifeFacts, policy: Lifetimes): number {
  return Math.min(facts.expiresAt, facts.createdAt + policy.absoluteTimeout);
}

/** When the idle timeout strikes if nothing more is seen of the user; never after the absolute end. */
export function idleEnd(facts: LifeFacts, policy: Lifetimes): number {
  const idleTimeout = Math.min(facts.idleTimeout, policy.idleTimeout);
  return Math.min(facts.lastSeenAt + idleTimeout, absoluteEnd(facts, policy));
}
