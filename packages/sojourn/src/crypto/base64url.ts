/*
 * base64url (RFC 4648 §5) by what every runtime has. Where Node's Buffer is at hand it is faster; here it
 * is for what is done once, and for runtimes without one.
 */

/** Bytes, one character each, in base64url without padding. */
export function latin1ToBase64url(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes that a text stands for, one character each; null if it stands for none. */
export function latin1FromBase64url(text: string): string | null {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
}

/** The bytes that a text stands for; null if it stands for none. */
export function bytesFromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  const characters = latin1FromBase64url(text);
  if (characters === null) return null;
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

/** The bytes of a text in UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
