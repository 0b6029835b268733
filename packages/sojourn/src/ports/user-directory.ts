import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";

export type { MaybePromise } from "../domain/maybe-promise.ts";

/** Where an app's users are. Sojourn reads them and never changes them. */
export interface UserDirectory<User extends BaseUser = BaseUser> {
  /** The user, or null. An exception means the directory failed, not that there is no such user. */
  findById(userId: string): MaybePromise<User | null>;
}

/** A new account for {@link CredentialDirectory.createWithPassword}. */
export interface NewAccount {
  readonly id: string;
  /** As {@link normalizeEmail} gives it. */
  readonly email: string;
  readonly name: string | null;
  /** A PHC string. */
  readonly passwordHash: string;
  /** Ms since the epoch. */
  readonly createdAt: number;
}

/** A user and the hash of their password (PHC string; null for one who has none). */
export interface StoredCredential<User extends BaseUser = BaseUser> {
  readonly user: User;
  readonly passwordHash: string | null;
}

/** A user directory that also keeps passwords, for the password login. */
export interface CredentialDirectory<User extends BaseUser = BaseUser> extends UserDirectory<User> {
  /** @param email normalised. */
  findByEmail(email: string): MaybePromise<StoredCredential<User> | null>;
  findCredential(userId: string): MaybePromise<StoredCredential<User> | null>;
  /** The new user; null if the address is taken (decided atomically). */
  createWithPassword(account: NewAccount): MaybePromise<User | null>;
  /**
   * Replaces the hash, if it still is `expectedHash` (so that of two changes at once only one wins).
   *
   * @returns whether it did.
   */
  replacePassword(userId: string, expectedHash: string | null, passwordHash: string): MaybePromise<boolean>;
}

/** The user that Sojourn's own directories keep. */
export interface StoredUser extends BaseUser {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly role: string;
  readonly status: "active" | "disabled";
  /** ISO 8601. */
  readonly createdAt: string;
}
