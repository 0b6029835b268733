import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Entry, EntryStore } from "../../ports/entry-store.ts";
import { redis } from "./index.ts";
import { canStartServers, newPrefix, type PrivateServer, startServer } from "./redis-servers.fixture.ts";

const there = await canStartServers();
const day = 86_400_000;
const page = { limit: 100, after: null };
let server: PrivateServer;
let client: Redis;

beforeAll(async () => {
  if (!there) return;
  server = await startServer();
  client = new Redis(server.port);
});

afterAll(async () => {
  if (!there) return;
  client.disconnect();
  await server.stop();
});

function open(shards = 1): { entries: EntryStore; prefix: string } {
  const prefix = newPrefix();
  const { entries } = redis(client, { prefix, shards, retention: "2d" });
  return { entries: entries!, prefix };
}

function entry(overrides: Partial<Entry> = {}): Omit<Entry, "version"> {
  return { space: "things", key: "key", owner: "user-1", value: 1, expiresAt: null, ...overrides };
}

const keysOf = (entries: readonly Entry[]): string[] => entries.map(({ key }) => key);

/** The names of all keys but for the prefix, and when each goes; -1 for never. */
async function ends(prefix: string): Promise<Record<string, number>> {
  const names = (await client.keys(`${prefix}:*`)).toSorted();
  const times = await Promise.all(names.map((name) => client.pexpiretime(name)));
  return Object.fromEntries(names.map((name, at) => [name.split(":").slice(2, 4).join(":"), times[at]!]));
}

describe.skipIf(!there)("small records", () => {
  it("go by themselves some days after their end, and their lists with them", async () => {
    const { entries, prefix } = open();
    const now = Date.now();
    await entries.add(entry({ owner: null, expiresAt: now + day }), now);
    await entries.add(entry({ owner: null, key: "later", expiresAt: now + 2 * day }), now);
    expect(await ends(prefix)).toEqual({
      "r:things": now + 4 * day,
      "l:things": now + 4 * day,
      w: now + 4 * day,
    });
    expect(await client.pexpiretime(`${prefix}:{0}:r:things:key`)).toBe(now + 3 * day);
  });

  it("stay for good where they have no end, and their lists with them, whatever else is in these", async () => {
    const { entries, prefix } = open();
    const now = Date.now();
    await entries.add(entry({ key: "a", owner: null, expiresAt: now + day }), now);
    await entries.add(entry({ key: "b", owner: null }), now);
    await entries.add(entry({ key: "c", owner: null, expiresAt: now + day }), now);
    expect((await ends(prefix))["l:things"]).toBe(-1);
    expect(await client.pexpiretime(`${prefix}:{0}:r:things:b`)).toBe(-1);
    expect(await entries.replace("things", "b", 0, { value: 2, expiresAt: now + day }, now)).toBe(true);
    expect(await client.pexpiretime(`${prefix}:{0}:r:things:b`)).toBe(now + 3 * day);
    expect(await entries.replace("things", "b", 1, { value: 2, expiresAt: null }, now)).toBe(true);
    expect(await entries.deleteExpired(now + 2 * day, 10)).toBe(2);
    expect(keysOf(await entries.list("things", null, now, page))).toEqual(["b"]);
  });

  it("that have gone by themselves are in no list, and take up no place for long", async () => {
    const { entries, prefix } = open();
    const now = Date.now();
    await entries.add(entry({ key: "lasting" }), now);
    for (let at = 0; at < 10; at += 1)
      await entries.add(entry({ key: `old-${at}`, expiresAt: now - 10 * day }), now - 11 * day);
    await client.unlink(await client.keys(`${prefix}:*:r:things:old-*`));
    expect(keysOf(await entries.list("things", "user-1", now - 11 * day, page))).toEqual(["lasting"]);
    for (let at = 0; at < 3; at += 1) await entries.add(entry({ key: `new-${at}` }), now);
    expect(await client.zcard(`${prefix}:{0}:l:things`)).toBe(4);
    expect(await client.exists(`${prefix}:{0}:w`)).toBe(0);
  });

  it("leave nothing behind when they are taken, removed, or cleaned", async () => {
    const { entries, prefix } = open(4);
    const now = Date.now();
    for (let at = 0; at < 30; at += 1) {
      const owner = at % 3 === 0 ? null : `user-${at % 3}`;
      await entries.add(entry({ key: `key-${at}`, owner, expiresAt: now + day }), now);
    }
    for (let at = 0; at < 30; at += 3) await entries.take("things", `key-${at}`, now);
    expect(await entries.removeOwned("things", "user-1")).toBe(10);
    expect(await entries.deleteExpired(now + 2 * day, 100)).toBe(10);
    expect(await client.keys(`${prefix}:*`)).toEqual([]);
  });

  it("belong to their new owner alone where one takes the place of another that is over", async () => {
    const { entries, prefix } = open();
    const now = Date.now();
    await entries.add(entry({ expiresAt: now + 1 }), now);
    await entries.add(entry({ owner: "user-2", expiresAt: now + day }), now + 1);
    expect(await entries.removeOwned("things", "user-1")).toBe(0);
    expect(keysOf(await entries.list("things", "user-2", now + 1, page))).toEqual(["key"]);
    expect(await client.zcard(`${prefix}:{0}:w`)).toBe(1);
    expect(await entries.deleteExpired(now + 2, 10)).toBe(0);
    expect(await entries.get("things", "key", now + 2)).not.toBe(null);
  });

  it("are listed last key first by their bytes, over all shards and past many that are over", async () => {
    const { entries } = open(7);
    const now = Date.now();
    const keys = ["\u{10FFFD}", "\uFFFD", "é", "z", "a\0b", "a", "\u0001"];
    for (const key of keys.toReversed()) await entries.add(entry({ key }), now);
    for (let at = 0; at < 3000; at += 500) {
      const batch = Array.from({ length: 500 }, (_, number) => `over-${at + number}`);
      await Promise.all(batch.map(async (key) => entries.add(entry({ key, expiresAt: now + 1 }), now)));
    }
    for (const owner of [null, "user-1"]) {
      expect(keysOf(await entries.list("things", owner, now + 1, page))).toEqual(keys);
      for (const [at, after] of keys.entries()) {
        const next = await entries.list("things", owner, now + 1, { limit: 2, after });
        expect(keysOf(next)).toEqual(keys.slice(at + 1, at + 3));
      }
    }
  });

  it("tell nobody who lists keys whose they are", async () => {
    const { entries, prefix } = open();
    await entries.add(entry({ owner: "ada@example.com" }), 1);
    expect((await client.keys(`${prefix}:*`)).join(" ")).not.toContain("ada");
  });

  it("have keys that are Unicode: two that are not would be one in Redis", async () => {
    const { entries } = open();
    const refused = { code: "invalid_input" };
    await expect(entries.add(entry({ key: "a\uD800" }), 1)).rejects.toMatchObject(refused);
    await expect(entries.get("things", "a\uD800", 1)).rejects.toMatchObject(refused);
  });

  it("that a newer version wrote are a failure, not nothing", async () => {
    const { entries, prefix } = open();
    await client.set(`${prefix}:{0}:r:things:key`, '[2,0,null,""\n,null,"key"\n,1]');
    const failed = { code: "store_unavailable" };
    await expect(entries.get("things", "key", 1)).rejects.toMatchObject(failed);
    await expect(entries.add(entry(), 1)).rejects.toMatchObject(failed);
  });
});
