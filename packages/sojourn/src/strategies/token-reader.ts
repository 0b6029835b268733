import { checkClaims, type ClaimsFault, type SessionClaims, type TokenKind } from "../domain/claims.ts";
import { endOf, idleEnd, resumableUntil } from "../domain/evaluate.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { Lifetimes, SessionPolicy } from "../domain/policy.ts";
import { anonymousUser, type BaseUser } from "../domain/principal.ts";
import type { EndReason, SessionActor, Transport } from "../domain/session.ts";
import type { Signer, TokenRefusal } from "../ports/signer.ts";
import { type ViewFacts, viewSession } from "./session-view.ts";
import { TokenCache } from "./token-cache.ts";
import { addedClaims, factsFromClaims, type TokenSettings } from "./token-claims.ts";
import type { Verified } from "./verification.ts";

/** A token that is good by itself; whether its session was revoked is another question. */
export interface GenuineToken {
  readonly ok: true;
  readonly sid: string;
  readonly userId: string;
  /** Ms since the epoch. */
  readonly issuedAt: number;
  readonly actor: SessionActor | null;
  readonly facts: ViewFacts;
  /** What holds for its kind and its user's role, as far as the token tells. */
  readonly lifetimes: Lifetimes;
  readonly verified: Verified;
}

/** A token that is not good, and what it said if it was genuine once. */
export interface RefusedToken {
  readonly ok: false;
  readonly fault: ClaimsFault | TokenRefusal;
  /** For a genuine token that is too old: whose it was, and which timeout struck. */
  readonly expired: LapsedToken | null;
}

/** What of the settings matters to who only reads. */
export type ReadSettings = Pick<TokenSettings, "issuer" | "audience" | "clockSkew">;

/** What tells genuine tokens from others. */
export type TokenOpener = Pick<Signer, "open" | "refusal" | "revision">;

/** What tokens are held to beyond what they say. */
export interface TokenPolicy extends Pick<SessionPolicy, "resumeIdle"> {
  /** What holds for a kind of session, and for its user's role as far as the token tells. */
  readonly lifetimesOf: (facts: ViewFacts, user: BaseUser) => Lifetimes;
}

/** What a token said that is too old now. */
interface LapsedToken {
  readonly sid: string;
  readonly userId: string;
  readonly actor: SessionActor | null;
  readonly reason: EndReason;
  /** When a token made anew may have taken its place, in ms since the epoch; null where none can. */
  readonly endedAt: number | null;
  /** Until when its session may be resumed, in ms since the epoch; null for not at all. */
  readonly resumableUntil: number | null;
}

/** Judges self-contained tokens without asking a store: signature, claims, age. */
export class TokenReader {
  readonly #kind: TokenKind;
  readonly #signer: TokenOpener;
  readonly #settings: ReadSettings;
  readonly #policy: TokenPolicy;
  #cache: TokenCache<GenuineToken>;
  readonly #cacheSize: number;
  /** Of which keys the cache is. */
  #cacheRevision: number | null = null;

  /** @param cacheSize how many good tokens to remember; 0 for none. */
  constructor(
    kind: TokenKind,
    signer: TokenOpener,
    settings: ReadSettings,
    policy: TokenPolicy,
    cacheSize: number,
  ) {
    this.#kind = kind;
    this.#signer = signer;
    this.#settings = settings;
    this.#policy = policy;
    this.#cacheSize = cacheSize;
    this.#cache = new TokenCache(cacheSize);
  }

  /** Synchronous with HMAC keys, and for every token that is remembered. */
  read(token: string, transport: Transport, now: number): MaybePromise<GenuineToken | RefusedToken> {
    const cache = this.#remembered();
    const known = cache.get(token, now);
    // A remembered token is held to its transport again: it may come back by the other one.
    if (known !== undefined && known.verified.active.session.transport === transport) return known;
    return andThen(this.#signer.open(this.#kind, token), (claims) =>
      this.#judge(token, claims, transport, now, cache),
    );
  }

  /** Which session a token is of that is good or was good once, however old it is, and when it ran out; null for any other token. */
  onceGood(
    token: string,
    transport: Transport,
    now: number,
  ): MaybePromise<{ readonly sid: string; readonly expiresAt: number } | null> {
    const { issuer, audience, clockSkew } = this.#settings;
    return andThen(this.#signer.open(this.#kind, token), (opened) => {
      if (opened === null) return null;
      const fault = checkClaims(opened, { issuer, audience, transport, clockSkew }, now);
      // The age comes last: what is only too old has passed every other check.
      if (fault !== null && fault !== "token_expired") return null;
      const { sid, exp } = opened as SessionClaims;
      return { sid, expiresAt: exp * 1000 };
    });
  }

  /** What was remembered with the keys of now. */
  #remembered(): TokenCache<GenuineToken> {
    const { revision } = this.#signer;
    // With a key that is revoked goes whatever it vouched for.
    if (revision !== this.#cacheRevision) {
      this.#cache = new TokenCache(this.#cacheSize);
      this.#cacheRevision = revision;
    }
    return this.#cache;
  }

  /** @param cache that of the keys with which the token was opened, be they others by now. */
  #judge(
    token: string,
    opened: unknown,
    transport: Transport,
    now: number,
    cache: TokenCache<GenuineToken>,
  ): GenuineToken | RefusedToken {
    if (opened === null) return { ok: false, fault: this.#signer.refusal(this.#kind, token), expired: null };
    const { issuer, audience, clockSkew } = this.#settings;
    const fault = checkClaims(opened, { issuer, audience, transport, clockSkew }, now);
    if (fault !== null)
      return {
        ok: false,
        fault,
        expired: fault === "token_expired" ? this.#lapsed(opened as SessionClaims, null, now) : null,
      };

    const claims = opened as SessionClaims;
    const facts = factsFromClaims(claims);
    const lifetimes = this.#lifetimesOf(claims, facts);
    const end = endOf(facts, lifetimes, now);
    if (end !== null) return { ok: false, fault: "token_expired", expired: this.#lapsed(claims, end, now) };

    const genuine = this.#accept(claims, facts, lifetimes, now);
    cache.set(token, Math.min(claims.exp * 1000, idleEnd(facts, lifetimes)), genuine);
    return genuine;
  }

  #lifetimesOf({ user }: SessionClaims, facts: ViewFacts): Lifetimes {
    return this.#policy.lifetimesOf(facts, user as unknown as BaseUser);
  }

  /** @param end which timeout struck; null where the token alone ran out. */
  #lapsed(claims: SessionClaims, end: EndReason | null, now: number): LapsedToken {
    const reason = end ?? (now >= claims.session_exp * 1000 ? "expired" : "idle");
    const facts = factsFromClaims(claims);
    const isIdle = reason === "idle";
    return {
      sid: claims.sid,
      userId: claims.sub,
      actor: facts.actor,
      reason,
      // Idle is this token alone: a request that ran beside this one may have slid the session in time.
      endedAt: isIdle ? claims.exp * 1000 : null,
      resumableUntil: isIdle ? resumableUntil(facts, this.#lifetimesOf(claims, facts), this.#policy) : null,
    };
  }

  #accept(claims: SessionClaims, facts: ViewFacts, lifetimes: Lifetimes, now: number): GenuineToken {
    const session = viewSession(facts, lifetimes, addedClaims(claims));
    const user = userOf(claims);
    const accessExpiresAt = claims.exp * 1000;
    const active = { status: "active", session, user, renewal: "none", accessExpiresAt } as const;
    // One object serves many requests while it is remembered, so no request may change it for the next.
    if (this.#cache.enabled)
      [session.amr, session.actor, session.claims, session, user, active].forEach(Object.freeze);
    return {
      ok: true,
      sid: claims.sid,
      userId: claims.sub,
      issuedAt: claims.iat * 1000,
      actor: facts.actor,
      facts,
      lifetimes,
      verified: {
        status: "verified",
        active,
        record: null,
        counter: claims.counter ?? null,
        seen: { at: Math.min(claims.last_seen * 1000, now) },
      },
    };
  }
}

/** Whether a token that is refused here and now may be good elsewhere or later, so that nobody must clear it. */
export function mayBeGoodAgain({ fault }: RefusedToken): boolean {
  return fault === "transport_mismatch" || fault === "key_unknown";
}

/** Tokens carry chosen fields of users; what makes a visitor is none of them. */
function userOf({ sub, kind, user }: SessionClaims): BaseUser {
  return kind === "anonymous" ? anonymousUser(sub) : (user as unknown as BaseUser);
}
