import { endOf } from "../domain/evaluate.ts";
import type { Lifetimes } from "../domain/policy.ts";
import { type BaseUser, isActive } from "../domain/principal.ts";
import type { EndReason, Session, SessionRecord } from "../domain/session.ts";
import { viewSession } from "./session-view.ts";
import type { Ended, Verification } from "./verification.ts";

/**
 * The verdict on a session that was read from the store and whose credential has been checked.
 *
 * @param user null if there is none any more.
 * @param counter the refresh counter that the credential proves the use of, if any.
 */
export function verifyStored(
  record: SessionRecord,
  user: BaseUser | null,
  policy: Lifetimes,
  now: number,
  counter: number | null,
  renewal: "none" | "due",
  claims?: Session["claims"],
): Verification {
  const reason = endOf(record, policy, now) ?? accountEnd(user);
  if (reason !== null || user === null) {
    return endedBy(record, reason ?? "user_disabled");
  }
  return {
    status: "verified",
    active: { status: "active", session: viewSession(record, policy, claims), user, renewal },
    record,
    counter,
    seen: { at: record.lastSeenAt },
  };
}

/** A session that is over. */
export function endedBy(facts: Omit<Ended, "status" | "reason">, reason: EndReason): Ended {
  const { sid, userId, actor, endedAt } = facts;
  return { status: "ended", reason, endedAt, sid, userId, actor };
}

/** A user who is gone or disabled has no session. */
export function accountEnd(user: BaseUser | null): "user_disabled" | null {
  return user !== null && isActive(user) ? null : "user_disabled";
}
