import type { SessionClaims, TokenKind } from "../domain/claims.ts";
import { SojournError } from "../domain/errors.ts";
import { absoluteEnd, idleEnd } from "../domain/evaluate.ts";
import type { Lifetimes } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { SessionActor, SessionRecord } from "../domain/session.ts";
import { noClaims, type ViewFacts } from "./session-view.ts";

/** What tokens of this deployment say and are held to. */
export interface TokenSettings {
  readonly issuer: string;
  readonly audience: string;
  /** RFC 9068 §2.2 wants it in access tokens; for first-party sessions it is the app itself. */
  readonly clientId: string;
  /** Seconds. */
  readonly clockSkew: number;
  /** The fields of the user that go into tokens. */
  readonly fields: readonly string[];
  /** The most characters a token may have. */
  readonly maxLength: number;
  readonly addClaims: AddClaims | null;
}

/** Adds claims to a token; an `exp` in the result may only shorten its life. */
export type AddClaims = (
  claims: SessionClaims,
  user: BaseUser,
) =>
  | Readonly<Record<string, unknown>>
  | null
  | undefined
  | Promise<Readonly<Record<string, unknown>> | null | undefined>;

const ownClaims = new Set<string>([
  "iss",
  "aud",
  "sub",
  "sid",
  "iat",
  "exp",
  "jti",
  "client_id",
  "auth_time",
  "amr",
  "acr",
  "act",
  "kind",
  "method",
  "transport",
  "remember",
  "session_start",
  "session_exp",
  "idle",
  "last_seen",
  "counter",
  "user",
]);

/** The facts of a session that go into a token. */
export type ClaimFacts = ViewFacts & Pick<SessionRecord, "refresh">;

/**
 * The claims of a new token.
 *
 * @param life how long it lives at most, in ms; it never outlives the session.
 * @param jti a fresh random id.
 */
export function buildClaims(
  facts: ClaimFacts,
  user: BaseUser,
  settings: TokenSettings,
  lifetimes: Lifetimes,
  life: number,
  jti: string,
  now: number,
): SessionClaims {
  return {
    iss: settings.issuer,
    aud: settings.audience,
    sub: facts.userId,
    sid: facts.sid,
    iat: seconds(now),
    exp: seconds(Math.min(now + life, idleEnd(facts, lifetimes))),
    jti,
    client_id: settings.clientId,
    auth_time: seconds(facts.authTime),
    amr: facts.amr,
    ...(facts.acr === null ? {} : { acr: facts.acr }),
    ...(facts.actor === null ? {} : { act: actClaim(facts.actor) }),
    kind: facts.kind,
    method: facts.method,
    transport: facts.transport,
    remember: facts.remember,
    session_start: seconds(facts.createdAt),
    session_exp: seconds(absoluteEnd(facts, lifetimes)),
    idle: Math.floor(Math.min(facts.idleTimeout, lifetimes.idleTimeout) / 1000),
    last_seen: seconds(facts.lastSeenAt),
    ...(facts.refresh === null ? {} : { counter: facts.refresh.counter }),
    user: { ...pickFields(user, settings.fields) },
  };
}

/** Adds the app's own claims. @throws {SojournError} `config_invalid` when one would replace ours. */
export function mergeClaims(
  claims: SessionClaims,
  added: Readonly<Record<string, unknown>> | null | undefined,
): SessionClaims {
  if (added === null || added === undefined) return claims;
  const { exp, ...rest }: Record<string, unknown> = added;
  for (const name of Object.keys(rest)) {
    // A callback that returns the claims it was given changes nothing; one that alters ours is refused.
    if (!ownClaims.has(name)) continue;
    if (rest[name] !== claims[name as keyof SessionClaims]) {
      throw new SojournError("config_invalid", {
        detail: `callbacks.jwt must not set the claim "${name}"; choose another name.`,
      });
    }
    delete rest[name];
  }
  const shorter = typeof exp === "number" && exp < claims.exp ? exp : claims.exp;
  return { ...rest, ...claims, exp: shorter };
}

/** The claims in a token that the app added. */
export function addedClaims(claims: SessionClaims): Readonly<Record<string, unknown>> {
  let added: Record<string, unknown> | undefined;
  for (const name in claims) {
    // Assigning "__proto__" would replace the prototype instead of adding a claim.
    if (ownClaims.has(name) || name === "__proto__") continue;
    added ??= {};
    added[name] = claims[name as keyof SessionClaims];
  }
  return added ?? noClaims;
}

/** The facts of a session that its token carries. */
export function factsFromClaims(claims: SessionClaims): ViewFacts {
  return {
    sid: claims.sid,
    userId: claims.sub,
    kind: claims.kind,
    method: claims.method,
    transport: claims.transport,
    remember: claims.remember,
    createdAt: claims.session_start * 1000,
    authTime: claims.auth_time * 1000,
    lastSeenAt: claims.last_seen * 1000,
    idleTimeout: claims.idle * 1000,
    expiresAt: claims.session_exp * 1000,
    endReason: null,
    amr: claims.amr,
    acr: claims.acr ?? null,
    actor: claims.act === undefined ? null : actorOf(claims.act),
  };
}

function actClaim({ userId, sid, reason }: SessionActor): NonNullable<SessionClaims["act"]> {
  return { sub: userId, sid, reason };
}

function actorOf({ sub, sid, reason }: NonNullable<SessionClaims["act"]>): SessionActor {
  return { userId: sub, sid, reason };
}

/** @throws {SojournError} `token_too_large`. */
export function checkLength(token: string, kind: TokenKind, settings: TokenSettings): string {
  if (token.length <= settings.maxLength) return token;
  throw new SojournError("token_too_large", {
    detail: `The ${kind} token has ${token.length} characters, more than ${settings.maxLength}. Put references into it (jwt.fields, callbacks.jwt), not whole objects.`,
  });
}

/** The fields of the user that tokens carry; the id always. */
export function pickFields(user: BaseUser, fields: readonly string[]): BaseUser {
  const from = user as unknown as Readonly<Record<string, unknown>>;
  const picked: Record<string, unknown> & BaseUser = { id: user.id };
  for (const field of fields) if (Object.hasOwn(from, field)) picked[field] = from[field];
  return picked;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
