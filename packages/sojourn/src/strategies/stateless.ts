import { absoluteEnd } from "../domain/evaluate.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { FoundSession, SessionStore } from "../ports/session-store.ts";
import { heldByToken } from "./held-session.ts";
import type { LocalRevocations } from "./local-revocations.ts";
import { heldToParent } from "./parent-session.ts";
import { isRenewalDue } from "./renewal-due.ts";
import { viewSession } from "./session-view.ts";
import { accountEnd, endedBy, verifyStored } from "./stored-session.ts";
import type { TokenIssuer } from "./token-issuer.ts";
import { type GenuineToken, mayBeGoodAgain, type RefusedToken, type TokenReader } from "./token-reader.ts";
import type { UserResolver } from "./user-resolver.ts";
import type {
  Credentials,
  FreshSecrets,
  HeldSession,
  Presented,
  Renewal,
  Strategy,
  Verification,
  Verified,
} from "./verification.ts";

/** What a stateless strategy is made of; without `store` and `revocations` it cannot revoke. */
export interface StatelessParts {
  readonly reader: TokenReader;
  readonly issuer: TokenIssuer;
  readonly policy: SessionPolicy;
  readonly store: SessionStore | null;
  readonly resolveUser: UserResolver;
  readonly revocations: LocalRevocations | null;
}

/**
 * One signed token holds the whole session. Checking it asks no store; it slides by being made anew.
 * With a store its sessions are listed there and a feed brings revocations to every node.
 */
export class StatelessStrategy implements Strategy {
  readonly name = "stateless";
  readonly stored: boolean;
  readonly #parts: StatelessParts;

  constructor(parts: StatelessParts) {
    this.#parts = parts;
    this.stored = parts.store !== null;
  }

  freshSecrets(): FreshSecrets {
    return { stored: { secretHash: null, refresh: null }, token: null };
  }

  issue(
    record: SessionRecord,
    user: BaseUser,
    _secrets: FreshSecrets,
    now: number,
  ): MaybePromise<Credentials> {
    const { issuer, policy } = this.#parts;
    return andThen(
      issuer.issue("session", record, user, Number.POSITIVE_INFINITY, now),
      ({ token, expiresAt }) => ({
        access: token,
        accessExpiresAt: expiresAt,
        refresh: null,
        expiresAt: absoluteEnd(record, lifetimesOf(policy, record, user)),
      }),
    );
  }

  verify(presented: Presented, now: number): MaybePromise<Verification> {
    return andThen(this.#read(presented, now), (token) => {
      if (!("ok" in token)) return token;
      const { revocations } = this.#parts;
      if (revocations === null) return this.#local(token, now);
      const standing = revocations.standing(token, now);
      if (standing === "clear") return this.#local(token, now);
      // With old news a revoked session could pass, so the store decides until the feed is back.
      if (standing === "stale") return this.#atStore(token, now);
      if (standing === "outdated") return this.#atStore(token, now, "due");
      return endedBy({ ...standing, actor: token.actor }, standing.reason);
    });
  }

  verifyAtStore(presented: Presented, now: number): MaybePromise<Verification> {
    if (this.#parts.store === null) return this.verify(presented, now);
    return andThen(this.#read(presented, now), (token) =>
      "ok" in token ? this.#atStore(token, now) : token,
    );
  }

  async held(presented: Presented, now: number): Promise<readonly HeldSession[]> {
    const { reader, store } = this.#parts;
    return store === null ? [] : heldByToken({ reader, store }, presented, now);
  }

  async enters({ access, transport }: Presented, now: number): Promise<SessionRecord | null> {
    const { reader, store } = this.#parts;
    if (store === null || access === null) return null;
    const token = await reader.onceGood(access, transport, now);
    const record = token === null ? undefined : (await store.find(token.sid))?.record;
    if (token === null || record === undefined) return null;
    // Whoever was seen had a token that was good then; what had run out before is an old copy.
    return record.lastSeenAt <= token.expiresAt ? record : null;
  }

  async renew(presented: Presented, now: number): Promise<Renewal> {
    const token = await this.#read(presented, now);
    if (!("ok" in token)) return token;
    const verification = await (this.stored ? this.#atStore(token, now) : this.verify(presented, now));
    if (verification.status !== "verified") return verification;
    return (await this.#slide(token, now)) ?? this.#reissue(token, verification, now);
  }

  /**
   * Slides the stored session with its token: one that looks idle to the store could no longer be ended,
   * listed or counted there, while its token lives on.
   *
   * @returns the session's end, if that was faster.
   */
  async #slide(token: GenuineToken, now: number): Promise<Exclude<Verification, Verified> | null> {
    const { store } = this.#parts;
    if (store === null) return null;
    if ((await store.touch([{ sid: token.sid, seenAt: now, now, counter: null }])) === 1) return null;
    const verification = await this.#atStore(token, now);
    return verification.status === "verified" ? null : verification;
  }

  #read(presented: Presented, now: number): MaybePromise<GenuineToken | Exclude<Verification, Verified>> {
    if (presented.access === null) return { status: "none" };
    return andThen(this.#parts.reader.read(presented.access, presented.transport, now), refusedOrGenuine);
  }

  #local(token: GenuineToken, now: number): Verification {
    if (!isRenewalDue(token, now)) return token.verified;
    return { ...token.verified, active: { ...token.verified.active, renewal: "due" } };
  }

  #atStore(token: GenuineToken, now: number, renewal: "none" | "due" = "none"): MaybePromise<Verification> {
    const store = this.#parts.store as SessionStore;
    const { policy, resolveUser } = this.#parts;
    const find = (sid: string): MaybePromise<FoundSession | null> => store.find(sid);
    return andThen(find(token.sid), (found) => {
      if (found === null) return { status: "invalid", code: "session_unknown", keep: false };
      const { record } = found;
      const { session, user: carried, accessExpiresAt } = token.verified.active;
      const checked = { counter: null, renewal, accessExpiresAt, claims: session.claims };
      return andThen(resolveUser(record, found.user, carried), (user) =>
        heldToParent(verifyStored(record, user, policy, now, checked), { find, resolveUser, policy }, now),
      );
    });
  }

  async #reissue(token: GenuineToken, verified: Verified, now: number): Promise<Renewal> {
    const { resolveUser, policy, issuer } = this.#parts;
    const carried = verified.active.user;
    // Roles in the token are as old as the token; making it anew is the moment to read them again.
    const user = verified.record === null ? await resolveUser(token.facts, undefined, carried) : carried;
    const reason = accountEnd(user);
    if (reason !== null || user === null) {
      return endedBy({ ...token, endedAt: null }, reason ?? "user_disabled");
    }
    const facts = { ...(verified.record ?? { ...token.facts, refresh: null }), lastSeenAt: now };
    const lifetimes = lifetimesOf(policy, facts, user);
    const issued = await issuer.issue("session", facts, user, Number.POSITIVE_INFINITY, now);
    return {
      status: "renewed",
      change: "rotated",
      credentials: {
        access: issued.token,
        accessExpiresAt: issued.expiresAt,
        refresh: null,
        expiresAt: absoluteEnd(facts, lifetimes),
      },
      session: viewSession(facts, lifetimes),
      user,
      record: verified.record,
    };
  }
}

function refusedOrGenuine(
  token: GenuineToken | RefusedToken,
): GenuineToken | Exclude<Verification, Verified> {
  if (token.ok) return token;
  const { expired } = token;
  if (expired !== null) return endedBy(expired, expired.reason, expired.resumableUntil);
  return { status: "invalid", code: token.fault, keep: mayBeGoodAgain(token) };
}
