import type { KeyRing } from "../crypto/key-ring.ts";
import { isGenuine, parseRefreshToken, type RefreshToken } from "../crypto/refresh-token.ts";
import { endOf } from "../domain/evaluate.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import { decideRotation, type RotationDecision } from "../domain/rotation.ts";
import type { RefreshLineage, SessionRecord } from "../domain/session.ts";
import type { FoundSession, SessionStore } from "../ports/session-store.ts";
import { notGenuine, withNews } from "./lineage-key.ts";
import type { LocalRevocations } from "./local-revocations.ts";
import { parentEnd } from "./parent-session.ts";
import { viewSession } from "./session-view.ts";
import { accountEnd, endedStored } from "./stored-session.ts";
import type { UserResolver } from "./user-resolver.ts";
import type { Credentials, Presented, Renewal, SameAgent } from "./verification.ts";

/** What rotation needs. */
export interface RotationParts {
  readonly policy: SessionPolicy;
  readonly store: SessionStore;
  readonly resolveUser: UserResolver;
  readonly revocations: LocalRevocations;
  readonly ring: KeyRing;
  readonly sameAgent: SameAgent;
}

/** A genuine refresh token of a live session, and what the policy says it gets. */
interface Weighed {
  readonly status: "weighed";
  readonly token: RefreshToken;
  readonly record: SessionRecord;
  readonly lineage: RefreshLineage;
  readonly user: BaseUser;
  readonly decision: RotationDecision;
}

/**
 * A loser of the compare-and-set weighs its token again, against the new head. One more round is
 * enough for that; the bound is there so that a broken store cannot make it go round for ever.
 */
const mostRounds = 4;

/** Turns a refresh token into its successor. The only place that rotates. */
export class RefreshRotation {
  readonly #parts: RotationParts;
  readonly #issue: (record: SessionRecord, user: BaseUser, now: number) => MaybePromise<Credentials>;

  constructor(
    parts: RotationParts,
    issue: (record: SessionRecord, user: BaseUser, now: number) => MaybePromise<Credentials>,
  ) {
    this.#parts = parts;
    this.#issue = issue;
  }

  async renew(presented: Presented, now: number): Promise<Renewal> {
    for (let round = 0; round < mostRounds; round += 1) {
      const weighed = await this.#weigh(presented, now);
      if (weighed.status !== "weighed") return weighed;
      const renewal = await this.#act(weighed, now);
      if (renewal !== null) return renewal;
    }
    return { status: "invalid", code: "refresh_contended", keep: true };
  }

  async #weigh(
    presented: Presented,
    now: number,
  ): Promise<Weighed | Exclude<Renewal, { status: "renewed" | "reused" | "ahead" }>> {
    if (presented.refresh === null) return { status: "none" };
    const token = parseRefreshToken(presented.refresh);
    if (token === null) return { status: "invalid", code: "token_malformed", keep: false };
    const { store, ring, policy, resolveUser } = this.#parts;

    const found = await store.find(token.sid);
    const lineage = found?.record.refresh ?? null;
    await withNews(ring, lineage, () => undefined);
    // The MAC comes before everything else: a forged token learns nothing and alarms nobody.
    if (found === null || lineage === null || !isGenuine(ring, token, lineage))
      return notGenuine(ring, lineage);
    const { record } = found;
    if (record.transport !== presented.transport)
      return { status: "invalid", code: "transport_mismatch", keep: true };
    const user = await resolveUser(record, found.user);
    const lifetimes = lifetimesOf(policy, record, user);
    const find = (sid: string): MaybePromise<FoundSession | null> => store.find(sid);
    const reason =
      endOf(record, lifetimes, now) ??
      accountEnd(user) ??
      (await parentEnd(record, { find, resolveUser, policy }, now));
    if (reason !== null || user === null)
      return endedStored(record, reason ?? "user_disabled", lifetimes, policy);

    const sameAgent = await this.#parts.sameAgent(record.userAgent, presented.userAgent);
    const decision = decideRotation(
      lineage,
      { counter: token.counter, sameAgent },
      policy.rotationGrace,
      now,
    );
    return { status: "weighed", token, record, lineage, user, decision };
  }

  /** Null when another request was faster and the token must be weighed again. */
  async #act({ token, record, lineage, user, decision }: Weighed, now: number): Promise<Renewal | null> {
    const { sid, userId, actor } = record;
    const about = { sid, userId, actor, counter: token.counter, head: lineage.counter };
    switch (decision.action) {
      case "rotate":
        return this.#rotate(record.sid, lineage.counter, user, now);
      case "repeat": {
        // The head's key may have left the ring meanwhile; then nobody holds a good head, and a new one is made.
        if (this.#parts.ring.key(lineage.keyId, "refresh") === null)
          return this.#rotate(record.sid, lineage.counter, user, now);
        return this.#renewed("repeated", record, user, now);
      }
      case "refuse":
        return { status: "ahead", ...about };
      case "revoke": {
        const ended = await this.#parts.store.revoke(record.sid, now, "reuse_detected");
        if (ended !== null) {
          const { expiresAt } = record;
          this.#parts.revocations.revoked([
            { sid, userId, reason: "reuse_detected", endedAt: now, expiresAt },
          ]);
        }
        return { status: "reused", ...about };
      }
    }
  }

  async #rotate(sid: string, fromCounter: number, user: BaseUser, now: number): Promise<Renewal | null> {
    const rotated = await this.#parts.store.rotate(sid, fromCounter, now, this.#parts.ring.activeId);
    return rotated === null ? null : this.#renewed("rotated", rotated, user, now);
  }

  async #renewed(
    change: "rotated" | "repeated",
    record: SessionRecord,
    user: BaseUser,
    now: number,
  ): Promise<Renewal> {
    const credentials = await this.#issue(record, user, now);
    return {
      status: "renewed",
      change,
      credentials,
      session: viewSession(record, lifetimesOf(this.#parts.policy, record, user)),
      user,
      record,
    };
  }
}
