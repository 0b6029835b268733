import type { RecordColumn } from "./session-row.ts";

/**
 * The text of every statement on sessions: what a database's own SQL has to supply. Each is one
 * atomic step. Parameters are given in the order named; sids are text in and 16 bytes out.
 * "The record" is all of `recordColumns`, in that order.
 */
export interface SessionStatements {
  /** Parameters: sid, the record, limit or null. Ends the user's oldest sessions above the limit. Adds nothing if the sid is taken. */
  readonly create: string;
  /** Parameters: as `create`, then userId, kind, now, max. Adds nothing if the user has `max` alive. */
  readonly createUnlessFull: string;
  /** Parameters: sid. Rows: the sids of the sessions that had to make room for it. */
  readonly evictedBy: string;
  /** Parameters: sid. Row: the record, then the columns of its user where users are joined. */
  readonly find: string;
  /**
   * For databases that are reached over a network. Parameters: a text `sid,sid,...`. Rows: as `find`, then
   * the sid.
   */
  readonly findMany?: string;
  /** Parameters: JSON array of `[sid, seenAt, now, counter]`. Changes the rows it reached. */
  readonly touch: string;
  /** Parameters: now, keyId, sid, fromCounter, now. Row: the record after it. */
  readonly rotate: string;
  /** Parameters: the columns' values, sid, version, now. Row: the record after it. */
  update(columns: readonly RecordColumn[]): string;
  /** Parameters: key, JSON value, sid, now, key, JSON value, maxBytes. Changes one row if it is alive and all fits. */
  readonly setData: string;
  /** Parameters: key, sid, now. Changes one row if the session is alive. */
  readonly deleteData: string;
  /** Parameters: key, sid, now, key, JSON value. Changes one row if the session is alive and its key holds this value. */
  readonly takeData: string;
  /** Parameters: sid, now. One row if the session is alive. */
  readonly isAlive: string;
  /** Parameters: now, reason, sid, now. Row: the record after it. */
  readonly revoke: string;
  /** Parameters: now, reason, userId, exceptSid or null, now. Rows: sid. */
  readonly revokeByUser: string;
  /** Parameters: userId, now, limit, offset. Rows: the record, sid; last seen first. */
  readonly listByUser: string;
  /** Parameters: subject, topic, at, expiresAt. Adds a row without a sid to the feed. */
  readonly announce: string;
  /**
   * Parameters: position, limit. Rows: the last position given, before which nothing can still
   * appear; then position, sid, userId, reason, endedAt, expiresAt, which are null in a single row if
   * there is nothing. A position beyond the last was never given (a restored backup) and counts as 0.
   */
  readonly revokedSince: string;
  /** Parameters: before, limit. */
  readonly deleteSessions: string;
  /** Parameters: before, limit. */
  readonly deleteRevocations: string;
}

/** The text of every statement on users. "The user" is id, email, email_verified, name, role, status, created_at. */
export interface UserStatements {
  /** Parameters: id. Row: the user. */
  readonly findById: string;
  /** Parameters: email. Row: the user, password hash. */
  readonly findByEmail: string;
  /** Parameters: id. Row: the user, password hash. */
  readonly findCredential: string;
  /** Parameters: id, email, email_verified, name, created_at, password hash. Adds nothing if the id or the address is taken. */
  readonly create: string;
  /** Parameters: new hash, id, expected hash. Changes one row if the hash was the expected one. */
  readonly replacePassword: string;
  /** Parameters: value, id. */
  readonly setStatus: string;
  /** Parameters: value, id. */
  readonly setRole: string;
  /** Parameters: value, id. */
  readonly setName: string;
  /** Parameters: id, email. Changes one row if the user has this address. */
  readonly setEmailVerified: string;
  /** Parameters: id. With the user goes their hash. */
  readonly remove: string;
}

/** The text of every statement on entries. "Live" is without an end, or before it; keys are compared as bytes. */
export interface EntryStatements {
  /** Parameters: space, key, owner, value, expiresAt. Adds nothing if the key is taken, be it by an entry that is over. */
  readonly add: string;
  /** Parameters: owner, value, expiresAt, space, key, now. Puts a new entry in the place of one that is over. */
  readonly renew: string;
  /** Parameters: space, key, now. Row: key, owner, value, version, expiresAt. */
  readonly get: string;
  /** Parameters: value, expiresAt, space, key, version, now. */
  readonly replace: string;
  /** Parameters: space, key, now. Row: as `get`, of the entry that is gone now. */
  readonly take: string;
  /** Parameters: space, now, a key that those listed come before, limit. Rows: as `get`, last key first. */
  readonly list: string;
  /** Parameters: space, owner, now, a key that those listed come before, limit. Rows: as `get`, last key first. */
  readonly listOwned: string;
  /** Parameters: space, owner. */
  readonly removeOwned: string;
  /** Parameters: before, limit. */
  readonly deleteExpired: string;
}
