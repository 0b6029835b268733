import type { TokenKind } from "../domain/claims.ts";
import type { JwsAlgorithm } from "./algorithms.ts";

/**
 * What a key is for. Each purpose has a key of its own, so that nothing made for one is ever good
 * for another, and no key serves two algorithms (RFC 8725 §3.1).
 */
export type KeyPurpose =
  | `jwt:${JwsAlgorithm}:${TokenKind}`
  | "refresh"
  | SealPurpose
  | "session-tag"
  | "rate-limit"
  | "csrf"
  | "client";

/** What is sealed: cookies, a sign-in at a provider that is under way, what a provider gave us, where a
 * sign-out at one ends, and the keys that a store keeps. */
export type SealPurpose = "seal" | "login-transaction" | "provider-secret" | "sign-out" | "key-wrap";

/** What an id looks like. */
export const keyIdPattern = "[A-Za-z0-9_-]{8}";

/** RFC 5869 §3.1: a salt need not be secret; a fixed one keeps our keys apart from other HKDF users'. */
export const keySalt = "sojourn/1";

/** How the id of a key is derived. 6 bytes are the 8 characters of {@link keyIdPattern}. */
export const keyIdDerivation = { info: "key-id", length: 6 } as const;

/** HMAC keys are as long as their hash (RFC 7518 §3.2); ES256 needs spare bits, see `es256.ts`. */
const longKeys: Readonly<Partial<Record<JwsAlgorithm, number>>> = { HS384: 48, HS512: 64, ES256: 48 };

/** How many bytes the key of a purpose has. */
export function keyLength(purpose: KeyPurpose): number {
  const alg = purpose.split(":")[1] as JwsAlgorithm | undefined;
  return (alg && longKeys[alg]) ?? 32;
}
