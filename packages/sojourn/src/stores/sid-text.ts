import { SojournError } from "../domain/errors.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Whether this is a sid in the one spelling that counts (RFC 9562 §4, lower case). Were other spellings
 * accepted, one session would answer to several names, and a list of revoked names would not stop it;
 * and what is no UUID at all some databases answer with an error, not with "not found".
 */
export function isSidText(sid: string): boolean {
  return uuid.test(sid);
}

/** Checks the sid of a session that is about to be stored. @throws {SojournError} `invalid_input`. */
export function checkNewSid(sid: string): void {
  if (!uuid.test(sid)) throw new SojournError("invalid_input", { detail: "A sid is a UUID in lower case." });
}

/** The sid that 16 stored bytes spell. */
export function sidFromBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
