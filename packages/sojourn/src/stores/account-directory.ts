import type { CredentialDirectory, MaybePromise, StoredUser } from "../ports/user-directory.ts";
import type { Store } from "../ports/session-store.ts";

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
}

/** A store that keeps users too. */
export interface AccountStore extends Store<StoredUser> {
  readonly users: AccountDirectory;
}

/** What every store of sessions and users can be told. */
export interface AccountStoreOptions {
  /**
   * Whether users are kept here. Default true. With `false` a session comes back without its user,
   * and an app's own directory is asked for it.
   */
  readonly users?: boolean;
}
