import { andThen, type MaybePromise } from "../../domain/maybe-promise.ts";
import type { SessionLimit } from "../../domain/policy.ts";
import type { EndReason, JsonValue, SessionRecord } from "../../domain/session.ts";
import type {
  CreateResult,
  FoundSession,
  Page,
  RevocationPage,
  SessionPatch,
  SessionStore,
  SetDataResult,
  Touch,
} from "../../ports/session-store.ts";
import type { SqlDriver, SqlQuery, SqlRow } from "./driver.ts";
import { positionOf, readRevocations } from "./revocation-page.ts";
import { patchedColumns } from "./session-patch.ts";
import { readRecord, recordValues, recordWidth } from "./session-row.ts";
import { checkNewSid, isSidText, sidFromBytes } from "./sid-text.ts";
import type { SessionStatements } from "./statements.ts";
import { readUser } from "./user-row.ts";
import { wholeTexts } from "./whole-text.ts";

/**
 * Sessions in any SQL database: verbs become parameters, rows become records. What the statements
 * say is the database's own affair, and whether it answers at once or later its driver's.
 */
export class SqlSessionStore implements SessionStore {
  readonly #driver: SqlDriver;
  readonly #statements: SessionStatements;
  readonly #keepsUsers: boolean;
  readonly #find: SqlQuery;
  readonly #updates = new Map<string, SqlQuery>();
  readonly #prepared: ReturnType<typeof prepare>;

  /** @param keepsUsers whether the same database has the users, so that `find` brings them along. */
  constructor(driver: SqlDriver, statements: SessionStatements, keepsUsers: boolean) {
    this.#driver = driver;
    this.#statements = statements;
    this.#keepsUsers = keepsUsers;
    this.#find = driver.query(keepsUsers ? statements.findWithUser : statements.find);
    this.#prepared = prepare(driver, statements);
  }

  create(record: SessionRecord, limit: SessionLimit | null): MaybePromise<CreateResult> {
    checkNewSid(record.sid);
    const { create, createUnlessFull } = this.#prepared;
    const values = wholeTexts([record.sid, ...recordValues(record)]);
    if (limit?.onExceed === "deny") {
      const { userId, kind, createdAt } = record;
      return andThen(createUnlessFull.run(...values, null, userId, kind, createdAt, limit.max), (added) => ({
        created: added > 0,
        evicted: [],
      }));
    }
    return andThen(create.run(...values, limit?.max ?? null), (added) => {
      if (added === 0 || limit === null) return { created: added > 0, evicted: [] };
      // The evicted carry the sid they made room for, so they may be asked for after the step.
      return andThen(this.#prepared.evictedBy.all(record.sid), (rows) => ({
        created: true,
        evicted: rows.map(sidOf),
      }));
    });
  }

  find(sid: string): MaybePromise<FoundSession | null> {
    if (!isSidText(sid)) return null;
    const row = this.#find.first(sid);
    // No closure where the row is there already: this is the hot path.
    return row instanceof Promise ? row.then((late) => this.#found(sid, late)) : this.#found(sid, row);
  }

  touch(touches: readonly Touch[]): MaybePromise<number> {
    if (touches.length === 0) return 0;
    const batch = touches.map(({ sid, seenAt, now, counter }) => [sid, seenAt, now, counter]);
    return this.#prepared.touch.run(JSON.stringify(batch));
  }

  rotate(sid: string, fromCounter: number, now: number, keyId: string): MaybePromise<SessionRecord | null> {
    if (!isSidText(sid)) return null;
    return andThen(this.#prepared.rotate.all(now, keyId, sid, fromCounter, now), ([row]) =>
      recordOrNull(sid, row),
    );
  }

  update(sid: string, version: number, patch: SessionPatch, now: number): MaybePromise<SessionRecord | null> {
    if (!isSidText(sid)) return null;
    const { columns, values } = patchedColumns(patch);
    const kind = columns.join();
    const query = this.#updates.get(kind) ?? this.#driver.query(this.#statements.update(columns));
    this.#updates.set(kind, query);
    return andThen(query.all(...wholeTexts([...values, sid, version, now])), ([row]) =>
      recordOrNull(sid, row),
    );
  }

  setData(
    sid: string,
    key: string,
    value: JsonValue,
    now: number,
    maxBytes: number,
  ): MaybePromise<SetDataResult> {
    if (!isSidText(sid)) return "gone";
    const json = JSON.stringify(value);
    return andThen(this.#prepared.setData.run(key, json, sid, now, key, json, maxBytes), (stored) => {
      if (stored > 0) return "stored";
      // Nothing was written; why not may be asked after the step.
      return andThen(this.#prepared.isAlive.first(sid, now), (alive) =>
        alive === undefined ? "gone" : "too_large",
      );
    });
  }

  deleteData(sid: string, key: string, now: number): MaybePromise<boolean> {
    if (!isSidText(sid)) return false;
    return andThen(this.#prepared.deleteData.run(key, sid, now), (changed) => changed > 0);
  }

  revoke(sid: string, now: number, reason: EndReason): MaybePromise<SessionRecord | null> {
    if (!isSidText(sid)) return null;
    return andThen(this.#prepared.revoke.all(now, reason, sid, now), ([row]) => {
      // An end changes these two columns only, so the session before it is known.
      return row === undefined ? null : { ...readRecord(sid, row), endedAt: null, endReason: null };
    });
  }

  revokeByUser(
    userId: string,
    now: number,
    reason: EndReason,
    exceptSid: string | null,
  ): MaybePromise<readonly string[]> {
    return andThen(this.#prepared.revokeByUser.all(now, reason, userId, exceptSid, now), (rows) =>
      rows.map(sidOf),
    );
  }

  listByUser(userId: string, now: number, page: Page): MaybePromise<readonly SessionRecord[]> {
    return andThen(this.#prepared.listByUser.all(userId, now, page.limit, page.offset), (rows) =>
      rows.map((row) => readRecord(sidFromBytes(row[recordWidth] as Uint8Array), row)),
    );
  }

  revokedSince(cursor: string | null, limit: number): MaybePromise<RevocationPage> {
    // One row more than asked for tells whether another page is waiting.
    return andThen(this.#prepared.revokedSince.all(positionOf(cursor), limit + 1), (rows) =>
      readRevocations(rows, limit),
    );
  }

  deleteExpired(before: number, limit: number): MaybePromise<number> {
    return andThen(this.#prepared.deleteSessions.run(before, limit), (removed) =>
      andThen(this.#prepared.deleteRevocations.run(before, limit), () => removed),
    );
  }

  #found(sid: string, row: SqlRow | undefined): FoundSession | null {
    if (row === undefined) return null;
    return { record: readRecord(sid, row), user: this.#keepsUsers ? readUser(row, recordWidth) : undefined };
  }
}

function prepare(driver: SqlDriver, statements: SessionStatements) {
  return {
    create: driver.command(statements.create),
    createUnlessFull: driver.command(statements.createUnlessFull),
    evictedBy: driver.query(statements.evictedBy),
    touch: driver.command(statements.touch),
    rotate: driver.query(statements.rotate),
    setData: driver.command(statements.setData),
    deleteData: driver.command(statements.deleteData),
    isAlive: driver.query(statements.isAlive),
    revoke: driver.query(statements.revoke),
    revokeByUser: driver.query(statements.revokeByUser),
    listByUser: driver.query(statements.listByUser),
    revokedSince: driver.query(statements.revokedSince),
    deleteSessions: driver.command(statements.deleteSessions),
    deleteRevocations: driver.command(statements.deleteRevocations),
  };
}

function sidOf(row: SqlRow): string {
  return sidFromBytes(row[0] as Uint8Array);
}

function recordOrNull(sid: string, row: SqlRow | undefined): SessionRecord | null {
  return row === undefined ? null : readRecord(sid, row);
}
