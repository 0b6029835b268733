import { createHash } from "node:crypto";

/**
 * A user in the names of keys: 132 bits of SHA-256, so that keys are short, hold whatever an app uses for an
 * id, and tell no id to who may only list keys. Of the JSON, in which lone surrogates differ.
 */
export function userKeyOf(userId: string): string {
  return createHash("sha256").update(JSON.stringify(userId)).digest("base64url").slice(0, 22);
}

/**
 * The names of all keys. The part in braces decides the slot (Redis Cluster specification, hash tags), so all
 * keys of one shard lie together: sessions `s:`, what a user has `u:`, times of being over `o`, the feed `f`,
 * when its entries may go `x`, the channel `e`, and the shards of a user `d:`; of the small records the records
 * themselves `r:`, their lists `l:`, and when which is over `w`.
 */
export class KeyNames {
  readonly shards: number;
  readonly #prefix: string;
  readonly #bases: readonly string[];

  /** @param shards how many there are; 1 or more. */
  constructor(prefix: string, shards: number) {
    this.shards = shards;
    this.#prefix = prefix;
    this.#bases = Array.from({ length: shards }, (_, shard) => `${prefix}:{${shard}}:`);
  }

  /** All sids of a user end in the same four digits, so all their sessions lie in one shard. */
  shardOf(sid: string): number {
    return this.shards === 1 ? 0 : Number.parseInt(sid.slice(-4), 16) % this.shards;
  }

  session(sid: string): string {
    return `${this.#base(this.shardOf(sid))}s:${sid}`;
  }

  user(shard: number, userKey: string): string {
    return `${this.#base(shard)}u:${userKey}`;
  }

  /** What every script that can end a session is given first. */
  common(shard: number): [over: string, feed: string, expiries: string] {
    return [this.over(shard), this.feed(shard), `${this.#base(shard)}x`];
  }

  over(shard: number): string {
    return `${this.#base(shard)}o`;
  }

  feed(shard: number): string {
    return `${this.#base(shard)}f`;
  }

  channels(): string[] {
    return this.#bases.map((base) => `${base}e`);
  }

  /** Where it is written in which shards a user may have sessions. It cannot lie in any of those. */
  directory(userKey: string): string {
    return `${this.#base(this.shardOfDigest(userKey))}d:${userKey}`;
  }

  /** Spreads what has a digest, as {@link userKeyOf} gives it. */
  shardOfDigest(digest: string): number {
    return Buffer.from(digest, "base64url").readUInt16BE() % this.shards;
  }

  entryShard(key: string): number {
    return this.shards === 1 ? 0 : this.shardOfDigest(userKeyOf(key));
  }

  entry(shard: number, space: string, key: string): string {
    return `${this.#base(shard)}r:${space}:${key}`;
  }

  /** What a space has in this shard, or an owner has in it. @param ownerKey empty for the whole space. */
  entryList(shard: number, space: string, ownerKey: string): string {
    return `${this.#base(shard)}l:${space}${ownerKey === "" ? "" : `:${ownerKey}`}`;
  }

  entryEnds(shard: number): string {
    return `${this.#base(shard)}w`;
  }

  /** How the store is laid out: the one key beside the shards. */
  layout(): string {
    return `${this.#prefix}:layout`;
  }

  #base(shard: number): string {
    return this.#bases[shard] ?? "";
  }
}
