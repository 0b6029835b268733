import type { Entry, EntryPage, EntryStore } from "../../ports/entry-store.ts";
import type { Commands } from "./commands.ts";
import { entryText, ownerKeyOf, readEntry, valueLine, wholeKey } from "./entry-text.ts";
import type { KeyNames } from "./key-names.ts";
import * as scripts from "./lua-entries.ts";

/** The most entries that one script looks at or removes: nobody else is served while it runs. */
const mostAtOnce = 256;

/**
 * Small records in Redis: each verb is one script or one command. In a Cluster they are spread by their keys, each
 * with the lists of its shard, so lists are put together of all shards and what an owner has is removed shard by shard.
 */
export class RedisEntries implements EntryStore {
  readonly #commands: Commands;
  readonly #keys: KeyNames;
  readonly #retention: number;
  /** Where the last cleaning stopped, so that no shard has to wait for the others to be clean. */
  #cleaned = 0;

  /** @param retention how long keys outlive their entries where nobody cleans the store, in ms. */
  constructor(commands: Commands, keys: KeyNames, retention: number) {
    this.#commands = commands;
    this.#keys = keys;
    this.#retention = retention;
  }

  async add(entry: Omit<Entry, "version">, now: number): Promise<boolean> {
    const { space, key } = entry;
    const parameters = [this.#retention, space, key, now, entryText(entry)];
    return (
      Number(await this.#commands.run(scripts.addEntryScript, this.#at(space, key), parameters, false)) === 1
    );
  }

  async get(space: string, key: string, now: number): Promise<Entry | null> {
    const [, name] = this.#at(space, key);
    return this.#commands.read(name, ["GET", name], (text) => {
      const entry = typeof text === "string" ? readEntry(space, text) : null;
      return entry === null || (entry.expiresAt !== null && now >= entry.expiresAt) ? null : entry;
    });
  }

  async replace(
    space: string,
    key: string,
    version: number,
    { value, expiresAt }: Pick<Entry, "value" | "expiresAt">,
    now: number,
  ): Promise<boolean> {
    const change = [version, version + 1, String(expiresAt), valueLine(value)];
    const parameters = [this.#retention, space, key, now, ...change];
    const keys = this.#at(space, key);
    return Number(await this.#commands.run(scripts.replaceEntryScript, keys, parameters, false)) === 1;
  }

  async take(space: string, key: string, now: number): Promise<Entry | null> {
    const parameters = [this.#retention, space, key, now];
    const text = await this.#commands.run(scripts.takeEntryScript, this.#at(space, key), parameters, false);
    return typeof text === "string" ? readEntry(space, text) : null;
  }

  async list(space: string, owner: string | null, now: number, page: EntryPage): Promise<readonly Entry[]> {
    const ownerKey = ownerKeyOf(owner);
    const lists = await this.#everywhere((shard) => this.#list(shard, space, ownerKey, now, page));
    const lastFirst = lists.flat().toSorted((a, b) => Buffer.compare(Buffer.from(b.key), Buffer.from(a.key)));
    return lastFirst.slice(0, page.limit);
  }

  async removeOwned(space: string, owner: string): Promise<number> {
    const ownerKey = ownerKeyOf(owner);
    const counts = await this.#everywhere((shard) => {
      const lists = [this.#keys.entryList(shard, space, ownerKey), this.#keys.entryList(shard, space, "")];
      return this.#commands.run(
        scripts.removeOwnedScript,
        [this.#keys.entryEnds(shard), ...lists],
        [this.#retention, space, ownerKey],
        false,
      );
    });
    return counts.reduce<number>((total, count) => total + Number(count), 0);
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    const { shards } = this.#keys;
    const first = this.#cleaned;
    let left = limit;
    for (let step = 0; step < shards && left > 0;) {
      this.#cleaned = (first + step) % shards;
      const most = Math.min(left, mostAtOnce);
      const keys = [this.#keys.entryEnds(this.#cleaned)] as const;
      const parameters = [this.#retention, before, most];
      const removed = Number(await this.#commands.run(scripts.cleanEntriesScript, keys, parameters, true));
      left -= removed;
      // On to the next shard where this one has nothing left.
      if (removed < most) step += 1;
    }
    return limit - left;
  }

  /** @throws {SojournError} `invalid_input`. */
  #at(space: string, key: string): readonly [ends: string, entry: string] {
    const shard = this.#keys.entryShard(wholeKey(key));
    return [this.#keys.entryEnds(shard), this.#keys.entry(shard, space, key)];
  }

  #everywhere<Result>(act: (shard: number) => Promise<Result>): Promise<Result[]> {
    return Promise.all(Array.from({ length: this.#keys.shards }, (_, shard) => act(shard)));
  }

  /** A page of one shard. Entries that are over are passed by in steps, however many there are. */
  async #list(
    shard: number,
    space: string,
    ownerKey: string,
    now: number,
    { limit, after }: EntryPage,
  ): Promise<Entry[]> {
    const keys = [this.#keys.entryEnds(shard), this.#keys.entryList(shard, space, ownerKey)] as const;
    const found: Entry[] = [];
    for (let from = after === null ? "+" : `(${after}`; from !== "" && found.length < limit;) {
      const most = limit - found.length;
      const parameters = [space, now, most, from, mostAtOnce];
      const reply = await this.#commands.run(scripts.listEntriesScript, keys, parameters, true);
      const [next, ...texts] = reply as [string, ...string[]];
      found.push(...texts.map((text) => readEntry(space, text)));
      from = next;
    }
    return found;
  }
}
