import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import type { Random } from "../ports/random.ts";
import { base64urlOf32Bytes } from "./format.ts";
import { type KeyRing, ownKey } from "./key-ring.ts";

const version = "c1";
const nonceBytes = 16;
const format = new RegExp(`^c1\\.([A-Za-z0-9_-]{8})\\.[A-Za-z0-9_-]{22}\\.(${base64urlOf32Bytes})$`);

/**
 * A token that a page sends back with what it does: `c1.<key id>.<nonce>.<mac>`, the MAC over all that
 * and whom it is bound to. With a fresh nonce no two are alike, so that a token in a compressed page
 * cannot be guessed piece by piece (BREACH).
 *
 * @param holder whom it is bound to, such as a session.
 */
export function makeCsrfToken(ring: KeyRing, holder: string, random: Random): string {
  const nonce = Buffer.from(random.bytes(nonceBytes)).toString("base64url");
  const message = `${version}.${ring.activeId}.${nonce}`;
  return `${message}.${mac(ownKey(ring, ring.activeId, "csrf"), message, holder).toString("base64url")}`;
}

/** Whether a token was made for this holder, with a key that is in the ring. */
export function isCsrfTokenOf(ring: KeyRing, holder: string, token: string): boolean {
  const [, id = "", claimed = ""] = format.exec(token) ?? [];
  const key = ring.key(id, "csrf");
  if (key === null) return false;
  const message = token.slice(0, -claimed.length - 1);
  return timingSafeEqual(mac(key, message, holder), Buffer.from(claimed, "base64url"));
}

function mac(key: Uint8Array, message: string, holder: string): Buffer {
  // The message has a fixed length, so where it ends and the holder begins cannot be moved.
  return createHmac("sha256", createSecretKey(key)).update(`${message}.${holder}`).digest();
}
