import { normalizeEmail } from "../../domain/email.ts";
import { isSojournError, SojournError } from "../../domain/errors.ts";
import type { MaybePromise } from "../../domain/maybe-promise.ts";
import { type PolicySection, valueRow } from "../../domain/policy/report.ts";
import { type BaseUser, isActive, type Principal } from "../../domain/principal.ts";
import type { CredentialDirectory, StoredCredential } from "../../ports/user-directory.ts";
import type { PasswordMethod, LoginParts, NewAccountInput, PasswordCredentials } from "../login-method.ts";
import { createGate, type Gate } from "./hash-gate.ts";
import { createArgon2Hasher, type PasswordHasher } from "./hasher.ts";
import { checkNewPassword, normalizePassword, type PasswordRules } from "./password-rules.ts";

/** The options of {@link password}. */
export interface PasswordOptions extends Partial<PasswordRules> {
  /** Where accounts are. Default: in the store. */
  readonly users?: CredentialDirectory;
  /** Default: argon2id with OWASP's parameters. */
  readonly hasher?: PasswordHasher;
  /** How many passwords are hashed at once. Default: one less than there are cores. */
  readonly parallelHashes?: number;
  /** How many sign-ins may wait for a hash; beyond that they are answered 503. Default 32. */
  readonly waitingHashes?: number;
}

/** A credential whose password was given. */
interface ProvenCredential {
  readonly user: BaseUser;
  readonly passwordHash: string;
}

/** One thing that somebody knows (RFC 8176 §2; NIST SP 800-63B-4 §2.1). */
const proves: PasswordMethod["proves"] = { amr: ["pwd"], acr: "aal1" };
const defaultRules: PasswordRules = { minLength: 8, maxLength: 256 };

/** Sign-in by e-mail address and password. */
export class PasswordLogin implements PasswordMethod {
  readonly kind = "password";
  readonly name = "password";
  readonly proves: PasswordMethod["proves"] = proves;
  readonly policy: PolicySection;
  readonly users: CredentialDirectory;
  readonly #parts: LoginParts;
  readonly #rules: PasswordRules;
  readonly #hasher: PasswordHasher;
  readonly #gate: Gate;
  #decoy: Promise<string> | null = null;

  /** @throws {SojournError} `config_store_required` without a place for accounts. */
  constructor(options: PasswordOptions, parts: LoginParts) {
    const users = options.users ?? parts.users;
    if (users === null || users === undefined) {
      throw new SojournError("config_store_required", {
        detail:
          'password() needs a store that keeps users, such as sqlite("app.db"), or its own users option.',
      });
    }
    this.users = users;
    this.#parts = parts;
    this.#rules = { ...defaultRules, ...definedOf(options) };
    this.#hasher = options.hasher ?? createArgon2Hasher();
    this.policy = sectionOf(this.#rules);
    this.#gate = createGate({
      ...(options.parallelHashes === undefined ? {} : { parallel: options.parallelHashes }),
      ...(options.waitingHashes === undefined ? {} : { queue: options.waitingHashes }),
    });
  }

  accountKey(email: string): string {
    return normalizeEmail(email) ?? email.normalize("NFC").trim().toLowerCase();
  }

  async signIn({ email, password }: PasswordCredentials): Promise<Principal> {
    const address = normalizeEmail(email);
    const found = address === null ? null : await ask(() => this.users.findByEmail(address));
    return this.#signedIn(found, password);
  }

  async signUp({ email, password, name }: NewAccountInput): Promise<Principal> {
    const address = normalizeEmail(email);
    if (address === null)
      throw new SojournError("invalid_input", {
        detail: "This is not an e-mail address.",
        extra: { issues: [{ path: "email", message: "This is not an e-mail address." }] },
      });
    checkNewPassword(password, address, this.#rules);
    const passwordHash = await this.#hash(password);
    const id = Buffer.from(this.#parts.random.bytes(16)).toString("base64url");
    const account = {
      id,
      email: address,
      emailVerified: false,
      name: nameOf(name),
      passwordHash,
      createdAt: this.#parts.clock.now(),
    };
    const user = await ask(() => this.users.create(account));
    if (user === null) throw new SojournError("account_exists");
    return principalOf(user);
  }

  async confirm(userId: string, password: string): Promise<Principal> {
    return this.#signedIn(await ask(() => this.users.findCredential(userId)), password);
  }

  async changePassword(userId: string, currentPassword: string, newPassword: string): Promise<Principal> {
    const { user, passwordHash } = await this.#prove(
      await ask(() => this.users.findCredential(userId)),
      currentPassword,
    );
    checkNewPassword(newPassword, emailOf(user), this.#rules);
    const newHash = await this.#hash(newPassword);
    // False: somebody else changed it while we were hashing, so the current password is not what was given.
    if (!(await ask(() => this.users.replacePassword(userId, passwordHash, newHash))))
      throw new SojournError("invalid_credentials");
    return principalOf(user);
  }

  /** Proves it, and brings a hash of older settings up to date while the password is at hand. */
  async #signedIn(found: StoredCredential | null, password: string): Promise<Principal> {
    const { user, passwordHash } = await this.#prove(found, password);
    if (this.#hasher.needsRehash(passwordHash)) {
      const newHash = await this.#hash(password);
      await ask(() => this.users.replacePassword(user.id, passwordHash, newHash));
    }
    return principalOf(user);
  }

  /** Whoever is not there or has no password is refused like a wrong password, and takes as long. */
  async #prove(found: StoredCredential | null, password: string): Promise<ProvenCredential> {
    const tooLong = [...password].length > this.#rules.maxLength;
    const decoy = await this.#decoyHash();
    const hash = found?.passwordHash ?? decoy;
    const right = await this.#gate.run(() =>
      this.#hasher.verify(hash, tooLong ? "" : normalizePassword(password)),
    );
    const userId = found?.user.id;
    if (found === null || found.passwordHash === null || !right || tooLong)
      throw new SojournError("invalid_credentials", { userId });
    // Only who knows the password learns that the account is disabled.
    if (!isActive(found.user)) throw new SojournError("account_disabled", { userId });
    return { user: found.user, passwordHash: found.passwordHash };
  }

  #hash(password: string): Promise<string> {
    return this.#gate.run(() => this.#hasher.hash(normalizePassword(password)));
  }

  #decoyHash(): Promise<string> {
    this.#decoy ??= this.#hash(Buffer.from(this.#parts.random.bytes(24)).toString("base64url")).catch(
      (error: unknown) => {
        this.#decoy = null;
        throw error;
      },
    );
    return this.#decoy;
  }
}

/** A directory that fails in whatever way is an outage: nobody is told that a password is wrong. */
async function ask<T>(question: () => MaybePromise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    if (isSojournError(cause)) throw cause;
    throw new SojournError("store_unavailable", {
      detail: "The user directory cannot be reached.",
      retryAfter: 1,
      cause,
    });
  }
}

function principalOf(user: BaseUser): Principal {
  return { userId: user.id, method: "password", user, ...proves };
}

function sectionOf({ minLength, maxLength }: PasswordRules): PolicySection {
  return {
    title: "Passwords",
    rows: [
      valueRow("password.minLength", minLength, "characters that a new password has at least"),
      valueRow("password.maxLength", maxLength, "characters that a password has at most"),
    ],
  };
}

function nameOf(name: string | null): string | null {
  const trimmed = name?.normalize("NFC").trim() ?? "";
  return trimmed === "" ? null : trimmed;
}

function emailOf(user: BaseUser): string {
  const email = "email" in user ? user.email : undefined;
  return typeof email === "string" ? email : "";
}

function definedOf({ minLength, maxLength }: Partial<PasswordRules>): Partial<PasswordRules> {
  return {
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
}
