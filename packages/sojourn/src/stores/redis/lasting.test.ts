import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";
import { canStartServers, newPrefix, type PrivateServer, startServer } from "./redis-servers.fixture.ts";

const there = await canStartServers();
const day = 86_400_000;
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

const open = (prefix = newPrefix()): { store: Store; prefix: string } => ({
  store: redis(client, { prefix, retention: "2d" }),
  prefix,
});

describe.skipIf(!there)("what the server keeps", () => {
  it("goes by itself some days after a session is over, and slides with it", async () => {
    const { store, prefix } = open();
    const now = Date.now();
    const record = sampleSession({ createdAt: now, idleTimeout: day, expiresAt: now + 10 * day });
    const key = `${prefix}:{0}:s:${record.sid}`;
    const goesAt = (): Promise<number> => client.pexpiretime(key);
    await store.sessions.create(record, null);
    expect(await goesAt()).toBe(now + 3 * day);
    await store.sessions.touch([{ sid: record.sid, seenAt: now + 1000, now, counter: null }]);
    expect(await goesAt()).toBe(now + 3 * day + 1000);
    await store.sessions.update(record.sid, 0, { lastSeenAt: now + 2000 }, now);
    expect(await goesAt()).toBe(now + 3 * day + 2000);
    // Neither is activity.
    await store.sessions.setData(record.sid, "a", 1, now, 100);
    await store.sessions.deleteData(record.sid, "a", now);
    expect(await goesAt()).toBe(now + 3 * day + 2000);
    await store.sessions.revoke(record.sid, now + 3000, "signed_out");
    expect(await goesAt()).toBe(now + 2 * day + 3000);
  });

  it("is kept by a rotation for as long as before", async () => {
    const { store, prefix } = open();
    const now = Date.now();
    const record = sampleSession({ createdAt: now, idleTimeout: day, refresh: sampleLineage() });
    await store.sessions.create(record, null);
    await store.sessions.rotate(record.sid, 0, now + 1000, "key-2");
    expect(await client.pexpiretime(`${prefix}:{0}:s:${record.sid}`)).toBe(now + 3 * day);
  });

  it("is never without an end, also for a session that was over when it came", async () => {
    const { store, prefix } = open();
    const now = Date.now();
    const [live, past] = [
      sampleSession({ createdAt: now }),
      sampleSession({ createdAt: 1, idleTimeout: 1, expiresAt: 2 }),
    ];
    for (const record of [live, past]) await store.sessions.create(record, null);
    await store.sessions.revoke(live.sid, now, "signed_out");
    const keys = (await client.keys(`${prefix}:*`)).toSorted();
    expect(keys.map((key) => key.split(":")[2])).toEqual(["f", "o", "s", "s", "u", "x"]);
    for (const key of keys) {
      const left = await client.pttl(key);
      expect(left, key).toBeGreaterThan(day);
      expect(left, key).toBeLessThan(33 * day);
    }
  });

  it("does not grow where nobody cleans up", async () => {
    const { store, prefix } = open();
    const now = Date.now();
    // Long past: their own keys would have gone by now.
    const old = Array.from({ length: 20 }, () =>
      sampleSession({ createdAt: now - 30 * day, idleTimeout: day, expiresAt: now - 20 * day }),
    );
    for (const record of old) {
      await store.sessions.create(record, null);
      await store.sessions.revoke(record.sid, now - 30 * day + 1, "signed_out");
    }
    const sizes = async (): Promise<number[]> => [
      await client.zcard(`${prefix}:{0}:o`),
      await client.xlen(`${prefix}:{0}:f`),
      await client.zcard(`${prefix}:{0}:x`),
    ];
    for (let at = 0; at < 20; at += 1) await store.sessions.create(sampleSession({ createdAt: now }), null);
    expect(await sizes()).toEqual([20, 0, 0]);
  });

  it("is removed in many steps where there is much, and no more than was asked for", async () => {
    const { store, prefix } = open();
    const records = Array.from({ length: 700 }, (_, at) => sampleSession({ userId: `user-${at % 9}` }));
    await Promise.all(records.map(async (record) => store.sessions.create(record, null)));
    const late = records[0]!.expiresAt + 1;
    expect(await store.sessions.deleteExpired(late, 600)).toBe(600);
    expect(await store.sessions.deleteExpired(late, 600)).toBe(100);
    expect(await client.keys(`${prefix}:*`)).toEqual([]);
  });
});

describe.skipIf(!there)(
  "a client that sends a command again, as ioredis does when its connection broke",
  () => {
    it("adds a session once, and says so", async () => {
      const twice = new Proxy(client, {
        get(target, name) {
          if (name !== "call") return Reflect.get(target, name) as unknown;
          return async (...command: [string, ...string[]]) => {
            await target.call(...command);
            return target.call(...command);
          };
        },
      });
      const { sessions } = redis(twice, { prefix: newPrefix() });
      const records = [sampleSession(), sampleSession()];
      const limit = { max: 1, onExceed: "evict-oldest" } as const;
      for (const record of records)
        expect(await sessions.create(record, limit)).toMatchObject({ created: true });
      const list = await sessions.listByUser("user-1", records[0]!.createdAt, { limit: 10, offset: 0 });
      expect(list.map(({ sid }) => sid)).toEqual([records[1]!.sid]);
      // Another call is not taken for the same.
      expect(await sessions.create(records[1]!, limit)).toEqual({ created: false, evicted: [] });
    });
  },
);

describe.skipIf(!there)("a server that forgets", () => {
  it("its scripts, in the middle of everything, loses nothing", async () => {
    const { store } = open();
    const record = sampleSession({ refresh: sampleLineage() });
    await store.sessions.create(record, null);
    const now = record.createdAt;
    const won: unknown[] = [];
    for (let round = 0; round < 50; round += 1) {
      const [rotated, , , touched, created] = await Promise.all([
        store.sessions.rotate(record.sid, round, now, "key-2"),
        store.sessions.setData(record.sid, `key-${round}`, round, now, 10_000),
        client.script("FLUSH"),
        store.sessions.touch([{ sid: record.sid, seenAt: now + round, now, counter: null }]),
        store.sessions.create(sampleSession(), { max: 100, onExceed: "deny" }),
      ]);
      won.push([rotated !== null, touched, created]);
    }
    expect(won).toEqual(Array.from({ length: 50 }, () => [true, 1, { created: true, evicted: [] }]));
    const after = (await store.sessions.find(record.sid))!.record;
    expect([after.refresh?.counter, Object.keys(after.data).length]).toEqual([50, 50]);
  });

  it("everything signs people out, and its feed goes on: no position comes twice", async () => {
    const { store } = open();
    const endOne = async (): Promise<string> => {
      const record = sampleSession();
      await store.sessions.create(record, null);
      await store.sessions.revoke(record.sid, record.createdAt, "revoked");
      return record.sid;
    };
    const seen = new Set<string | null>();
    let cursor: string | null = null;
    for (let round = 0; round < 50; round += 1) {
      await endOne();
      const page = await store.sessions.revokedSince(cursor, 10);
      expect([page.revocations.length, seen.has(page.cursor)]).toEqual([1, false]);
      seen.add((cursor = page.cursor));
      await client.flushall();
      // Whether or not anybody looks while there is nothing.
      if (round % 2 === 0) {
        const empty = await store.sessions.revokedSince(cursor, 10);
        expect(empty.revocations).toEqual([]);
        cursor = empty.cursor;
      }
    }
  });

  it("the newest part, as a replica may, tells everything it has once more", async () => {
    const { store, prefix } = open();
    const records = [sampleSession(), sampleSession()];
    for (const record of records) await store.sessions.create(record, null);
    await store.sessions.revoke(records[0]!.sid, records[0]!.createdAt, "revoked");
    const replica = await client.dumpBuffer(`${prefix}:{0}:f`);
    await store.sessions.revoke(records[1]!.sid, records[1]!.createdAt, "revoked");
    const { cursor } = await store.sessions.revokedSince(null, 10);
    await client.restore(`${prefix}:{0}:f`, 0, replica, "REPLACE");
    const page = await store.sessions.revokedSince(cursor, 10);
    expect(page.revocations.map(({ sid }) => sid)).toEqual([records[0]!.sid]);
    expect((await store.sessions.revokedSince(page.cursor, 10)).revocations).toEqual([]);
  });

  it("how late it is goes on counting from the last position", async () => {
    const { store, prefix } = open();
    const record = sampleSession();
    await store.sessions.create(record, null);
    const ahead = `${(Date.now() + day) * 1000}-5`;
    await client.xadd(`${prefix}:{0}:f`, ahead, "e", '["x","user-9","revoked",1,2]');
    const { cursor } = await store.sessions.revokedSince(null, 10);
    await store.sessions.revoke(record.sid, record.createdAt, "revoked");
    const page = await store.sessions.revokedSince(cursor, 10);
    expect(page.revocations.map(({ sid }) => sid)).toEqual([record.sid]);
  });
});
