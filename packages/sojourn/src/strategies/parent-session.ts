import { endOf } from "../domain/evaluate.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { FoundSession } from "../ports/session-store.ts";
import { accountEnd, endedBy } from "./stored-session.ts";
import type { UserResolver } from "./user-resolver.ts";
import type { Verification } from "./verification.ts";

/** What it takes to look at the session of who acts in another. */
export interface ParentParts {
  readonly find: (sid: string) => MaybePromise<FoundSession | null>;
  readonly resolveUser: UserResolver;
  readonly policy: SessionPolicy;
}

/**
 * Whether a session that somebody acts in is over because the actor's own is, be it by an act, by time or by
 * their account. Costs a look-up in such a session, and nothing in any other.
 */
export function parentEnd(
  { actor }: Pick<SessionRecord, "actor">,
  { find, resolveUser, policy }: ParentParts,
  now: number,
): MaybePromise<"parent_ended" | null> {
  if (actor === null) return null;
  return andThen(find(actor.sid), (found) => {
    if (found === null) return "parent_ended";
    const { record } = found;
    return andThen(resolveUser(record, found.user), (user) => {
      const end = endOf(record, lifetimesOf(policy, record, user), now) ?? accountEnd(user);
      return end === null ? null : "parent_ended";
    });
  });
}

/** The verdict on a session that was read from the store, held to the session of who acts in it. */
export function heldToParent(
  verification: Verification,
  parts: ParentParts,
  now: number,
): MaybePromise<Verification> {
  const record = verification.status === "verified" ? verification.record : null;
  if (record === null || record.actor === null) return verification;
  return andThen(parentEnd(record, parts, now), (reason) =>
    reason === null ? verification : endedBy(record, reason),
  );
}
