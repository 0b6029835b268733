import { endOf, resumableUntil } from "../domain/evaluate.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { Lifetimes, SessionPolicy } from "../domain/policy.ts";
import { type BaseUser, isActive } from "../domain/principal.ts";
import type { EndReason, Session, SessionRecord } from "../domain/session.ts";
import { viewSession } from "./session-view.ts";
import type { ActiveSession, Ended, Verification } from "./verification.ts";

/** What the credential says that was checked. */
export interface CheckedCredential extends Pick<ActiveSession, "renewal" | "accessExpiresAt"> {
  /** The refresh counter whose use it proves, if any. */
  readonly counter: number | null;
  /** The claims that it carries; where it carries none, leave them out. */
  readonly claims?: Session["claims"];
}

/** Checked at the store, and nothing else to be said of it. */
export const plainCredential: CheckedCredential = { counter: null, renewal: "none", accessExpiresAt: null };

/**
 * The verdict on a session that was read from the store and whose credential has been checked.
 *
 * @param user null if there is none any more.
 */
export function verifyStored(
  record: SessionRecord,
  user: BaseUser | null,
  policy: SessionPolicy,
  now: number,
  { counter, renewal, accessExpiresAt, claims }: CheckedCredential,
): Verification {
  const lifetimes = lifetimesOf(policy, record, user);
  const reason = endOf(record, lifetimes, now) ?? accountEnd(user);
  if (reason !== null || user === null)
    return endedStored(record, reason ?? "user_disabled", lifetimes, policy);
  return {
    status: "verified",
    active: {
      status: "active",
      session: viewSession(record, lifetimes, claims),
      user,
      renewal,
      accessExpiresAt,
    },
    record,
    counter,
    seen: { at: record.lastSeenAt },
  };
}

/** A session in the store that is over. */
export function endedStored(
  record: SessionRecord,
  reason: EndReason,
  lifetimes: Lifetimes,
  policy: SessionPolicy,
): Ended {
  return endedBy(record, reason, reason === "idle" ? resumableUntil(record, lifetimes, policy) : null);
}

/** A session that is over. @param resumable until when it may be resumed, in ms since the epoch. */
export function endedBy(
  facts: Pick<Ended, "sid" | "userId" | "actor" | "endedAt">,
  reason: EndReason,
  resumable: number | null = null,
): Ended {
  const { sid, userId, actor, endedAt } = facts;
  return { status: "ended", reason, endedAt, sid, userId, actor, resumableUntil: resumable };
}

/** A user who is gone or disabled has no session. */
export function accountEnd(user: BaseUser | null): "user_disabled" | null {
  return user !== null && isActive(user) ? null : "user_disabled";
}
