import type { LoginMethodFactory } from "../login-method.ts";
import { PasswordLogin, type PasswordOptions } from "./password-login.ts";

export type { PasswordHasher } from "./hasher.ts";
export type { PasswordOptions } from "./password-login.ts";
export type { PasswordRules } from "./password-rules.ts";

/** Sign-in by e-mail address and password, for `createAuth({ login: [password()] })`. */
export function password(options: PasswordOptions = {}): LoginMethodFactory {
  return (parts) => new PasswordLogin(options, parts);
}
