import type { BaseUser } from "../domain/principal.ts";
import type { SessionLimit } from "../domain/policy.ts";
import type { EndReason, JsonValue, SessionRecord } from "../domain/session.ts";
import type { EntryStore } from "./entry-store.ts";
import type { CredentialDirectory, MaybePromise, UserDirectory } from "./user-directory.ts";

/**
 * Where sessions are kept. The port speaks the domain, not CRUD: each verb is ONE atomic step, so
 * no caller ever needs a transaction, and a crash between two verbs leaves nothing half-done.
 *
 * Common rules, which the contract suite in `sojourn/testing` proves on every store:
 * - Not found is `null`, `false` or `0`, never an error. An exception means that the store failed;
 *   it is a SojournError `store_unavailable` with the driver's error as its cause.
 * - A session is *alive* at `now` while it is not ended, `now < expiresAt` and
 *   `now < lastSeenAt + idleTimeout`. Verbs that write to a session do so only while it is alive: a
 *   write that arrives late never brings a session back.
 * - Texts come back as they were given. A store that cannot hold U+0000 refuses such a text with
 *   `invalid_input`; it never cuts it.
 * - Times are ms since the epoch and come from the caller, never from the store's own clock.
 */
export interface SessionStore {
  /**
   * Adds a session. With a limit, the user never has more than `limit.max` sessions of this kind
   * alive, however many sign-ins run at once: `evict-oldest` ends the oldest with reason `limit`;
   * `deny` adds nothing. A sid that is there already is left as it is and counts as not added.
   *
   * @returns whether it was added, and the sids that made room.
   */
  create(record: SessionRecord, limit: SessionLimit | null): MaybePromise<CreateResult>;

  /** The session in whatever state, with its user where this store keeps users. */
  find(sid: string): MaybePromise<FoundSession | null>;

  /**
   * The same from a copy that may be a little behind, for stores that have one: an end that this process has made
   * shows at once, and any other within the bound that the store was given. Absent where `find` is all there is.
   */
  findRecent?(sid: string): MaybePromise<FoundSession | null>;

  /**
   * Slides last-seen times and confirms refresh counters, many sessions at once. Neither ever moves
   * back, and a counter above the head is ignored. A counter that is confirmed anew moves `rotatedAt` on
   * to the `now` of its touch: whoever still holds the token before has the grace from then on.
   *
   * @returns how many alive sessions it reached.
   */
  touch(touches: readonly Touch[]): MaybePromise<number>;

  /**
   * Moves the refresh head from `fromCounter` to the next (compare-and-set): the new head is made at
   * `now` with the key `keyId`, and `fromCounter` counts as confirmed. Of any number of parallel
   * calls with one counter exactly one wins. Last-seen is left alone: refreshing is no activity.
   *
   * @returns the session after the step; null if the counter was not the head or it was not alive.
   */
  rotate(sid: string, fromCounter: number, now: number, keyId: string): MaybePromise<SessionRecord | null>;

  /**
   * Changes an alive session if its version still is `version`, and raises the version. What the
   * patch does not name is not written, and last-seen never moves back.
   *
   * @returns the session after the step, or null.
   */
  update(sid: string, version: number, patch: SessionPatch, now: number): MaybePromise<SessionRecord | null>;

  /**
   * Sets one key of an alive session's data. Parallel calls for different keys lose nothing.
   *
   * @returns `stored`, `too_large` when all data together would exceed `maxBytes` of JSON (nothing
   * is changed then), or `gone`.
   */
  setData(
    sid: string,
    key: string,
    value: JsonValue,
    now: number,
    maxBytes: number,
  ): MaybePromise<SetDataResult>;

  /** Removes one key of an alive session's data. @returns whether the session is alive. */
  deleteData(sid: string, key: string, now: number): MaybePromise<boolean>;

  /**
   * Removes one key of an alive session's data and tells what it held: of any number of parallel calls
   * exactly one gets the value.
   *
   * @returns the value; undefined where there was none, or the session is not alive.
   */
  takeData(sid: string, key: string, now: number): MaybePromise<JsonValue | undefined>;

  /** Ends an alive session. @returns what it was before, or null if it was not alive. */
  revoke(sid: string, now: number, reason: EndReason): MaybePromise<SessionRecord | null>;

  /**
   * Ends all alive sessions of a user, but for one if named. Misses none whose `create` returned
   * before this was called.
   *
   * @returns the sids that it ended.
   */
  revokeByUser(
    userId: string,
    now: number,
    reason: EndReason,
    exceptSid: string | null,
  ): MaybePromise<readonly string[]>;

  /** The user's alive sessions, last seen first. */
  listByUser(userId: string, now: number, page: Page): MaybePromise<readonly SessionRecord[]>;

  /** Puts a notice into the feed: every node is to hear of it. */
  announce(notice: Notice): MaybePromise<void>;

  /**
   * What was ended and announced since a cursor, oldest first: the feed that reaches other nodes. Every end
   * and every notice is delivered to each reader at least once, also if it happened while the reader was away.
   *
   * @param cursor null for everything still kept.
   */
  revokedSince(cursor: string | null, limit: number): MaybePromise<RevocationPage>;

  /**
   * Removes sessions that were over before `before`, and revocations and notices whose `expiresAt`
   * is before it, at most `limit` of each.
   *
   * @returns how many it removed, of sessions or of revocations, whichever were more: `limit` says that
   * there may be more to remove.
   */
  deleteExpired(before: number, limit: number): MaybePromise<number>;
}

/** A user in a store that keeps its own; `undefined` says that this store keeps none. */
export interface FoundSession {
  readonly record: SessionRecord;
  readonly user: BaseUser | null | undefined;
}

export interface CreateResult {
  readonly created: boolean;
  readonly evicted: readonly string[];
}

/** One entry of {@link SessionStore.touch}. */
export interface Touch {
  readonly sid: string;
  /** When it was seen; null to leave last-seen as it is (a confirmation only). */
  readonly seenAt: number | null;
  /** When the touch is written, for the question whether the session is alive. */
  readonly now: number;
  /** A refresh counter that its holder has been seen to use; null if none. */
  readonly counter: number | null;
}

/** What `update` may change. */
export type SessionPatch = Partial<
  Pick<
    SessionRecord,
    "authTime" | "secretHash" | "refresh" | "amr" | "acr" | "method" | "lastSeenAt" | "ip" | "userAgent"
  >
>;

export type SetDataResult = "stored" | "too_large" | "gone";

/** A slice of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** One ended session in the feed. */
export interface Revocation {
  readonly sid: string;
  readonly userId: string;
  readonly reason: EndReason;
  readonly endedAt: number;
  /** The session's absolute end: after it the entry is of no use. */
  readonly expiresAt: number;
}

/** Something else that every node must hear of. */
export interface Notice {
  /**
   * `user`: what tokens say of this user is out of date if they were made before `at`. `keys`: the
   * ring of keys has changed.
   */
  readonly topic: "user" | "keys";
  /** The user id; empty for `keys`. */
  readonly subject: string;
  /** Ms since the epoch. */
  readonly at: number;
  /** After it the notice is of no use; in ms since the epoch. */
  readonly expiresAt: number;
}

/** At most `limit` revocations and notices together. */
export interface RevocationPage {
  readonly revocations: readonly Revocation[];
  readonly notices: readonly Notice[];
  /** Where to go on. Null only while nothing was ever ended. */
  readonly cursor: string | null;
  /** Whether another page is waiting. */
  readonly more: boolean;
}

/**
 * Word from the database that some node has just ended a session, for stores whose database can call
 * out. It is only a hint to read `revokedSince` now rather than a moment later: one that gets lost costs
 * time and nothing else.
 */
export interface RevocationSignals {
  /**
   * Begins to listen, and goes on until told to stop: a connection that breaks is made anew, with a
   * signal each time, since some may have been missed.
   *
   * @returns a function that stops it.
   */
  listen(signal: () => void, onFailure: (error: unknown) => void): () => void;
}

/** One step of a store's schema. */
export interface SchemaStep {
  /** 1, 2, 3, ... */
  readonly version: number;
  /** What the step does, in the database's own language. */
  readonly sql: string;
}

/** What `createAuth({ store })` takes: the sessions, and what else one database keeps for Sojourn. */
export interface Store<User extends BaseUser = BaseUser> {
  readonly sessions: SessionStore;
  /** Sojourn's own users, if this store keeps them. */
  readonly users?: CredentialDirectory<User>;
  /** The app's users, where this store reads them from a table of the app's. */
  readonly directory?: UserDirectory<User>;
  readonly signals?: RevocationSignals;
  /** Small records beside the sessions; absent in a store that keeps sessions only. */
  readonly entries?: EntryStore;
  /** Makes or updates the tables. Called before first use; safe from several processes at once. */
  migrate(): MaybePromise<void>;
  /** The steps that `migrate` would take now. Changes nothing. Absent where there is no schema. */
  pendingSteps?(): MaybePromise<readonly SchemaStep[]>;
  /** Releases files and connections. */
  close(): MaybePromise<void>;
}
