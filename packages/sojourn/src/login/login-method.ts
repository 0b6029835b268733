import type { PolicySection } from "../domain/policy/report.ts";
import type { BaseUser, Principal } from "../domain/principal.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { RedirectMethod } from "./redirect-method.ts";
import type { CredentialDirectory } from "../ports/user-directory.ts";

/** What somebody types to sign in. */
export interface PasswordCredentials {
  readonly email: string;
  readonly password: string;
}

/** What somebody types to make an account. */
export interface NewAccountInput extends PasswordCredentials {
  readonly name: string | null;
}

/**
 * A way to sign in. It says who somebody is and knows nothing of sessions; what happens with that
 * is decided elsewhere.
 */
export type LoginMethod = PasswordMethod | RedirectMethod | RequestMethod | AnonymousMethod;

/** Sign-in that the app judges by itself, from a request as it came. */
export interface RequestMethod {
  readonly kind: "request";
  /** Stands in the URL and in `session.method`. */
  readonly name: string;
  /** @returns null for nobody. */
  verify(request: Request): Promise<Principal | null>;
}

/** No sign-in at all: a visitor who is to be known again. */
export interface AnonymousMethod {
  readonly kind: "anonymous";
  readonly name: "anonymous";
  /** Somebody nobody has been before. */
  visitor(): Principal;
}

/** Sign-in by something that only the user knows. */
export interface PasswordMethod {
  readonly kind: "password";
  /** Stands in the URL and in `session.method`. */
  readonly name: string;
  /** Where its users are; the session layer reads them there too. */
  readonly users: CredentialDirectory;
  /** What a proof by it is worth, so that nobody is asked for one that cannot help. */
  readonly proves: Pick<Principal, "amr" | "acr">;
  /** What of its settings belongs into the session policy. */
  readonly policy: PolicySection;
  /** The one name of an account for all spellings of its address, also where there is no such account. */
  accountKey(email: string): string;
  /** @throws {SojournError} `invalid_credentials`, `account_disabled`, `login_busy`. */
  signIn(credentials: PasswordCredentials): Promise<Principal>;
  /** @throws {SojournError} `account_exists`, `password_rejected`, `login_busy`. */
  signUp(account: NewAccountInput): Promise<Principal>;
  /** Somebody who is signed in proves it again. @throws {SojournError} as `signIn`. */
  confirm(userId: string, password: string): Promise<Principal>;
  /** @throws {SojournError} `invalid_credentials`, `password_rejected`, `login_busy`. */
  changePassword(userId: string, currentPassword: string, newPassword: string): Promise<Principal>;
}

/** What a login method is given. */
export interface LoginParts {
  /** Sojourn's own users, where the store keeps them. */
  readonly users: CredentialDirectory<BaseUser> | null;
  readonly clock: Clock;
  readonly random: Random;
}

/** What `createAuth({ login: [...] })` takes. */
export type LoginMethodFactory = (parts: LoginParts) => LoginMethod;
