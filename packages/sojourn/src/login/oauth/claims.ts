import { normalizeEmail } from "../../domain/email.ts";
import type { JsonValue } from "../../domain/session.ts";

/** What a provider tells of a person, in whatever words. */
export type Claims = Readonly<Record<string, unknown>>;

/** What Sojourn makes of it. */
export interface Profile {
  readonly email: string | null;
  /** Only `true` if the provider itself has seen that the address is this person's. */
  readonly emailVerified: boolean;
  readonly name: string | null;
}

const longestName = 200;

/** A profile in the words of OpenID Connect Core §5.1. */
export function standardProfile(claims: Claims): Profile {
  const { email, email_verified, name, given_name, family_name, preferred_username } = claims;
  const parts = [given_name, family_name].filter((part) => typeof part === "string").join(" ");
  // Some providers spell the truth as a text.
  const emailVerified = email_verified === true || email_verified === "true";
  return {
    email: textOf(email),
    emailVerified,
    name: textOf(name) ?? textOf(parts) ?? textOf(preferred_username),
  };
}

/** A profile as we keep it: the address in its one form, or none; a name that is not a novel. */
export function settled({ email, emailVerified, name }: Profile): Profile {
  const address = email === null ? null : normalizeEmail(email);
  const cut = textOf(name?.normalize("NFC").slice(0, longestName).trim());
  return { email: address, emailVerified: address !== null && emailVerified, name: cut };
}

/** A text that says something; null for anything else. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** The methods that a provider names (RFC 8176): texts, and few. */
export function methodsOf(amr: unknown): readonly string[] {
  const named: readonly unknown[] = Array.isArray(amr) ? amr : [];
  const texts = named.filter((one) => typeof one === "string");
  return texts.filter((one) => one !== "" && one.length <= 64).slice(0, 10);
}

/** Provider's clocks are not ours; beyond this a time of theirs is none. */
const tolerance = 30_000;

/**
 * When the provider asked who is there, in ms. A time that is still to come proves nothing.
 *
 * @param seconds as the `auth_time` claim has it.
 */
export function authTimeOf(seconds: unknown, now: number): number | null {
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds < 0) return null;
  const at = seconds * 1000;
  return at > now + tolerance ? null : Math.min(at, now);
}

/** Whether the provider has asked since then, as far as two clocks can tell. */
export function isSince(authTime: number | null, since: number): boolean {
  return authTime !== null && authTime >= since - tolerance;
}

/** Claims as plain JSON, for the app. */
export function asJson(claims: unknown): Readonly<Record<string, JsonValue>> {
  const plain = JSON.parse(JSON.stringify(claims)) as unknown;
  return typeof plain === "object" && plain !== null && !Array.isArray(plain)
    ? (plain as Readonly<Record<string, JsonValue>>)
    : {};
}
