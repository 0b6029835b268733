import { randomBytes } from "node:crypto";
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
import { checkNewSid, isSidText } from "../sid-text.ts";
import type { Commands } from "./commands.ts";
import { type KeyNames, userKeyOf } from "./key-names.ts";
import * as scripts from "./lua-scripts.ts";
import { entryText, patchPairs, readRecord, recordText } from "./record-text.ts";
import { noticeText, positionsOf, revocationPage, type ShardFeed } from "./revocation-cursor.ts";
import { SpreadUser } from "./spread-user.ts";

/** How many round trips of look-ups may be under way at once. */
const lanes = 1;
/** The most sessions that one script touches or removes: nobody else is served while it runs. */
const mostAtOnce = 256;

/** Sessions in Redis: each verb is one script or one command, which happens wholly or not at all. */
export class RedisSessions implements SessionStore {
  readonly #commands: Commands;
  readonly #keys: KeyNames;
  readonly #retention: number;
  readonly #users: SpreadUser;
  readonly #lookup: AdaptiveLookup<FoundSession> | null;
  /** Where the last cleaning stopped, so that no shard has to wait for the others to be clean. */
  #cleaned = 0;

  /**
   * @param retention how long keys outlive their sessions where nobody cleans the store, in ms.
   * @param together whether all keys are in one place, so that many can be looked up in one command. In a
   * Cluster even those of one slot are not: while it moves, only single keys are found.
   */
  constructor(commands: Commands, keys: KeyNames, retention: number, together: boolean) {
    this.#commands = commands;
    this.#keys = keys;
    this.#retention = retention;
    this.#users = new SpreadUser(commands, keys, retention);
    const one = (sid: string): Promise<FoundSession | null> => this.#findOne(sid);
    const many = (sids: readonly string[]): Promise<ReadonlyMap<string, FoundSession>> =>
      this.#findMany(sids);
    this.#lookup = together ? new AdaptiveLookup({ one, many }, lanes) : null;
  }

  async create(record: SessionRecord, limit: SessionLimit | null): Promise<CreateResult> {
    const { sid, userId } = record;
    checkNewSid(sid);
    const userKey = userKeyOf(userId);
    const others = await this.#users.place(userKey, this.#keys.shardOf(sid), record.expiresAt);
    if (others.length === 0 || limit === null) return this.#create(record, userKey, limit);
    return this.#users.create(record, limit, others, (room) => this.#create(record, userKey, room));
  }

  find(sid: string): Promise<FoundSession | null> {
    if (!isSidText(sid)) return Promise.resolve(null);
    return this.#lookup === null ? this.#findOne(sid) : this.#lookup.find(sid);
  }

  async touch(touches: readonly Touch[]): Promise<number> {
    const batches = new Map<number, Touch[][]>();
    for (const touch of touches) {
      if (!isSidText(touch.sid)) continue;
      const shard = this.#keys.shardOf(touch.sid);
      const ofShard = batches.get(shard) ?? [[]];
      batches.set(shard, ofShard);
      if (ofShard.at(-1)?.length === mostAtOnce) ofShard.push([]);
      ofShard.at(-1)?.push(touch);
    }
    const counts = [...batches].flatMap(([shard, ofShard]) =>
      ofShard.map((batch) =>
        this.#commands.run(
          scripts.touchScript,
          [this.#keys.over(shard), ...batch.map(({ sid }) => this.#keys.session(sid))],
          [
            this.#retention,
            ...batch.flatMap(({ seenAt, now, counter }) => [seenAt ?? "", now, counter ?? ""]),
          ],
          true,
        ),
      ),
    );
    return sum(await Promise.all(counts));
  }

  async rotate(sid: string, fromCounter: number, now: number, keyId: string): Promise<SessionRecord | null> {
    if (!isSidText(sid)) return null;
    const parameters = [fromCounter, fromCounter + 1, now, JSON.stringify(keyId)];
    return recordOrNull(
      sid,
      await this.#commands.run(scripts.rotateScript, [this.#keys.session(sid)], parameters, false),
    );
  }

  async update(
    sid: string,
    version: number,
    patch: SessionPatch,
    now: number,
  ): Promise<SessionRecord | null> {
    if (!isSidText(sid)) return null;
    const keys = [this.#keys.over(this.#keys.shardOf(sid)), this.#keys.session(sid)] as const;
    const parameters = [this.#retention, now, version, version + 1, ...patchPairs(patch)];
    return recordOrNull(sid, await this.#commands.run(scripts.updateScript, keys, parameters, false));
  }

  async setData(
    sid: string,
    key: string,
    value: JsonValue,
    now: number,
    maxBytes: number,
  ): Promise<SetDataResult> {
    if (!isSidText(sid)) return "gone";
    const parameters = [now, JSON.stringify(key), entryText(key, value), maxBytes];
    const keys = [this.#keys.session(sid)] as const;
    return (await this.#commands.run(scripts.dataScript, keys, parameters, false)) as SetDataResult;
  }

  async deleteData(sid: string, key: string, now: number): Promise<boolean> {
    if (!isSidText(sid)) return false;
    const parameters = [now, JSON.stringify(key)];
    const result = await this.#commands.run(scripts.dataScript, [this.#keys.session(sid)], parameters, false);
    return result !== "gone";
  }

  async takeData(sid: string, key: string, now: number): Promise<JsonValue | undefined> {
    if (!isSidText(sid)) return undefined;
    const parameters = [now, JSON.stringify(key)];
    const keys = [this.#keys.session(sid)] as const;
    const taken = await this.#commands.run(scripts.takeDataScript, keys, parameters, false);
    return typeof taken === "string" ? (JSON.parse(taken) as JsonValue) : undefined;
  }

  async revoke(sid: string, now: number, reason: EndReason): Promise<SessionRecord | null> {
    if (!isSidText(sid)) return null;
    const keys = [...this.#keys.common(this.#keys.shardOf(sid)), this.#keys.session(sid)] as const;
    const parameters = [this.#retention, now, JSON.stringify(reason), sid];
    return recordOrNull(sid, await this.#commands.run(scripts.revokeScript, keys, parameters, false));
  }

  async revokeByUser(
    userId: string,
    now: number,
    reason: EndReason,
    exceptSid: string | null,
  ): Promise<readonly string[]> {
    const userKey = userKeyOf(userId);
    const ended = await this.#users.everywhere(userKey, (shard) =>
      this.#commands.run(
        scripts.revokeByUserScript,
        [...this.#keys.common(shard), this.#keys.user(shard, userKey)],
        [this.#retention, now, JSON.stringify(reason), exceptSid ?? ""],
        false,
      ),
    );
    return ended.flat() as string[];
  }

  async listByUser(userId: string, now: number, page: Page): Promise<readonly SessionRecord[]> {
    const userKey = userKeyOf(userId);
    const list = await this.#users.list(userKey, now, page.offset + page.limit);
    const lastSeenFirst = list.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt || (a.sid < b.sid ? 1 : -1));
    return lastSeenFirst.slice(page.offset, page.offset + page.limit);
  }

  async announce(notice: Notice): Promise<void> {
    const shard = this.#keys.shardOfDigest(userKeyOf(notice.subject));
    const parameters = [this.#retention, noticeText(notice), notice.expiresAt, notice.at];
    // Told twice is as good as told once.
    await this.#commands.run(scripts.announceScript, this.#keys.common(shard), parameters, true);
  }

  async revokedSince(cursor: string | null, limit: number): Promise<RevocationPage> {
    const positions = positionsOf(cursor, this.#keys.shards);
    const feeds = await Promise.all(
      positions.map((position, shard) =>
        this.#commands.run(scripts.feedScript, [this.#keys.feed(shard)], [position, limit + 1], true),
      ),
    );
    return revocationPage(feeds as ShardFeed[], limit);
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    let [sessions, entries] = [limit, limit];
    const { shards } = this.#keys;
    const first = this.#cleaned;
    for (let step = 0; step < shards && (sessions > 0 || entries > 0);) {
      this.#cleaned = (first + step) % shards;
      const most = [Math.min(sessions, mostAtOnce), Math.min(entries, mostAtOnce)] as const;
      const removed = await this.#commands.run(
        scripts.cleanScript,
        this.#keys.common(this.#cleaned),
        [this.#retention, before, ...most],
        true,
      );
      const [ofSessions = 0, ofEntries = 0] = (removed as unknown[]).map(Number);
      sessions -= ofSessions;
      entries -= ofEntries;
      // On to the next shard where this one has nothing left.
      if (ofSessions < mostAtOnce && ofEntries < mostAtOnce) step += 1;
    }
    return limit - Math.min(sessions, entries);
  }

  async #create(record: SessionRecord, userKey: string, limit: SessionLimit | null): Promise<CreateResult> {
    const shard = this.#keys.shardOf(record.sid);
    const reply = await this.#commands.run(
      scripts.createScript,
      [...this.#keys.common(shard), this.#keys.user(shard, userKey), this.#keys.session(record.sid)],
      [
        this.#retention,
        record.sid,
        recordText(record, randomBytes(6).toString("base64url")),
        record.createdAt,
        limit?.max ?? "",
        limit?.onExceed === "deny" ? 1 : 0,
      ],
      // Its call is known again, so it is added once however often it is sent.
      true,
    );
    const [created, ...evicted] = reply as [number | string, ...string[]];
    return { created: Number(created) === 1, evicted };
  }

  #findOne(sid: string): Promise<FoundSession | null> {
    const key = this.#keys.session(sid);
    return this.#commands.read(key, ["GET", key], (text) => foundOrNull(sid, text));
  }

  #findMany(sids: readonly string[]): Promise<ReadonlyMap<string, FoundSession>> {
    const keys = sids.map((sid) => this.#keys.session(sid));
    return this.#commands.read(keys[0] ?? "", ["MGET", ...keys], (texts) => {
      const found = new Map<string, FoundSession>();
      for (let at = 0; at < sids.length; at += 1) {
        const sid = sids[at] ?? "";
        const session = foundOrNull(sid, (texts as unknown[])[at]);
        if (session !== null) found.set(sid, session);
      }
      return found;
    });
  }
}

function sum(counts: readonly unknown[]): number {
  return counts.reduce<number>((total, count) => total + Number(count), 0);
}

function recordOrNull(sid: string, text: unknown): SessionRecord | null {
  return typeof text === "string" ? readRecord(sid, text) : null;
}

function foundOrNull(sid: string, text: unknown): FoundSession | null {
  return typeof text === "string" ? { record: readRecord(sid, text), user: undefined } : null;
}
