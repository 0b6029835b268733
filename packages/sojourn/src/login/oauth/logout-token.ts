import { isCompactJws, parseJson } from "../../crypto/format.ts";
import { SojournError } from "../../domain/errors.ts";
import type { LogoutNotice } from "../redirect-method.ts";

/** What a token is held to. */
export interface ExpectedLogout {
  readonly clientId: string;
  /** Ms since the epoch. */
  readonly now: number;
}

const event = "http://schemas.openid.net/event/backchannel-logout";
/** A provider sends it at once, and again a moment later if it was not heard: so much and no more, in ms. */
const longestAge = 120_000;
/** Two clocks never quite agree, in ms. */
const tolerance = 30_000;
/** Longer ids are none that we could keep. */
const longestId = 1024;
/** Signed with a key pair: with a shared secret, or none, whoever knows what is public could make one. */
const algorithms = /^(?:[REP]S(?:256|384|512)|EdDSA|Ed25519)$/;
/**
 * A token of a type of its own is no other's (RFC 8725 §3.11). The specification recommends `logout+jwt` and warns that
 * requiring it breaks most providers, which send none or `JWT`. What sets a logout token apart either way is its
 * event, which no other token has, and that it has no nonce, which ID tokens of ours have.
 */
const types = /^(?:application\/)?(?:logout\+)?jwt$/i;

/**
 * What a logout token says (OpenID Connect Back-Channel Logout 1.0 §2.4), judged by all but its sender and
 * signature (§2.6): that costs nothing, so that only what looks right is worth a look at the provider's keys.
 *
 * @throws {SojournError} `logout_token_invalid`.
 */
export function readLogoutToken(token: string, expected: ExpectedLogout): LogoutNotice {
  if (!isCompactJws(token)) throw refused("it is no signed token");
  const [header, claims] = token.split(".", 2).map(objectIn);
  if (header === null || header === undefined || claims === null || claims === undefined)
    throw refused("it cannot be read");
  checkHeader(header);
  checkAudience(claims, expected);
  checkEvent(claims);
  const { issuedAt, goodUntil } = timesOf(claims, expected.now);
  const [issuer, id] = [idIn(claims, "iss"), idIn(claims, "jti")];
  const [subject, providerSid] = [idIn(claims, "sub"), idIn(claims, "sid")];
  if (issuer === null) throw refused("it does not say whose it is (iss)");
  if (id === null) throw refused("it has no id (jti)");
  if (subject === null && providerSid === null) throw refused("it names neither a session nor a subject");
  return { issuer, id, subject, providerSid, issuedAt, goodUntil };
}

/** The refusal of a logout token, as the provider reads it (§2.8). */
export function refused(why: string): SojournError {
  return new SojournError("logout_token_invalid", {
    detail: `The logout token is refused: ${why}.`,
    extra: { error: "invalid_request" },
  });
}

type Members = Readonly<Record<string, unknown>>;

function checkHeader({ alg, typ }: Members): void {
  if (typeof alg !== "string" || !algorithms.test(alg)) throw refused("it is not signed with a key pair");
  if (typ !== undefined && (typeof typ !== "string" || !types.test(typ)))
    throw refused("it is a token of another type");
}

function checkAudience({ aud, azp }: Members, { clientId }: ExpectedLogout): void {
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  // Held to what ID tokens are (OpenID Connect Core §3.1.3.7): meant for several, it says who is to act on it.
  if (!audiences.includes(clientId) || (audiences.length > 1 && azp !== clientId))
    throw refused("it is meant for another client");
}

function checkEvent(claims: Members): void {
  const { events } = claims;
  if (!isObject(events) || !Object.hasOwn(events, event) || !isObject(events[event]))
    throw refused("it tells of no logout");
  // An ID token has one (§2.4): so it is not taken for this, nor this for an ID token.
  if (Object.hasOwn(claims, "nonce")) throw refused("it has a nonce");
}

function timesOf({ iat, exp }: Members, now: number): Pick<LogoutNotice, "issuedAt" | "goodUntil"> {
  if (!isTime(iat) || !isTime(exp))
    throw refused("it does not say when it was made, or until when it is good");
  const issuedAt = iat * 1000;
  const goodUntil = Math.min(issuedAt + longestAge, exp * 1000) + tolerance;
  if (issuedAt > now + tolerance) throw refused("it is not good yet");
  if (now >= goodUntil) throw refused("it is too old");
  return { issuedAt, goodUntil };
}

/** Null where it is not there. An id that is none, or is too long, is no reason to guess. */
function idIn(claims: Members, name: string): string | null {
  const value = claims[name];
  if (value === undefined) return null;
  if (typeof value === "string" && value !== "" && value.length <= longestId) return value;
  throw refused(`its ${name} is no id`);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectIn(part: string): Members | null {
  const value = parseJson(Buffer.from(part, "base64url").toString("utf8"));
  return isObject(value) ? value : null;
}
