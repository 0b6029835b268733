import type { JsonValue } from "../domain/session.ts";
import type { MaybePromise } from "./user-directory.ts";

/**
 * A small record beside the sessions: a provider's account that belongs to a user, a signing key under
 * its wrapping, a token id that must not come twice, an entry of the audit log.
 */
export interface Entry {
  /** What kind of record it is; keys of different spaces never meet. Lower-case letters and `-`, at most 32. */
  readonly space: string;
  /** Unique in its space. 1 to 255 characters. */
  readonly key: string;
  /** What it belongs to, such as a user id, for {@link EntryStore.list}; null for nothing. At most 255 characters. */
  readonly owner: string | null;
  /** At most 16 KiB of JSON. What must not be read in a dump of the store is sealed by whoever puts it here. */
  readonly value: JsonValue;
  /** Raised by each `replace`; 0 when it was added. */
  readonly version: number;
  /** From then on it is not there any more; in ms since the epoch, null for never. */
  readonly expiresAt: number | null;
}

/**
 * Where small records are kept beside the sessions. As in the session store each verb is ONE atomic
 * step, not found is a value, an exception is a SojournError `store_unavailable`, times come from the
 * caller, and an entry past its `expiresAt` is as good as not there.
 */
export interface EntryStore {
  /**
   * Adds an entry with version 0, unless a live one with this key is there. Of any number of parallel calls with one key
   * exactly one adds. The entry's `version` is not looked at.
   *
   * @returns whether it was added.
   */
  add(entry: Omit<Entry, "version">, now: number): MaybePromise<boolean>;

  get(space: string, key: string, now: number): MaybePromise<Entry | null>;

  /**
   * Gives a live entry another value and end, if its version still is `version`, and raises the version.
   *
   * @returns whether it did.
   */
  replace(
    space: string,
    key: string,
    version: number,
    change: Pick<Entry, "value" | "expiresAt">,
    now: number,
  ): MaybePromise<boolean>;

  /** Takes an entry away. Of any number of parallel calls exactly one gets it. @returns it, or null if no live one was there. */
  take(space: string, key: string, now: number): MaybePromise<Entry | null>;

  /**
   * The live entries of a space that belong to `owner`, or all of the space where `owner` is null, in descending order
   * of their keys (compared as bytes), so that keys that begin with a time come newest first.
   */
  list(space: string, owner: string | null, now: number, page: EntryPage): MaybePromise<readonly Entry[]>;

  /** Removes all entries of a space that belong to `owner`. @returns how many. */
  removeOwned(space: string, owner: string): MaybePromise<number>;

  /** Removes entries whose `expiresAt` is before `before`, at most `limit`. @returns how many. */
  deleteExpired(before: number, limit: number): MaybePromise<number>;
}

/** A slice of a list: at most `limit` entries, whose keys come after `after` in the order of the list; null for the beginning. */
export interface EntryPage {
  readonly limit: number;
  readonly after: string | null;
}
