import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SessionRecord } from "../../domain/session.ts";
import type { Store } from "../../ports/session-store.ts";
import { sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";
import { userKeyOf } from "./key-names.ts";
import { newPrefix, removeKeys, shared, sharedServerIsThere } from "./redis-servers.fixture.ts";

const start = Date.UTC(2030, 0, 1);
const there = await sharedServerIsThere();
const shards = 16;
const prefixes: string[] = [];
let client: Redis;

beforeAll(() => {
  client = new Redis(shared);
});

afterAll(async () => {
  client.disconnect();
  if (there) await removeKeys(prefixes);
});

function open(options: { shards: number } = { shards }): { store: Store; prefix: string } {
  const prefix = newPrefix();
  prefixes.push(prefix);
  return { store: redis(client, { prefix, ...options }), prefix };
}

/** A session whose sid ends in a tag, as those of a user do until the secret that made it is dropped. */
function tagged(tag: number, overrides: Partial<SessionRecord> = {}): SessionRecord {
  const sid = `${crypto.randomUUID().slice(0, -4)}${tag.toString(16).padStart(4, "0")}`;
  return sampleSession({ sid, ...overrides });
}

const aliveSids = async ({ sessions }: Store): Promise<string[]> =>
  (await sessions.listByUser("user-1", start + 999, { limit: 100, offset: 0 })).map(({ sid }) => sid);

describe.skipIf(!there)("a user whose sids have several tags", () => {
  it("is listed and signed out wholly, in whichever shard the sessions lie", async () => {
    const { store } = open();
    const records = [0, 1, 5, 9, 5, 15].map((tag, at) => tagged(tag, { lastSeenAt: start + at }));
    for (const record of [...records, tagged(3, { userId: "user-2" })])
      await store.sessions.create(record, null);
    const lastSeenFirst = records.map(({ sid }) => sid).toReversed();
    expect(await aliveSids(store)).toEqual(lastSeenFirst);
    const page = await store.sessions.listByUser("user-1", start + 9, { limit: 2, offset: 3 });
    expect(page.map(({ sid }) => sid)).toEqual(lastSeenFirst.slice(3, 5));
    const ended = await store.sessions.revokeByUser("user-1", start + 9, "revoked", records[2]!.sid);
    expect(ended.toSorted()).toEqual(lastSeenFirst.filter((sid) => sid !== records[2]!.sid).toSorted());
    expect(await aliveSids(store)).toEqual([records[2]!.sid]);
    expect((await store.sessions.revokedSince(null, 100)).revocations).toHaveLength(5);
  });

  it("is signed out wholly also where the directory was lost, and by a process that never saw it", async () => {
    const { store, prefix } = open();
    const records = [2, 7, 11].map((tag) => tagged(tag));
    for (const record of records) await store.sessions.create(record, null);
    const [directory = ""] = await client.keys(`${prefix}:*:d:${userKeyOf("user-1")}`);
    expect((await client.smembers(directory)).toSorted()).toEqual(["11", "2", "7"]);
    await client.del(directory);
    const another = redis(client, { prefix, shards });
    expect(await another.sessions.revokeByUser("user-1", start, "revoked", null)).toHaveLength(3);
  });

  it("is known to be in a shard before there is a session", async () => {
    const { prefix } = open();
    const seen: string[] = [];
    const watched = new Proxy(client, {
      get(target, name) {
        if (name !== "call") return Reflect.get(target, name) as unknown;
        return async (command: string, ...args: string[]) => {
          const reply: unknown = await target.call(command, ...args);
          seen.push(args[2] ?? "");
          return reply;
        };
      },
    });
    const store = redis(watched, { prefix, shards });
    await store.sessions.create(tagged(3), null);
    expect(seen.filter((key) => key !== "").map((key) => key.split(":")[2])).toEqual(["d", "o"]);
  });

  it("costs nothing more where there is one shard", async () => {
    const { store, prefix } = open({ shards: 1 });
    await store.sessions.create(tagged(3), null);
    const kinds = (await client.keys(`${prefix}:*`)).map((key) => key.split(":")[2]);
    expect(kinds.toSorted()).toEqual(["o", "s", "u"]);
  });

  it("keeps the limit that evicts: the oldest make room, whatever their tag", async () => {
    const { store } = open();
    const old = [0, 1, 2].map((at) => tagged(4, { createdAt: start + at }));
    for (const record of old) await store.sessions.create(record, { max: 3, onExceed: "evict-oldest" });
    const fresh = [10, 11].map((at) => tagged(8, { createdAt: start + at }));
    const evicted = [];
    for (const record of fresh)
      evicted.push((await store.sessions.create(record, { max: 3, onExceed: "evict-oldest" })).evicted);
    expect(evicted).toEqual([[old[0]!.sid], [old[1]!.sid]]);
    expect(new Set(await aliveSids(store))).toEqual(new Set([old[2]!.sid, ...fresh.map(({ sid }) => sid)]));
    const { record } = (await store.sessions.find(old[0]!.sid))!;
    expect([record.endReason, record.endedAt]).toEqual(["limit", start + 10]);
  });

  it("keeps the limit that denies: a free place is given once", async () => {
    const { store } = open();
    const limit = { max: 3, onExceed: "deny" } as const;
    const old = [tagged(4), tagged(4)];
    for (const record of old) await store.sessions.create(record, limit);
    const rivals = await Promise.all(
      Array.from({ length: 50 }, async () => store.sessions.create(tagged(8), limit)),
    );
    expect(rivals.filter(({ created }) => created)).toHaveLength(1);
    expect(await aliveSids(store)).toHaveLength(3);
    expect((await store.sessions.revokedSince(null, 10)).revocations).toEqual([]);
  });

  it("never has more than the limit when all have been answered, however many come under how many tags", async () => {
    for (const onExceed of ["evict-oldest", "deny"] as const) {
      for (let round = 0; round < 10; round += 1) {
        const { store } = open();
        const results = await Promise.all(
          Array.from({ length: 60 }, async (_, at) => {
            const record = tagged(at % 6, { createdAt: start + at });
            return { record, ...(await store.sessions.create(record, { max: 4, onExceed })) };
          }),
        );
        const alive = await aliveSids(store);
        expect(alive.length).toBeLessThanOrEqual(4);
        if (onExceed === "evict-oldest") expect(alive.length).toBeGreaterThan(0);
        const admitted = results.filter(({ created }) => created).map(({ record }) => record.sid);
        for (const sid of alive) expect(admitted).toContain(sid);
        if (onExceed === "deny") expect(admitted.toSorted()).toEqual(alive.toSorted());
      }
    }
  });
});
