import type { SessionKind, Transport } from "./session.ts";

/**
 * The kinds of tokens Sojourn signs. Each has its own `typ` header and its own key, so no kind is
 * ever accepted in another's place (RFC 8725 §3.11, §3.12).
 */
export type TokenKind = "access" | "session";

/** The `typ` header of each kind: RFC 9068 §2.1 for access tokens, our own for a whole session. */
export const tokenTypes: Readonly<Record<TokenKind, string>> = { access: "at+jwt", session: "session+jwt" };

/** The claims of a token; times are in whole seconds since the epoch (RFC 7519 §2). */
export interface SessionClaims {
  readonly iss: string;
  readonly aud: string;
  /** The user id. */
  readonly sub: string;
  readonly sid: string;
  readonly iat: number;
  readonly exp: number;
  /** Unique per token (RFC 9068 §2.2). */
  readonly jti: string;
  readonly client_id: string;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly acr?: string;
  /** Who acts as `sub` (RFC 8693 §4.1). */
  readonly act?: { readonly sub: string; readonly sid: string; readonly reason: string };
  readonly kind: SessionKind;
  readonly method: string;
  /** `cookie` or `header`: a token taken from one is not accepted in the other. */
  readonly transport: Transport;
  readonly remember: boolean;
  /** When the session began. */
  readonly session_start: number;
  /** Absolute end of the session. */
  readonly session_exp: number;
  /** Idle timeout in seconds. */
  readonly idle: number;
  /** Last activity known when the token was made. */
  readonly last_seen: number;
  /** The refresh counter that this access token came with. */
  readonly counter?: number;
  /** The selected fields of the user. */
  readonly user: Readonly<Record<string, unknown>>;
}

/** What a verifier insists on. */
export interface ExpectedClaims {
  readonly issuer: string;
  readonly audience: string;
  readonly transport: Transport;
  /** Seconds by which another node's clock may differ. At most 60. */
  readonly clockSkew: number;
}

/** The longest a token's own clock claims may run ahead of ours, in seconds. */
export const defaultClockSkew = 30;

/** Why a token's claims were refused. */
export type ClaimsFault =
  | "claims_malformed"
  | "claim_missing"
  | "issuer_mismatch"
  | "audience_mismatch"
  | "transport_mismatch"
  | "issued_in_future"
  | "token_expired";

/**
 * Checks the claims of a token whose signature is genuine. A genuine signature is not enough: the
 * token may be of another service that shares the key, or be years old.
 *
 * @param now ms since the epoch.
 */
export function checkClaims(claims: unknown, expected: ExpectedClaims, now: number): ClaimsFault | null {
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) return "claims_malformed";
  const c = claims as Partial<Record<keyof SessionClaims, unknown>>;
  // JSON.parse("1e999") is Infinity, so "is a number" would not do: such a token would never expire.
  if (!Number.isFinite(c.exp) || !Number.isFinite(c.iat) || !Number.isFinite(c.auth_time))
    return "claim_missing";
  if (!Number.isFinite(c.session_start) || !Number.isFinite(c.session_exp)) return "claim_missing";
  if (!Number.isFinite(c.idle) || !Number.isFinite(c.last_seen)) return "claim_missing";
  if (!isText(c.sub) || !isText(c.sid) || !isText(c.jti) || !isText(c.method) || !isText(c.kind))
    return "claim_missing";
  if (!Array.isArray(c.amr) || typeof c.user !== "object" || c.user === null) return "claim_missing";
  if (c.act !== undefined && !isActor(c.act)) return "claims_malformed";
  if (c.counter !== undefined && !Number.isSafeInteger(c.counter)) return "claims_malformed";
  if (c.iss !== expected.issuer) return "issuer_mismatch";
  if (c.aud !== expected.audience) return "audience_mismatch";
  if (c.transport !== expected.transport) return "transport_mismatch";
  const seconds = now / 1000;
  if ((c.iat as number) > seconds + expected.clockSkew) return "issued_in_future";
  if ((c.exp as number) <= seconds) return "token_expired";
  return null;
}

function isActor(act: unknown): boolean {
  if (typeof act !== "object" || act === null) return false;
  const { sub, sid, reason } = act as Record<string, unknown>;
  return isText(sub) && isText(sid) && typeof reason === "string";
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0;
}
