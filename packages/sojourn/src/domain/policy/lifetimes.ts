import type { Lifetimes, LifetimesByKind, SessionPolicy } from "../policy.ts";
import type { BaseUser } from "../principal.ts";
import type { SessionKind, SessionRecord } from "../session.ts";

/**
 * The longest that a session may live: what the policy says of its kind, of whether it is remembered, and
 * of its user's role. Looked up, never worked out: it is part of every check.
 *
 * @param user as far as known; without one, roles make no difference.
 */
export function lifetimesOf(
  policy: Pick<SessionPolicy, "lifetimes">,
  { kind, remember }: Pick<SessionRecord, "kind" | "remember">,
  user: BaseUser | null | undefined,
): Lifetimes {
  const { anyone, byRole } = policy.lifetimes;
  const row = (byRole === null ? undefined : byRole.get(roleOf(user))) ?? anyone;
  // A kind of a later version is held to what holds for people.
  const { remembered, passing } = Object.hasOwn(row, kind) ? row[kind] : row.user;
  return remember ? remembered : passing;
}

/** A user's role; the empty text where there is none. */
function roleOf(user: BaseUser | null | undefined): string {
  const role = user === null || user === undefined || !("role" in user) ? undefined : user.role;
  return typeof role === "string" ? role : "";
}

/** The shorter of each; an idle timeout is never longer than the absolute one. */
export function shorterOf(a: Lifetimes, b: Partial<Lifetimes>): Lifetimes {
  const absoluteTimeout = Math.min(a.absoluteTimeout, b.absoluteTimeout ?? a.absoluteTimeout);
  const idleTimeout = Math.min(a.idleTimeout, b.idleTimeout ?? a.idleTimeout, absoluteTimeout);
  return { idleTimeout, absoluteTimeout };
}

/** The same table with each entry shortened. */
export function shortenAll(of: LifetimesByKind, by: Partial<Lifetimes>): LifetimesByKind {
  const shorten = (kind: SessionKind): LifetimesByKind[SessionKind] => ({
    remembered: shorterOf(of[kind].remembered, by),
    passing: shorterOf(of[kind].passing, by),
  });
  return {
    user: shorten("user"),
    agent: shorten("agent"),
    service: shorten("service"),
    anonymous: shorten("anonymous"),
  };
}

/** Lifetimes that a callback asked for, held within the policy: it may shorten, never lengthen. */
export function shortenLifetimes(
  policy: Lifetimes,
  wanted: Partial<Lifetimes> | null | undefined,
): Lifetimes {
  const sensible = (value: number | undefined): number =>
    value === undefined || !(value >= 0) ? Number.POSITIVE_INFINITY : value;
  return shorterOf(policy, {
    idleTimeout: sensible(wanted?.idleTimeout),
    absoluteTimeout: sensible(wanted?.absoluteTimeout),
  });
}
