import { hkdfSync } from "node:crypto";
import { SojournError } from "../domain/errors.ts";
import { keyIdDerivation, keyLength, type KeyPurpose, keySalt } from "./key-purposes.ts";
import { checkSecret } from "./secrets.ts";

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
  return derive(source, keyIdDerivation.info, keyIdDerivation.length).toString("base64url");
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

function derive(source: KeySource, info: KeyPurpose | typeof keyIdDerivation.info, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", source, keySalt, info, length));
}
