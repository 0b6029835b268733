import {
  isGenuine,
  makeRefreshToken,
  parseRefreshToken,
  type RefreshToken,
} from "../crypto/refresh-token.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import { absoluteEnd, endOf } from "../domain/evaluate.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import { decideRotation } from "../domain/rotation.ts";
import type { RefreshLineage, SessionRecord } from "../domain/session.ts";
import type { Random } from "../ports/random.ts";
import type { FoundSession, SessionStore } from "../ports/session-store.ts";
import { heldByRefresh, heldByToken } from "./held-session.ts";
import { notGenuine, withNews } from "./lineage-key.ts";
import type { LocalRevocations } from "./local-revocations.ts";
import { heldToParent } from "./parent-session.ts";
import { RefreshRotation } from "./refresh-rotation.ts";
import { endedBy, endedStored, verifyStored } from "./stored-session.ts";
import type { TokenIssuer } from "./token-issuer.ts";
import { pickFields } from "./token-claims.ts";
import { type GenuineToken, mayBeGoodAgain, type RefusedToken, type TokenReader } from "./token-reader.ts";
import type { UserResolver } from "./user-resolver.ts";
import type {
  Credentials,
  FreshSecrets,
  HeldSession,
  Presented,
  Renewal,
  SameAgent,
  Strategy,
  Verification,
} from "./verification.ts";

/** What the hybrid strategy is made of. */
export interface HybridParts {
  readonly reader: TokenReader;
  readonly issuer: TokenIssuer;
  readonly policy: SessionPolicy;
  readonly store: SessionStore;
  readonly resolveUser: UserResolver;
  /** The user fields that tokens carry; what is read by a refresh token shows the same. */
  readonly fields: readonly string[];
  readonly revocations: LocalRevocations;
  readonly ring: KeyRing;
  readonly random: Random;
  readonly sameAgent: SameAgent;
}

const notNow: Verification = { status: "invalid", code: "refresh_refused", keep: true };

/**
 * A short access token that is checked without the store, and a rotating refresh token behind it.
 * Where the access token has run out, the refresh token alone proves the session to a reader, and
 * nothing is rotated: so any number of parallel reads see a signed-in user, and none of them races.
 */
export class HybridStrategy implements Strategy {
  readonly name = "hybrid";
  readonly stored = true;
  readonly #parts: HybridParts;
  readonly #rotation: RefreshRotation;
  readonly #find = (sid: string): MaybePromise<FoundSession | null> => this.#parts.store.find(sid);

  constructor(parts: HybridParts) {
    this.#parts = parts;
    this.#rotation = new RefreshRotation(parts, (record, user, now) => this.#credentials(record, user, now));
  }

  freshSecrets(_sid: string, now: number): FreshSecrets {
    const { random, ring } = this.#parts;
    // The first head is born confirmed: there is no token before it that a lost reply could bring back.
    const refresh: RefreshLineage = {
      counter: 0,
      confirmedCounter: 0,
      rotatedAt: now,
      seed: random.bytes(32),
      keyId: ring.activeId,
    };
    return { stored: { secretHash: null, refresh }, token: null };
  }

  issue(
    record: SessionRecord,
    user: BaseUser,
    _secrets: FreshSecrets,
    now: number,
  ): MaybePromise<Credentials> {
    return this.#credentials(record, user, now);
  }

  verify(presented: Presented, now: number): MaybePromise<Verification> {
    if (presented.access === null) return this.#byRefresh(presented, now, { status: "none" });
    const token = this.#parts.reader.read(presented.access, presented.transport, now);
    return andThen(token, (read) =>
      read.ok ? this.#byAccess(read, now) : this.#instead(read, presented, now),
    );
  }

  /** Here the user is whole, as the store or the directory has it. */
  verifyAtStore(presented: Presented, now: number): MaybePromise<Verification> {
    if (presented.access === null) return this.verify(presented, now);
    const token = this.#parts.reader.read(presented.access, presented.transport, now);
    return andThen(token, (read) =>
      read.ok ? this.#atStore(read, now) : this.#instead(read, presented, now),
    );
  }

  /** Both tokens count: they may be of two sessions, where a browser took only one of two cookies. */
  async held(presented: Presented, now: number): Promise<readonly HeldSession[]> {
    const byRefresh = await heldByRefresh(this.#parts, presented, now);
    return [...byRefresh, ...(await heldByToken(this.#parts, presented, now))];
  }

  /** An access token that ran out is no secret to enter by: it is in the logs of whoever was shown it. */
  async enters(presented: Presented, now: number): Promise<SessionRecord | null> {
    const token = presented.refresh === null ? null : parseRefreshToken(presented.refresh);
    const record = token === null ? undefined : (await this.#parts.store.find(token.sid))?.record;
    const lineage = record?.refresh ?? null;
    const { ring } = this.#parts;
    if (token === null || record === undefined || lineage === null || !isGenuine(ring, token, lineage))
      return null;
    if (record.transport !== presented.transport) return null;
    return (await this.#isCurrent(token, record, lineage, presented, now)) ? record : null;
  }

  renew(presented: Presented, now: number): Promise<Renewal> {
    return this.#rotation.renew(presented, now);
  }

  #byAccess(token: GenuineToken, now: number): MaybePromise<Verification> {
    const standing = this.#parts.revocations.standing(token, now);
    if (standing === "clear") return token.verified;
    // With old news a revoked session could pass, so the store decides until the feed is back.
    if (standing === "stale") return this.#atStore(token, now);
    if (standing === "outdated") return this.#atStore(token, now, "due");
    return endedBy({ ...standing, actor: token.actor }, standing.reason);
  }

  #atStore(token: GenuineToken, now: number, renewal: "none" | "due" = "none"): MaybePromise<Verification> {
    const { policy, resolveUser } = this.#parts;
    return andThen(this.#find(token.sid), (found) => {
      if (found === null) return { status: "invalid", code: "session_unknown", keep: false };
      const { record } = found;
      const { counter, active } = token.verified;
      const { accessExpiresAt, session } = active;
      const checked = { counter, renewal, accessExpiresAt, claims: session.claims };
      return andThen(resolveUser(record, found.user, active.user), (user) =>
        this.#held(verifyStored(record, user, policy, now, checked), now),
      );
    });
  }

  /** A session that somebody acts in ends with the actor's own. */
  #held(verification: Verification, now: number): MaybePromise<Verification> {
    return heldToParent(verification, { ...this.#parts, find: this.#find }, now);
  }

  /** The access token is of no use; the refresh token may still speak for the session. */
  #instead(refused: RefusedToken, presented: Presented, now: number): MaybePromise<Verification> {
    const keep = refused.fault === "token_expired" || mayBeGoodAgain(refused);
    return this.#byRefresh(presented, now, { status: "invalid", code: refused.fault, keep });
  }

  #byRefresh(presented: Presented, now: number, without: Verification): MaybePromise<Verification> {
    if (presented.refresh === null) return without;
    const token = parseRefreshToken(presented.refresh);
    if (token === null) return { status: "invalid", code: "token_malformed", keep: false };
    return andThen(this.#find(token.sid), (found) =>
      withNews(this.#parts.ring, found?.record.refresh, () =>
        this.#judgeRefresh(token, found, presented, now),
      ),
    );
  }

  #judgeRefresh(
    token: RefreshToken,
    found: FoundSession | null,
    presented: Presented,
    now: number,
  ): MaybePromise<Verification> {
    const { ring, policy, fields } = this.#parts;
    const lineage = found?.record.refresh ?? null;
    if (found === null || lineage === null || !isGenuine(ring, token, lineage)) {
      return notGenuine(ring, lineage);
    }
    const { record } = found;
    if (record.transport !== presented.transport)
      return { status: "invalid", code: "transport_mismatch", keep: true };
    const lifetimes = lifetimesOf(policy, record, found.user);
    const reason = endOf(record, lifetimes, now);
    if (reason !== null) return endedStored(record, reason, lifetimes, policy);
    // Reading never writes: a retired token is refused here, and raises the alarm where it would rotate.
    return andThen(this.#isCurrent(token, record, lineage, presented, now), (isCurrent) => {
      if (!isCurrent) return notNow;
      const counter = token.counter === lineage.counter ? token.counter : null;
      const checked = { counter, renewal: "due", accessExpiresAt: null } as const;
      return andThen(this.#parts.resolveUser(record, found.user), (user) => {
        const verification = verifyStored(record, user, policy, now, checked);
        if (verification.status !== "verified") return verification;
        const { active } = verification;
        const shown = record.kind === "anonymous" ? active.user : pickFields(active.user, fields);
        return this.#held({ ...verification, active: { ...active, user: shown } }, now);
      });
    });
  }

  /** Whether a refresh token is the head of its lineage, or one that would be given the head. */
  #isCurrent(
    { counter }: RefreshToken,
    record: SessionRecord,
    lineage: RefreshLineage,
    { userAgent }: Presented,
    now: number,
  ): MaybePromise<boolean> {
    const { policy, sameAgent: isSame } = this.#parts;
    return andThen(isSame(record.userAgent, userAgent), (sameAgent) => {
      const { action } = decideRotation(lineage, { counter, sameAgent }, policy.rotationGrace, now);
      return action === "rotate" || action === "repeat";
    });
  }

  #credentials(record: SessionRecord, user: BaseUser, now: number): MaybePromise<Credentials> {
    const { issuer, policy, ring } = this.#parts;
    const lineage = record.refresh as RefreshLineage;
    return andThen(
      issuer.issue("access", record, user, policy.accessTokenTtl, now),
      ({ token, expiresAt }) => ({
        access: token,
        accessExpiresAt: expiresAt,
        refresh: makeRefreshToken(ring, { sid: record.sid, ...lineage }),
        expiresAt: absoluteEnd(record, lifetimesOf(policy, record, user)),
      }),
    );
  }
}
