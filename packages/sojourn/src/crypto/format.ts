import { SojournError } from "../domain/errors.ts";

/** The most characters of any token we look at: beyond it nothing is decoded, hashed or searched. */
export const longestToken = 8192;

const compactJws = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** 32 bytes in base64url: the last of 43 characters has two unused bits, and they must be zero. */
export const base64urlOf32Bytes = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]";

/** What the last characters leave unused must be zero (RFC 4648 §3.5). */
const canonicalBase64url =
  /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$/;

/** Whether a text has the form of a compact JWS (RFC 7515 §7.1) and a bearable length. */
export function isCompactJws(text: string): boolean {
  return text.length <= longestToken && compactJws.test(text);
}

/**
 * Whether a text is the one spelling of its bytes in base64url (RFC 4648 §5). Decoders let padding,
 * white space, foreign characters and unused bits pass, which gives one token many spellings.
 */
export function isCanonicalBase64url(text: string): boolean {
  return canonicalBase64url.test(text);
}

/**
 * Refuses to hand out a token that {@link longestToken} would keep us from reading again.
 *
 * @throws {SojournError} `token_too_large`.
 */
export function checkTokenLength(token: string): string {
  if (token.length <= longestToken) return token;
  throw new SojournError("token_too_large", {
    detail: `The token has ${token.length} characters, and none may have more than ${longestToken}.`,
  });
}

/** The value that a JSON text stands for; null if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
