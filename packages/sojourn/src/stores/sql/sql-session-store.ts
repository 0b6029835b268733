import { andThen, type MaybePromise } from "../../domain/maybe-promise.ts";
import type { SessionLimit } from "../../domain/policy.ts";
import type { EndReason, JsonValue, SessionRecord } from "../../domain/session.ts";
import type {
  CreateResult,
  FoundSession,
  Notice,
  Page,
  RevocationPage,
  SessionPatch,
  SessionStore,
  SetDataResult,
  Touch,
} from "../../ports/session-store.ts";
import { AdaptiveLookup } from "../adaptive-lookup.ts";
import type { SqlDriver, SqlQuery, SqlRow } from "./driver.ts";
import { positionOf, readRevocations } from "./revocation-page.ts";
import { patchedColumns } from "./session-patch.ts";
import { readRecord, recordValues, recordWidth } from "./session-row.ts";
import { storeFailure } from "../store-failure.ts";
import { checkNewSid, isSidText, sidFromBytes } from "../sid-text.ts";
import type { SessionStatements } from "./statements.ts";
import type { UserJoin } from "./user-table.ts";
import { wholeTexts } from "./whole-text.ts";

/**
 * How many look-ups of one store are under way at once; what comes meanwhile goes together. Two, so that one
 * connection that has fallen silent does not hold up everybody.
 */
const lanes = 2;

/** How often a value is looked at that others keep changing; one that somebody wrote by hand may never be what it seems. */
const attemptsToTake = 100;

/**
 * Sessions in any SQL database: verbs become parameters, rows become records. What the statements
 * say is the database's own affair, and whether it answers at once or later its driver's.
 */
export class SqlSessionStore implements SessionStore {
  readonly #driver: SqlDriver;
  readonly #statements: SessionStatements;
  readonly #users: UserJoin | null;
  readonly #find: SqlQuery;
  readonly #lookup: AdaptiveLookup<FoundSession> | null;
  readonly #updates = new Map<string, SqlQuery>();
  readonly #prepared: ReturnType<typeof prepare>;

  /** @param users where the same database has the users, so that `find` brings them along; null for nowhere. */
  constructor(driver: SqlDriver, statements: SessionStatements, users: UserJoin | null) {
    this.#driver = driver;
    this.#statements = statements;
    this.#users = users;
    this.#find = driver.query(statements.find);
    this.#prepared = prepare(driver, statements);
    this.#lookup = statements.findMany === undefined ? null : this.#adaptive(statements.findMany);
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
    if (this.#lookup !== null) return this.#lookup.find(sid);
    const row = this.#find.first(sid);
    // No closure where the row is there already: this is the hot path.
    return row instanceof Promise ? row.then((late) => this.#found(sid, late)) : this.#found(sid, row);
  }

  touch(touches: readonly Touch[]): MaybePromise<number> {
    const batch = touches
      .filter(({ sid }) => isSidText(sid))
      .map(({ sid, seenAt, now, counter }) => [sid, seenAt, now, counter]);
    return batch.length === 0 ? 0 : this.#prepared.touch.run(JSON.stringify(batch));
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
    wholeTexts([key]);
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

  takeData(sid: string, key: string, now: number): MaybePromise<JsonValue | undefined> {
    return this.#takeData(sid, key, now, 1);
  }

  /**
   * Removes what it has read only if that is still there, so of many who have read it one gets it. Never done again
   * after a lost reply: the value may be gone with it.
   */
  #takeData(sid: string, key: string, now: number, attempt: number): MaybePromise<JsonValue | undefined> {
    return andThen(this.find(sid), (found) => {
      const data = found?.record.data ?? {};
      if (!Object.hasOwn(data, key)) return undefined;
      const value = data[key] as JsonValue;
      const json = JSON.stringify(value);
      return andThen(this.#prepared.takeData.run(key, sid, now, key, json), (taken) => {
        if (taken > 0) return value;
        // Somebody else took it, or has put another value there; or the session is over.
        return andThen(this.#prepared.isAlive.first(sid, now), (alive) => {
          if (alive === undefined) return undefined;
          if (attempt < attemptsToTake) return this.#takeData(sid, key, now, attempt + 1);
          throw storeFailure(new Error("A value of a session's data changes too often to be taken."));
        });
      });
    });
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
    const except = exceptSid !== null && isSidText(exceptSid) ? exceptSid : null;
    return andThen(this.#prepared.revokeByUser.all(now, reason, userId, except, now), (rows) =>
      rows.map(sidOf),
    );
  }

  listByUser(userId: string, now: number, page: Page): MaybePromise<readonly SessionRecord[]> {
    return andThen(this.#prepared.listByUser.all(userId, now, page.limit, page.offset), (rows) =>
      rows.map((row) => readRecord(sidFromBytes(row[recordWidth] as Uint8Array), row)),
    );
  }

  announce({ topic, subject, at, expiresAt }: Notice): MaybePromise<void> {
    wholeTexts([subject]);
    return andThen(this.#prepared.announce.run(subject, topic, at, expiresAt), () => undefined);
  }

  revokedSince(cursor: string | null, limit: number): MaybePromise<RevocationPage> {
    // One row more than asked for tells whether another page is waiting.
    return andThen(this.#prepared.revokedSince.all(positionOf(cursor), limit + 1), (rows) =>
      readRevocations(rows, limit),
    );
  }

  deleteExpired(before: number, limit: number): MaybePromise<number> {
    return andThen(this.#prepared.deleteSessions.run(before, limit), (removed) =>
      andThen(this.#prepared.deleteRevocations.run(before, limit), (entries) => Math.max(removed, entries)),
    );
  }

  #found(sid: string, row: SqlRow | undefined): FoundSession | null {
    if (row === undefined) return null;
    return { record: readRecord(sid, row), user: this.#users?.read(row, recordWidth) };
  }

  #adaptive(findMany: string): AdaptiveLookup<FoundSession> {
    const many = this.#driver.query(findMany);
    return new AdaptiveLookup(
      {
        one: async (sid) => this.#found(sid, await this.#find.first(sid)),
        many: async (sids) => {
          const rows = await many.all(sids.join());
          return new Map(
            rows.map((row) => {
              const sid = sidFromBytes(row.at(-1) as Uint8Array);
              return [sid, this.#found(sid, row) as FoundSession];
            }),
          );
        },
      },
      lanes,
    );
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
    takeData: driver.command(statements.takeData),
    announce: driver.command(statements.announce),
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
