/** The address in the one form under which it is looked up; null if it is none. */
export function normalizeEmail(email: string): string | null {
  const address = email.normalize("NFC").trim().toLowerCase();
  return address.length <= 254 && emailFormat.test(address) ? address : null;
}

/** One @, no white space or control characters: whether an address exists only a mail can tell. */
const emailFormat = /^[^\s@\p{Cc}\p{Cf}"<>()[\]\\,;:]{1,64}@[^\s@\p{Cc}\p{Cf}"<>()[\]\\,;:]{1,190}$/u;
