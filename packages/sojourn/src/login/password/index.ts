import { refuseUnknown } from "../../domain/options.ts";
import type { LoginMethodFactory } from "../login-method.ts";
import { PasswordLogin, type PasswordOptions } from "./password-login.ts";

export type { PasswordHasher } from "./hasher.ts";
export type { PasswordOptions } from "./password-login.ts";
export type { PasswordRules } from "./password-rules.ts";

const known: ReadonlySet<string> = new Set<keyof PasswordOptions>([
  "minLength",
  "maxLength",
  "users",
  "hasher",
  "parallelHashes",
  "waitingHashes",
]);

/** Sign-in by e-mail address and password, for `createAuth({ login: [password()] })`. @throws {SojournError} `config_invalid`. */
export function password(options: PasswordOptions = {}): LoginMethodFactory {
  refuseUnknown("password(): ", options, known);
  return (parts) => new PasswordLogin(options, parts);
}
