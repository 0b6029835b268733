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
import type { StoredUser } from "../../ports/user-directory.ts";
import { storeFailure } from "../store-failure.ts";
import { detached, isAlive, overAt } from "./life.ts";
import { RevocationLog } from "./revocation-log.ts";

/**
 * Sessions in Maps. Nothing here waits for anything, so each verb is one atomic step. Records are
 * never changed in place: each change puts a new one in the old one's stead.
 */
export class MemorySessions implements SessionStore {
  readonly #bySid = new Map<string, SessionRecord>();
  readonly #sidsByUser = new Map<string, Set<string>>();
  readonly #revocations: RevocationLog;
  readonly #userOf: (userId: string) => StoredUser | null | undefined;
  readonly #most: number;

  /**
   * @param userOf the session's user; undefined if users are not kept here.
   * @param most how many sessions there is room for.
   */
  constructor(userOf: (userId: string) => StoredUser | null | undefined, most: number) {
    this.#userOf = userOf;
    this.#most = most;
    this.#revocations = new RevocationLog(most);
  }

  create(record: SessionRecord, limit: SessionLimit | null): CreateResult {
    const { sid, userId, kind, createdAt } = record;
    if (this.#bySid.has(sid)) return { created: false, evicted: [] };
    const rivals =
      limit === null ? [] : this.#alive(userId, createdAt).filter((other) => other.kind === kind);
    if (limit?.onExceed === "deny" && rivals.length >= limit.max) return { created: false, evicted: [] };

    this.#makeRoom(createdAt);
    this.#bySid.set(sid, detached(record));
    const sids = this.#sidsByUser.get(userId) ?? new Set();
    this.#sidsByUser.set(userId, sids.add(sid));

    const oldestFirst = rivals.toSorted((a, b) => a.createdAt - b.createdAt || (a.sid < b.sid ? -1 : 1));
    const evicted = limit === null ? [] : oldestFirst.slice(0, Math.max(0, rivals.length + 1 - limit.max));
    for (const other of evicted) this.#end(other, createdAt, "limit");
    return { created: true, evicted: evicted.map((other) => other.sid) };
  }

  find(sid: string): FoundSession | null {
    const record = this.#bySid.get(sid);
    return record === undefined ? null : { record: detached(record), user: this.#userOf(record.userId) };
  }

  touch(touches: readonly Touch[]): number {
    const reached = new Set<string>();
    for (const { sid, seenAt, now, counter } of touches) {
      const record = this.#aliveSession(sid, now);
      if (record === null) continue;
      const { lastSeenAt, refresh } = record;
      const confirms =
        refresh !== null &&
        counter !== null &&
        counter <= refresh.counter &&
        counter > refresh.confirmedCounter;
      this.#put({
        ...record,
        lastSeenAt: Math.max(lastSeenAt, seenAt ?? lastSeenAt),
        refresh: confirms
          ? { ...refresh, confirmedCounter: counter, rotatedAt: Math.max(refresh.rotatedAt, now) }
          : refresh,
      });
      reached.add(sid);
    }
    return reached.size;
  }

  rotate(sid: string, fromCounter: number, now: number, keyId: string): SessionRecord | null {
    const record = this.#aliveSession(sid, now);
    const refresh = record?.refresh ?? null;
    if (record === null || refresh === null || refresh.counter !== fromCounter) return null;
    const confirmedCounter = Math.max(refresh.confirmedCounter, fromCounter);
    return this.#put({
      ...record,
      refresh: { ...refresh, counter: fromCounter + 1, confirmedCounter, rotatedAt: now, keyId },
    });
  }

  update(sid: string, version: number, patch: SessionPatch, now: number): SessionRecord | null {
    const record = this.#aliveSession(sid, now);
    if (record === null || record.version !== version) return null;
    const given = Object.fromEntries(
      Object.entries(patch).filter(([, value]) => value !== undefined),
    ) as SessionPatch;
    const lastSeenAt = Math.max(record.lastSeenAt, given.lastSeenAt ?? record.lastSeenAt);
    return this.#put(detached({ ...record, ...given, lastSeenAt, version: version + 1 }));
  }

  setData(sid: string, key: string, value: JsonValue, now: number, maxBytes: number): SetDataResult {
    const record = this.#aliveSession(sid, now);
    if (record === null) return "gone";
    // A computed name is always the object's own, also where it is __proto__.
    const data = { ...record.data, [key]: value };
    if (Buffer.byteLength(JSON.stringify(data)) > maxBytes) return "too_large";
    this.#put(detached({ ...record, data }));
    return "stored";
  }

  deleteData(sid: string, key: string, now: number): boolean {
    const record = this.#aliveSession(sid, now);
    if (record === null) return false;
    this.#put({
      ...record,
      data: Object.fromEntries(Object.entries(record.data).filter(([name]) => name !== key)),
    });
    return true;
  }

  takeData(sid: string, key: string, now: number): JsonValue | undefined {
    const record = this.#aliveSession(sid, now);
    if (record === null || !Object.hasOwn(record.data, key)) return undefined;
    const { data } = detached(record);
    this.deleteData(sid, key, now);
    return data[key];
  }

  revoke(sid: string, now: number, reason: EndReason): SessionRecord | null {
    const record = this.#aliveSession(sid, now);
    if (record === null) return null;
    this.#end(record, now, reason);
    return detached(record);
  }

  revokeByUser(userId: string, now: number, reason: EndReason, exceptSid: string | null): readonly string[] {
    const ended = this.#alive(userId, now).filter(({ sid }) => sid !== exceptSid);
    for (const record of ended) this.#end(record, now, reason);
    return ended.map(({ sid }) => sid);
  }

  listByUser(userId: string, now: number, page: Page): readonly SessionRecord[] {
    return this.#alive(userId, now)
      .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt || (a.sid < b.sid ? 1 : -1))
      .slice(page.offset, page.offset + page.limit)
      .map(detached);
  }

  announce(notice: Notice): void {
    this.#revocations.announce(notice);
  }

  revokedSince(cursor: string | null, limit: number): RevocationPage {
    return this.#revocations.since(cursor, limit);
  }

  deleteExpired(before: number, limit: number): number {
    let removed = 0;
    for (const record of this.#bySid.values()) {
      if (removed === limit) break;
      if (overAt(record) >= before) continue;
      this.#remove(record);
      removed += 1;
    }
    return Math.max(removed, this.#revocations.deleteExpired(before, limit));
  }

  #aliveSession(sid: string, now: number): SessionRecord | null {
    const record = this.#bySid.get(sid);
    return record !== undefined && isAlive(record, now) ? record : null;
  }

  #alive(userId: string, now: number): SessionRecord[] {
    const sids = this.#sidsByUser.get(userId) ?? [];
    return [...sids].flatMap((sid) => this.#aliveSession(sid, now) ?? []);
  }

  #put(record: SessionRecord): SessionRecord {
    this.#bySid.set(record.sid, record);
    return detached(record);
  }

  #end(record: SessionRecord, now: number, reason: EndReason): void {
    const ended = { ...record, endedAt: now, endReason: reason };
    this.#bySid.set(record.sid, ended);
    this.#revocations.add(ended);
  }

  #remove({ sid, userId }: SessionRecord): void {
    this.#bySid.delete(sid);
    const sids = this.#sidsByUser.get(userId);
    sids?.delete(sid);
    if (sids?.size === 0) this.#sidsByUser.delete(userId);
  }

  /** A flood of sign-ins must not take all memory: what is over goes first, and live sessions are never given up. */
  #makeRoom(now: number): void {
    if (this.#bySid.size < this.#most) return;
    this.deleteExpired(now, Number.POSITIVE_INFINITY);
    if (this.#bySid.size >= this.#most)
      throw storeFailure(new Error(`There is no room for more than ${this.#most} sessions in memory.`));
  }
}
