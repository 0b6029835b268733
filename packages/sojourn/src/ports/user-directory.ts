import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";

export type { MaybePromise } from "../domain/maybe-promise.ts";

/** Where an app's users are. Sojourn reads them and never changes them. */
export interface UserDirectory<User extends BaseUser = BaseUser> {
  /** The user, or null. An exception means the directory failed, not that there is no such user. */
  findById(userId: string): MaybePromise<User | null>;
}

/** A new account for {@link CredentialDirectory.create}. */
export interface NewAccount {
  readonly id: string;
  /** As {@link normalizeEmail} gives it; null where none is known. */
  readonly email: string | null;
  /** Whether somebody who can be trusted has seen that the address is this user's. */
  readonly emailVerified: boolean;
  readonly name: string | null;
  /** A PHC string; null for a user who signs in by other means. */
  readonly passwordHash: string | null;
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
  /** The new user; null if the id or the address is taken (decided atomically). */
  create(account: NewAccount): MaybePromise<User | null>;
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
  /** Null for a user whose provider told none. */
  readonly email: string | null;
  /** Whether the address has been seen to be this user's; one that was only typed in is not. */
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly role: string;
  readonly status: "active" | "disabled";
  /** ISO 8601. */
  readonly createdAt: string;
}

/**
 * Sojourn's own users: what signing in needs, and the few changes that an admin makes. A change
 * shows in the next read of a session, because stores that keep users read both together.
 */
export interface AccountDirectory extends CredentialDirectory<StoredUser> {
  /**
   * Lets a user in, or keeps them out: who is `disabled` has no session from the next check on.
   *
   * @returns whether there is such a user.
   */
  setStatus(userId: string, status: StoredUser["status"]): MaybePromise<boolean>;
  /** Changes what the user may do; what roles there are is the app's affair. @returns whether there is such a user. */
  setRole(userId: string, role: string): MaybePromise<boolean>;
  /** Changes the name that is shown. @returns whether there is such a user. */
  setName(userId: string, name: string | null): MaybePromise<boolean>;
  /** Notes that the address has been seen to be this user's, if it still is `email`. @returns whether it is. */
  setEmailVerified(userId: string, email: string): MaybePromise<boolean>;
  /** Removes a user and their password. @returns whether there was one. */
  remove(userId: string): MaybePromise<boolean>;
}
