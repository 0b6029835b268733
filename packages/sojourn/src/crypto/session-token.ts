import { timingSafeEqual } from "node:crypto";
import type { Random } from "../ports/random.ts";
import { digest } from "./digest.ts";
import { base64urlOf32Bytes } from "./format.ts";
import { sidLength, sidPattern } from "./sid.ts";

/** The parts of an opaque session token. */
export interface SessionToken {
  readonly sid: string;
  /** The credential: 43 characters of base64url. */
  readonly secret: string;
}

/** A new session token, and what the store may know of it. */
export interface NewSessionToken {
  readonly token: string;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
}

const version = "s1.";
const format = new RegExp(`^s1\\.${sidPattern}\\.${base64urlOf32Bytes}$`);
const secretStart = version.length + sidLength + 1;
const tokenLength = secretStart + 43;

/** `s1.<sid>.<secret>` with a fresh secret of 256 bits. */
export function createSessionToken(sid: string, random: Random): NewSessionToken {
  const secret = Buffer.from(random.bytes(32)).toString("base64url");
  return { token: `${version}${sid}.${secret}`, secretHash: Buffer.from(hashOfSecret(secret), "latin1") };
}

/** The parts of a session token; null for anything that we would not have made. Proves nothing yet. */
export function parseSessionToken(token: string): SessionToken | null {
  // The length first: nothing long is searched.
  if (token.length !== tokenLength || !format.test(token)) return null;
  return { sid: token.slice(version.length, secretStart - 1), secret: token.slice(secretStart) };
}

const presented = Buffer.alloc(32);

/**
 * Whether a secret is the one whose hash the store keeps.
 *
 * The hash is over the secret's text rather than its 32 bytes, which saves the decoding. That is
 * safe because {@link parseSessionToken} lets one spelling pass only. SHA-256 without salt or
 * stretching is enough: 256 random bits cannot be guessed. The comparison takes the same time
 * wherever two hashes differ, though all it could tell an attacker is part of a useless hash.
 */
export function secretMatches(secret: string, hash: Uint8Array): boolean {
  if (hash.length !== presented.length) return false;
  presented.write(hashOfSecret(secret), "latin1");
  return timingSafeEqual(presented, hash);
}

function hashOfSecret(secret: string): string {
  return digest("sha256", secret, "binary");
}
