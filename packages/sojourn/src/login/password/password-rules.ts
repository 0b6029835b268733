import { SojournError } from "../../domain/errors.ts";

/** What a new password must be like. */
export interface PasswordRules {
  readonly minLength: number;
  readonly maxLength: number;
}

/** Passwords that guessers try first, folded as {@link fold} does it. Length rules keep out most others. */
const commonPasswords: ReadonlySet<string> = new Set([
  "12345678",
  "123456789",
  "1234567890",
  "12345678910",
  "87654321",
  "11111111",
  "00000000",
  "password",
  "password1",
  "password12",
  "password123",
  "passw0rd",
  "p@ssw0rd",
  "p@ssword",
  "qwertyuiop",
  "qwerty123",
  "qwertzuiop",
  "1q2w3e4r",
  "1q2w3e4r5t",
  "1qaz2wsx",
  "zaq12wsx",
  "asdfghjkl",
  "iloveyou",
  "sunshine",
  "princess",
  "football",
  "baseball",
  "superman",
  "starwars",
  "trustno1",
  "whatever",
  "letmein1",
  "welcome1",
  "changeme",
  "administrator",
  "admin123",
  "abcd1234",
  "abc12345",
  "aa123456",
  "a1b2c3d4",
  "computer",
  "internet",
  "michelle",
  "jennifer",
  "dragon12",
  "monkey12",
  "master12",
  "shadow12",
  "hello123",
  "test1234",
  "qwerty12",
  "88888888",
  "99999999",
  "12341234",
]);

/**
 * NFKC, so that one password typed on two keyboards is one password (NIST SP 800-63B-4 §3.1.1.2).
 */
export function normalizePassword(password: string): string {
  return password.normalize("NFKC");
}

/** @throws {SojournError} `password_rejected` with what to do. */
export function checkNewPassword(password: string, email: string, rules: PasswordRules): void {
  const length = [...password].length;
  if (length < rules.minLength)
    throw rejected(`Use at least ${rules.minLength} characters; a few words are easy to remember.`);
  if (length > rules.maxLength) throw rejected(`Use at most ${rules.maxLength} characters.`);
  const folded = fold(password);
  if (commonPasswords.has(folded) || new Set(folded).size < 3)
    throw rejected("This password is one of the first that attackers try.");
  const name = fold(email.split("@", 1)[0] ?? "");
  if (folded === fold(email) || (name.length >= 4 && folded === name))
    throw rejected("Do not use your e-mail address as your password.");
}

function fold(text: string): string {
  return text.toLowerCase().trim();
}

function rejected(detail: string): SojournError {
  return new SojournError("password_rejected", { detail });
}
