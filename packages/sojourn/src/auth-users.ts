import type { BaseUser } from "./domain/principal.ts";
import type { HttpParts } from "./http/call.ts";
import type { StoredUser } from "./ports/user-directory.ts";
import { noContext } from "./session/event-log.ts";
import type { UserChanges } from "./session/user-changes.ts";

/**
 * Changes to users that take effect at once, wherever they are signed in. `setRole` and its like change users that
 * the store keeps; where users are the app's own, it changes them and calls `changed`.
 */
export interface Users<User extends BaseUser = BaseUser> {
  /**
   * The app changed what is known of a user: a role, a status, or that there is one. With `stateful` the next check
   * shows it anyway; with the others every node asks the store, within `maxRevocationLag`, until tokens are made anew.
   *
   * @throws {SojournError} `strategy_unsupported` for tokens without a store, `store_unavailable`.
   */
  changed(userId: string): Promise<void>;
  /**
   * What a user signs in with was changed elsewhere, such as a second factor: ends their sessions with
   * `credentials_changed`.
   *
   * @param options `exceptSid` goes on: the session in which it was changed.
   * @returns how many.
   */
  credentialsChanged(userId: string, options?: { readonly exceptSid?: string | null }): Promise<number>;
  /** The user as the directory has them, or null. @throws {SojournError} `store_unavailable`. */
  get(userId: string): Promise<User | null>;
  /** @returns whether there is such a user. */
  setRole(userId: string, role: string): Promise<boolean>;
  /** Whoever is `disabled` cannot sign in, and all their sessions end. @returns whether there is such a user. */
  setStatus(userId: string, status: StoredUser["status"]): Promise<boolean>;
  /** @returns whether there is such a user. */
  setName(userId: string, name: string | null): Promise<boolean>;
  /** Removes a user, what belongs to them, and their sessions. @returns whether there was one. */
  remove(userId: string): Promise<boolean>;
  /**
   * All that is held about a user, as the text of one JSON document, {@link UserExport}: the user, linked accounts, open
   * sessions and kept events, without any credential. It comes piece by piece, however much it is.
   *
   * @returns null if there is no such user.
   * @throws {SojournError} `store_unavailable`; later on the stream fails with it.
   */
  export(userId: string): Promise<ReadableStream<Uint8Array> | null>;
}

/** The verbs as an app calls them. */
export function usersOf(changes: UserChanges, exportUser: HttpParts["exportUser"]): Users {
  return {
    changed: (userId) => changes.changed(userId),
    credentialsChanged: (userId, { exceptSid = null } = {}) => changes.credentialsChanged(userId, exceptSid),
    get: (userId) => changes.get(userId),
    setRole: (userId, role) => changes.setRole(userId, role),
    setStatus: (userId, status) => changes.setStatus(userId, status),
    setName: (userId, name) => changes.setName(userId, name),
    remove: (userId) => changes.remove(userId),
    export: (userId) => exportUser(userId, noContext),
  };
}
