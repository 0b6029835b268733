import { isCompactJws, parseJson } from "./format.ts";
import { parseRefreshToken } from "./refresh-token.ts";
import { parseSessionToken } from "./session-token.ts";
import { isSid } from "./sid.ts";

/**
 * The session that a credential says it is of. Nothing is proven by that: a sid is public, and anybody
 * can write one into a cookie of their own.
 */
export function claimedSid(credential: string): string | null {
  const opaque = parseSessionToken(credential) ?? parseRefreshToken(credential);
  if (opaque !== null) return opaque.sid;
  if (!isCompactJws(credential)) return null;
  const claims = parseJson(Buffer.from(credential.split(".")[1] ?? "", "base64url").toString("utf8"));
  const sid: unknown = typeof claims === "object" && claims !== null && "sid" in claims ? claims.sid : null;
  return typeof sid === "string" && isSid(sid) ? sid : null;
}
