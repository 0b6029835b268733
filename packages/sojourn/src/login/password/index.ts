import { refuseUnknown } from "../../domain/options.ts";
import type { LoginMethodFactory } from "../login-method.ts";
import { PasswordLogin, type PasswordOptions } from "./password-login.ts";

export type { PasswordHasher } from "./hasher.ts";
export type { PasswordOptions } from "./password-login.ts";
export type { PasswordRules } from "./password-rules.ts";

const known: readonly string[] = [
  "minLength",
  "maxLength",
  "users",
  "hasher",
  "parallelHashes",
  "waitingHashes",
] satisfies (keyof PasswordOptions)[];

/** Sign-in by e-mail address and password, for `createAuth({ login: [password()] })`. @throws {SojournError} `config_invalid`. */
export function password(options: PasswordOptions = {}): LoginMethodFactory {
  refuseUnknown("password: ", options, known);
  return (parts) => new PasswordLogin(options, parts);
}
