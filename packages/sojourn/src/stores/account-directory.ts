import type { AccountDirectory, StoredUser } from "../ports/user-directory.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { Store } from "../ports/session-store.ts";

export type { AccountDirectory } from "../ports/user-directory.ts";

/** A store that keeps users too. */
export interface AccountStore extends Store<StoredUser> {
  readonly users: AccountDirectory;
  readonly entries: EntryStore;
}

/** What every store of sessions and users can be told. */
export interface AccountStoreOptions {
  /**
   * Whether users are kept here. Default true. With `false` a session comes back without its user,
   * and an app's own directory is asked for it.
   */
  readonly users?: boolean;
}
