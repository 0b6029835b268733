import type { Random } from "../ports/random.ts";
import { createHmac, type Hmac } from "./hmac.ts";
import { type KeyRing, ownKey } from "./key-ring.ts";

/** A sid in a regular expression: a UUID of version 7 and RFC 9562's variant, in lower case. */
export const sidPattern = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

const sidFormat = new RegExp(`^${sidPattern}$`);

/** Characters of a sid. */
export const sidLength = 36;

/**
 * A new session id: a UUIDv7 (RFC 9562 §5.7), so that ids made in one hour lie together in an index.
 *
 * Its last 16 bits are a keyed tag of the user instead of random ones. All sids of a user share it,
 * so a store that spreads keys over nodes can keep them together; without the key it tells nobody
 * who the user is. 58 random bits are left, and more are not needed: a sid is no credential. The
 * tag is made with the oldest secret, so it holds while newer ones are put before it. When that one
 * is dropped the user's next sids get another tag, which a store must take as "may lie elsewhere".
 *
 * @param now ms since the epoch.
 */
export function createSid(userId: string, now: number, random: Random, ring: KeyRing): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.floor(now), 0, 6);
  bytes.set(random.bytes(8), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  bytes.set(userTag(userId, ring), 14);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Whether a text is a sid as {@link createSid} spells it: lower case, version 7, RFC 9562 variant. */
export function isSid(text: string): boolean {
  return sidFormat.test(text);
}

/** When a sid was made, in ms since the epoch. */
export function sidTime(sid: string): number {
  return Number.parseInt(sid.slice(0, 8) + sid.slice(9, 13), 16);
}

/** The tag that all sids of one user share: 4 hex digits. */
export function sidTag(sid: string): string {
  return sid.slice(-4);
}

const taggers = new WeakMap<KeyRing, Hmac>();

function userTag(userId: string, ring: KeyRing): Uint8Array {
  let tagger = taggers.get(ring);
  if (tagger === undefined) {
    tagger = createHmac("sha256", ownKey(ring, ring.tagId, "session-tag"));
    taggers.set(ring, tagger);
  }
  return Buffer.from(tagger.mac(userId).slice(0, 3), "base64url");
}
