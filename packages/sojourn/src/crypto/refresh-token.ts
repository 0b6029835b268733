import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import type { RefreshLineage } from "../domain/session.ts";
import { base64urlOf32Bytes } from "./format.ts";
import type { KeyRing } from "./key-ring.ts";
import { isSid, sidLength } from "./sid.ts";

/** The parts of a refresh token. */
export interface RefreshToken {
  readonly sid: string;
  /** Which link of the session's lineage it is. */
  readonly counter: number;
  /** 43 characters of base64url. */
  readonly mac: string;
}

const version = "r1.";
const counterStart = version.length + sidLength + 1;
/** A counter has at most the 16 digits of a safe integer. */
const counterAndMac = new RegExp(`^(0|[1-9][0-9]{0,15})\\.(${base64urlOf32Bytes})$`);

/**
 * `r1.<sid>.<counter>.<mac>`: recomputed whenever it is wanted, never stored.
 *
 * @returns null when the lineage's key has left the ring.
 */
export function makeRefreshToken(
  ring: KeyRing,
  lineage: { readonly sid: string } & Pick<RefreshLineage, "counter" | "seed" | "keyId">,
): string | null {
  const key = ring.key(lineage.keyId, "refresh");
  if (key === null) return null;
  const message = messageOf(lineage.sid, lineage.counter);
  return `${message}.${mac(key, lineage.seed, message).toString("base64url")}`;
}

/** The parts of a refresh token; null for anything that we would not have made. Proves nothing yet. */
export function parseRefreshToken(token: string): RefreshToken | null {
  if (!token.startsWith(version) || token[counterStart - 1] !== ".") return null;
  const sid = token.slice(version.length, counterStart - 1);
  const [, digits = "", macText = ""] = counterAndMac.exec(token.slice(counterStart)) ?? [];
  const counter = Number(digits);
  // Past 2^53 two spellings of a counter would mean the same number.
  if (macText === "" || !Number.isSafeInteger(counter) || !isSid(sid)) return null;
  return { sid, counter, mac: macText };
}

/**
 * Whether we made a refresh token for the session with this lineage. The head is accepted under the
 * key that the lineage names and no other, so each head has one token; a link behind or ahead of it
 * may be of any key in the ring, since the row remembers the head's key only.
 *
 * The MAC's key is `HMAC(server key, seed)`. Who has read the store lacks the server's key, who has
 * the server's key lacks the session's seed (32 random bytes that never leave the store), so neither
 * leak alone forges a token. HMAC is a PRF keyed by either input (RFC 5869 §3.1 rests on the same).
 */
export function isGenuine(
  ring: KeyRing,
  presented: RefreshToken,
  record: Pick<RefreshLineage, "seed" | "keyId" | "counter">,
): boolean {
  const claimed = Buffer.from(presented.mac, "base64url");
  const message = messageOf(presented.sid, presented.counter);
  const keyIds = presented.counter === record.counter ? [record.keyId] : ring.ids;
  let genuine = false;
  for (const id of keyIds) {
    const key = ring.key(id, "refresh");
    if (key === null) continue;
    const expected = mac(key, record.seed, message);
    // Every key is tried whatever came out before: the time tells nothing about which one it was.
    genuine = (claimed.length === expected.length && timingSafeEqual(claimed, expected)) || genuine;
  }
  return genuine;
}

/** What the MAC is over: the token up to its last dot, so its version and all it says are bound. */
function messageOf(sid: string, counter: number): string {
  return `${version}${sid}.${counter}`;
}

function mac(serverKey: Uint8Array, seed: Uint8Array, message: string): Buffer {
  return hmac(hmac(serverKey, seed), message);
}

function hmac(key: Uint8Array, data: Uint8Array | string): Buffer {
  // As a key object: finding out what bare bytes are takes some Node versions longer than the MAC.
  return createHmac("sha256", createSecretKey(key)).update(data).digest();
}
