import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { SessionRecord } from "../domain/session.ts";
import { absoluteEnd } from "../domain/evaluate.ts";
import { createSessionToken, parseSessionToken, secretMatches } from "../crypto/session-token.ts";
import type { Random } from "../ports/random.ts";
import type { FoundSession, SessionStore } from "../ports/session-store.ts";
import { heldToParent } from "./parent-session.ts";
import { plainCredential, verifyStored } from "./stored-session.ts";
import type { UserResolver } from "./user-resolver.ts";
import type {
  Credentials,
  FreshSecrets,
  HeldSession,
  Presented,
  Renewal,
  Strategy,
  Verification,
} from "./verification.ts";

type Find = (sid: string) => MaybePromise<FoundSession | null>;

/**
 * Opaque tokens: every check reads the session in the store, so signing out takes effect with the
 * next request everywhere, and roles are always fresh.
 */
export class StatefulStrategy implements Strategy {
  readonly name = "stateful";
  readonly stored = true;
  readonly #find: Find;
  readonly #findRecent: Find | null;
  readonly #policy: SessionPolicy;
  readonly #random: Random;
  readonly #resolveUser: UserResolver;

  constructor(store: SessionStore, policy: SessionPolicy, random: Random, resolveUser: UserResolver) {
    this.#find = (sid) => store.find(sid);
    this.#findRecent = store.findRecent === undefined ? null : (sid) => store.findRecent?.(sid) ?? null;
    this.#policy = policy;
    this.#random = random;
    this.#resolveUser = resolveUser;
  }

  freshSecrets(sid: string): FreshSecrets {
    const { token, secretHash } = createSessionToken(sid, this.#random);
    return { stored: { secretHash, refresh: null }, token };
  }

  issue(record: SessionRecord, user: BaseUser, secrets: FreshSecrets): Credentials {
    const expiresAt = absoluteEnd(record, lifetimesOf(this.#policy, record, user));
    return { access: secrets.token as string, accessExpiresAt: expiresAt, refresh: null, expiresAt };
  }

  verify(presented: Presented, now: number): MaybePromise<Verification> {
    if (this.#findRecent === null) return this.#verify(presented, now, this.#find);
    // A copy that is behind may show a session idle that was touched since: only good news is believed.
    return andThen(this.#verify(presented, now, this.#findRecent), (verification) =>
      verification.status === "verified" ? verification : this.verifyAtStore(presented, now),
    );
  }

  verifyAtStore(presented: Presented, now: number): MaybePromise<Verification> {
    return this.#verify(presented, now, this.#find);
  }

  async held(presented: Presented): Promise<readonly HeldSession[]> {
    const record = await this.enters(presented);
    return record === null ? [] : [{ record, reuse: null }];
  }

  async enters({ access, transport }: Presented): Promise<SessionRecord | null> {
    const token = access === null ? null : parseSessionToken(access);
    const record = token === null ? undefined : (await this.#find(token.sid))?.record;
    if (token === null || record === undefined || !isRight(token.secret, record)) return null;
    return record.transport === transport ? record : null;
  }

  /** An opaque token stays as it is for the life of its session; there is nothing to renew. */
  renew(presented: Presented, now: number): MaybePromise<Renewal> {
    return andThen(this.verifyAtStore(presented, now), (verification): Renewal => {
      if (verification.status !== "verified") return verification;
      const { active, record } = verification;
      return {
        status: "renewed",
        change: "unchanged",
        credentials: null,
        session: active.session,
        user: active.user,
        record,
      };
    });
  }

  #verify(presented: Presented, now: number, find: Find): MaybePromise<Verification> {
    if (presented.access === null) return { status: "none" };
    const token = parseSessionToken(presented.access);
    if (token === null) return { status: "invalid", code: "token_malformed", keep: false };
    return andThen(find(token.sid), (found) => this.#judge(found, token.secret, presented, now, find));
  }

  #judge(
    found: FoundSession | null,
    secret: string,
    presented: Presented,
    now: number,
    find: Find,
  ): MaybePromise<Verification> {
    // An unknown id is never adopted (session fixation), and answers like a wrong secret.
    if (found === null || !isRight(secret, found.record)) {
      return { status: "invalid", code: "session_unknown", keep: false };
    }
    if (found.record.transport !== presented.transport)
      return { status: "invalid", code: "transport_mismatch", keep: true };
    const { record } = found;
    return andThen(this.#resolveUser(record, found.user), (user) => {
      const verification = verifyStored(record, user, this.#policy, now, plainCredential);
      if (record.actor === null) return verification;
      return heldToParent(verification, { find, policy: this.#policy, resolveUser: this.#resolveUser }, now);
    });
  }
}

function isRight(secret: string, { secretHash }: SessionRecord): boolean {
  return secretHash !== null && secretMatches(secret, secretHash);
}
