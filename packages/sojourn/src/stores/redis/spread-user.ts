import type { SessionLimit } from "../../domain/policy.ts";
import type { SessionRecord } from "../../domain/session.ts";
import type { CreateResult } from "../../ports/session-store.ts";
import type { Commands } from "./commands.ts";
import { type KeyNames, userKeyOf } from "./key-names.ts";
import { listScript, placeScript, revokeScript, withdrawScript } from "./lua-scripts.ts";
import { readRecord } from "./record-text.ts";

/** As a list that is not cut. */
const all = 1_000_000;

/**
 * Where a user's sessions lie. All sids of a user end alike, so that is one shard; but the ending changes when
 * the secret that made it is dropped, and then older sessions lie in another. A set in Redis, the directory,
 * says for each user in which shards to look. With one shard there is nothing to say, and nothing is asked.
 */
export class SpreadUser {
  readonly #commands: Commands;
  readonly #keys: KeyNames;
  readonly #retention: number;

  constructor(commands: Commands, keys: KeyNames, retention: number) {
    this.#commands = commands;
    this.#keys = keys;
    this.#retention = retention;
  }

  /**
   * Writes down that a user will have a session in this shard. Before there is one: whoever ends all
   * sessions of the user after that must look there. Not remembered in this process, since the directory
   * may be lost without the sessions, in a failover of its own server.
   *
   * @returns the other shards in which the user may have sessions.
   */
  async place(userKey: string, shard: number, expiresAt: number): Promise<number[]> {
    if (this.#keys.shards === 1) return [];
    const key = this.#keys.directory(userKey);
    const shards = await this.#commands.run(placeScript, [key], [this.#retention, shard, expiresAt], true);
    return (shards as string[]).map(Number).filter((other) => other !== shard);
  }

  /** Does something in every shard in which the user may have sessions; in all of them where nothing is written down. */
  async everywhere(userKey: string, act: (shard: number) => Promise<unknown>): Promise<unknown[]> {
    return Promise.all((await this.#shardsOf(userKey)).map(act));
  }

  /** The user's alive sessions: of each shard those that were seen last, `most` of them at the most. */
  async list(userKey: string, now: number, most: number): Promise<SessionRecord[]> {
    const lists = await this.everywhere(userKey, (shard) => this.#list(shard, userKey, now, most));
    return (lists as SessionRecord[][]).flat();
  }

  /**
   * Adds a session of a user who has more shards than one, so that no script sees all of them. Whoever adds
   * one looks everywhere afterwards, and the last to look has seen all: the limit holds as soon as all have
   * answered. Where a process dies before it has looked, it holds again with the next sign-in.
   *
   * @param others the shards but for that of the session.
   * @param add adds it, under a limit for its own shard.
   */
  async create(
    record: SessionRecord,
    limit: SessionLimit,
    others: readonly number[],
    add: (limit: SessionLimit) => Promise<CreateResult>,
  ): Promise<CreateResult> {
    const deny = limit.onExceed === "deny";
    // Who denies leaves the room to those who have it: their sessions are as a rule older than any rival.
    const taken = deny ? (await this.#rivals(record, others)).length : 0;
    const { created, evicted } = await add({ ...limit, max: limit.max - taken });
    if (!created) return { created, evicted };
    const rivals = await this.#rivals(record, [...others, this.#keys.shardOf(record.sid)]);
    const excess = rivals.length + 1 - limit.max;
    if (excess <= 0) return { created, evicted };
    if (deny) {
      await this.#withdraw(record);
      return { created: false, evicted: [] };
    }
    const oldest = rivals.toSorted((a, b) => a.createdAt - b.createdAt || (a.sid < b.sid ? -1 : 1));
    const ended = await Promise.all(
      oldest.slice(0, excess).map((rival) => this.#evict(rival, record.createdAt)),
    );
    return { created, evicted: [...evicted, ...ended.flat()] };
  }

  async #shardsOf(userKey: string): Promise<readonly number[]> {
    if (this.#keys.shards === 1) return [0];
    const key = this.#keys.directory(userKey);
    const known = await this.#commands.read(key, ["SMEMBERS", key], (members) =>
      // One client gives a list, the other a set.
      [...(members as Iterable<string>)].map(Number),
    );
    return known.length > 0 ? known : Array.from({ length: this.#keys.shards }, (_, shard) => shard);
  }

  async #list(shard: number, userKey: string, now: number, most: number): Promise<SessionRecord[]> {
    const keys = [this.#keys.over(shard), this.#keys.user(shard, userKey)] as const;
    const reply = (await this.#commands.run(listScript, keys, [now, most], true)) as string[];
    const records: SessionRecord[] = [];
    for (let at = 0; at + 1 < reply.length; at += 2)
      records.push(readRecord(reply[at] ?? "", reply[at + 1] ?? ""));
    return records;
  }

  async #rivals(
    { sid, userId, kind, createdAt }: SessionRecord,
    shards: readonly number[],
  ): Promise<SessionRecord[]> {
    const userKey = userKeyOf(userId);
    const lists = await Promise.all(shards.map((shard) => this.#list(shard, userKey, createdAt, all)));
    return lists.flat().filter((other) => other.kind === kind && other.sid !== sid);
  }

  async #evict({ sid }: SessionRecord, now: number): Promise<string[]> {
    const keys = [...this.#keys.common(this.#keys.shardOf(sid)), this.#keys.session(sid)] as const;
    const before = await this.#commands.run(
      revokeScript,
      keys,
      [this.#retention, now, '"limit"', sid],
      false,
    );
    return typeof before === "string" ? [sid] : [];
  }

  async #withdraw({ sid, userId }: SessionRecord): Promise<void> {
    const shard = this.#keys.shardOf(sid);
    const user = this.#keys.user(shard, userKeyOf(userId));
    const keys = [...this.#keys.common(shard), user, this.#keys.session(sid)] as const;
    await this.#commands.run(withdrawScript, keys, [this.#retention, sid], true);
  }
}
