import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto";

/** What a checked token says, as far as the bare check looks. */
export interface BareClaims {
  readonly sub: string;
  readonly exp: number;
}

/**
 * The key that the library derives from a secret for one kind of token. Known here so that every
 * variant checks the same tokens; if the derivation changes, no bare check succeeds and the bench says so.
 */
export function tokenKey(secret: string, kind: "session" | "access"): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "sojourn/1", `jwt:HS256:${kind}`, 32));
}

/**
 * The least that a signed token in a cookie can cost: find the cookie, recompute the MAC with what
 * Node offers for that, compare in constant time, parse the payload, look at its age. It checks no
 * header, no other claim, and makes no session object of it.
 *
 * @returns null for a token that is not good.
 */
export function bareTokenCheck(key: Uint8Array, cookieName: string): (header: string) => BareClaims | null {
  const keyObject: KeyObject = createSecretKey(key);
  const pair = `${cookieName}=`;
  return (header) => {
    const at = header.indexOf(pair);
    if (at === -1) return null;
    const end = header.indexOf(";", at);
    const token = header.slice(at + pair.length, end === -1 ? header.length : end);
    const firstDot = token.indexOf(".");
    const lastDot = token.lastIndexOf(".");
    const mac = createHmac("sha256", keyObject).update(token.slice(0, lastDot)).digest();
    const presented = Buffer.from(token.slice(lastDot + 1), "base64url");
    if (presented.length !== mac.length || !timingSafeEqual(presented, mac)) return null;
    const payload = Buffer.from(token.slice(firstDot + 1, lastDot), "base64url").toString("utf8");
    const claims = JSON.parse(payload) as BareClaims;
    return claims.exp * 1000 > Date.now() ? claims : null;
  };
}
