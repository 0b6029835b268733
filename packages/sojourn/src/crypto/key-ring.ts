import { hkdfSync } from "node:crypto";
import type { TokenKind } from "../domain/claims.ts";
import { SojournError } from "../domain/errors.ts";
import type { JwsAlgorithm } from "./algorithms.ts";
import { checkSecret } from "./secrets.ts";

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

/** The keys of a deployment. */
export interface KeyRing {
  /** The id of the key that signs. */
  readonly activeId: string;
  /** The ids of all keys that verify. */
  readonly ids: readonly string[];
  /** Grows whenever the keys that sign or verify become others: what was found out with them before no longer counts. */
  readonly revision: number;
  /** The id of the key whose tags are in sids; it stays while the keys that sign come and go. */
  readonly tagId: string;
  /** The key of an id for a purpose; null for an id that is not (or no longer) in the ring. */
  key(id: string, purpose: KeyPurpose): Buffer | null;
  /** Whether nothing that a key of this id made is to be trusted, now or later. */
  isRevoked(id: string): boolean;
  /**
   * Looks whether there are keys that this ring has not heard of.
   *
   * @returns null where there are none to be had, or it was looked for them a moment ago.
   */
  learn(): Promise<void> | null;
}

/** What an id looks like. */
export const keyIdPattern = "[A-Za-z0-9_-]{8}";

/** RFC 5869 §3.1: a salt need not be secret; a fixed one keeps our keys apart from other HKDF users'. */
const salt = "sojourn/1";

/** What keys are derived from: a secret of the app, or 32 random bytes. */
export type KeySource = string | Uint8Array;

/**
 * A ring of keys, all derived from the app's secrets by HKDF-SHA256 (RFC 5869).
 *
 * To change the secret put the new one first and keep the old one behind it until the longest life
 * of a token has passed (the absolute timeout of sessions), then drop it: nobody is signed out. With
 * public keys that other services cache, add the new secret behind the old one first, for as long as
 * they cache: a key that signs should be known before its first signature.
 *
 * @param secrets the first signs; all verify. Each is checked as {@link checkSecret} does.
 * @throws {SojournError} `config_secret_missing`, `config_secret_weak`; `config_invalid` for one
 * secret given twice.
 */
export function createKeyRing(secrets: readonly string[]): KeyRing {
  if (secrets.length === 0) checkSecret(undefined, "secret");
  const byId = new Map<string, PurposeKeys>();
  for (const [index, secret] of secrets.entries()) {
    checkSecret(secret, secrets.length === 1 ? "secret" : `secret[${index}]`);
    const id = idOfSource(secret);
    if (byId.has(id)) {
      throw new SojournError("config_invalid", {
        detail: `secret[${index}] is there twice. Leave one of them out.`,
      });
    }
    byId.set(id, keysOf(secret));
  }

  const ids = [...byId.keys()];
  return {
    activeId: ids[0] ?? "",
    ids,
    revision: 0,
    // The oldest secret, so that it holds while newer ones are put before it.
    tagId: ids.at(-1) ?? "",
    key: (id, purpose) => byId.get(id)?.(purpose) ?? null,
    // Keys come to this ring with a new start only: what is not in it was dropped.
    isRevoked: (id) => !byId.has(id),
    learn: () => null,
  };
}

/** The id of what keys are derived from: 8 characters. Derived, not a plain hash: ids are public, and a hash would let anyone test guesses cheaply. */
export function idOfSource(source: KeySource): string {
  return derive(source, "key-id", 6).toString("base64url");
}

/** A key for a purpose. */
export type PurposeKeys = (purpose: KeyPurpose) => Buffer;

/** The keys of one source, each derived once. */
export function keysOf(source: KeySource): PurposeKeys {
  const keys = new Map<KeyPurpose, Buffer>();
  return (purpose) => {
    const known = keys.get(purpose);
    if (known !== undefined) return known;
    const key = derive(source, purpose, keyLength(purpose));
    keys.set(purpose, key);
    return key;
  };
}

/**
 * The key of an id that was taken from the ring itself.
 *
 * @throws {SojournError} `internal` if it was not.
 */
export function ownKey(ring: KeyRing, id: string, purpose: KeyPurpose): Buffer {
  const key = ring.key(id, purpose);
  if (key === null) throw new SojournError("internal", { detail: `The key ring has no key "${id}".` });
  return key;
}

/** HMAC keys are as long as their hash (RFC 7518 §3.2); ES256 needs spare bits, see `es256.ts`. */
const longKeys: Readonly<Partial<Record<JwsAlgorithm, number>>> = { HS384: 48, HS512: 64, ES256: 48 };

function keyLength(purpose: KeyPurpose): number {
  const alg = purpose.split(":")[1] as JwsAlgorithm | undefined;
  return (alg && longKeys[alg]) ?? 32;
}

function derive(source: KeySource, info: KeyPurpose | "key-id", length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", source, salt, info, length));
}
