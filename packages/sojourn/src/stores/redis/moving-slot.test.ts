import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";
import { canStartServers, newPrefix, type PrivateCluster, startCluster } from "./redis-servers.fixture.ts";

const there = await canStartServers();
const start = Date.UTC(2030, 0, 1);
let cluster: PrivateCluster;
let client: Cluster;
let nodes: Redis[];

beforeAll(async () => {
  if (!there) return;
  cluster = await startCluster();
  nodes = cluster.servers.map(({ port }) => new Redis(port));
  client = new Cluster([{ host: "127.0.0.1", port: cluster.servers[0]!.port }]);
});

afterAll(async () => {
  if (!there) return;
  client.disconnect();
  for (const node of nodes) node.disconnect();
  await cluster.stop();
});

/** A slot on its way to another server. All tests have the same: its number is that of the shard. */
interface Move {
  readonly from: number;
  keys(keys: readonly string[]): Promise<unknown>;
  finish(): Promise<void>;
}

async function startMoving(key: string): Promise<Move> {
  const slot = await client.cluster("KEYSLOT", key);
  const ids = await Promise.all(nodes.map((node) => node.cluster("MYID") as Promise<string>));
  const counts = await Promise.all(nodes.map((node) => node.cluster("COUNTKEYSINSLOT", slot)));
  const from = counts.findIndex((count) => count > 0);
  const to = (from + 1) % 3;
  await nodes[to]!.cluster("SETSLOT", slot, "IMPORTING", ids[from]!);
  await nodes[from]!.cluster("SETSLOT", slot, "MIGRATING", ids[to]!);
  const move = (keys: readonly string[]): Promise<unknown> =>
    nodes[from]!.migrate("127.0.0.1", cluster.servers[to]!.port, "", 0, 5000, "KEYS", ...keys);
  return {
    from,
    keys: move,
    async finish() {
      await move(await nodes[from]!.cluster("GETKEYSINSLOT", slot, 1000));
      for (const node of [to, from, 3 - to - from])
        await nodes[node]!.cluster("SETSLOT", slot, "NODE", ids[to]!);
    },
  };
}

describe.skipIf(!there)("a slot that moves to another server", () => {
  it("lets sessions be found, does the rest wholly or not at all, and loses nothing", async () => {
    const prefix = newPrefix();
    const store = redis(client, { prefix, shards: 1, timeout: "1s" });
    const records = Array.from({ length: 6 }, () => sampleSession());
    for (const record of records) await store.sessions.create(record, null);
    // With one in the feed all indexes are there, so the server lets scripts begin.
    const early = sampleSession({ userId: "user-2" });
    await store.sessions.create(early, null);
    await store.sessions.revoke(early.sid, start, "revoked");
    const move = await startMoving(`${prefix}:{0}:o`);
    // Three have moved; what the user has and all indexes have not.
    await move.keys(records.slice(3).map(({ sid }) => `${prefix}:{0}:s:${sid}`));

    const found = await Promise.all(records.map(async ({ sid }) => store.sessions.find(sid)));
    expect(found.map((session) => session?.record.sid)).toEqual(records.map(({ sid }) => sid));
    const away = { code: "store_unavailable" };
    await expect(store.sessions.revokeByUser("user-1", start, "revoked", null)).rejects.toMatchObject(away);
    await expect(
      store.sessions.create(sampleSession(), { max: 2, onExceed: "evict-oldest" }),
    ).rejects.toMatchObject(away);
    for (const { sid } of records) expect((await store.sessions.find(sid))?.record.endedAt).toBe(null);
    expect((await store.sessions.revokedSince(null, 10)).revocations).toHaveLength(1);

    await move.finish();
    const ended = await store.sessions.revokeByUser("user-1", start, "revoked", null);
    expect(ended.toSorted()).toEqual(records.map(({ sid }) => sid).toSorted());
    expect((await store.sessions.revokedSince(null, 10)).revocations).toHaveLength(7);
  });

  it("adds small records wholly or not at all, and its lists never lie", async () => {
    const prefix = newPrefix();
    const { entries } = redis(client, { prefix, shards: 1, timeout: "1s" });
    const entry = (key: string): Parameters<NonNullable<typeof entries>["add"]>[0] => ({
      space: "things",
      key,
      owner: "user-1",
      value: key,
      expiresAt: start + 1000,
    });
    for (const key of ["a", "b", "c"]) await entries!.add(entry(key), start);
    const move = await startMoving(`${prefix}:{0}:w`);
    const all = await nodes[move.from]!.keys(`${prefix}:*`);
    await move.keys(all.filter((key) => key.endsWith(":b") || /:l:things:/.test(key)));
    const away = { code: "store_unavailable" };
    await expect(entries!.add(entry("d"), start)).rejects.toMatchObject(away);
    for (const key of ["a", "b"])
      await expect(entries!.take("things", key, start)).rejects.toMatchObject(away);
    await expect(entries!.removeOwned("things", "user-1")).rejects.toMatchObject(away);
    for (const key of ["a", "b", "c"]) expect((await entries!.get("things", key, start))?.value).toBe(key);
    await move.finish();
    for (const owner of [null, "user-1"]) {
      const listed = await entries!.list("things", owner, start, { limit: 10, after: null });
      expect(listed.map(({ key }) => key)).toEqual(["c", "b", "a"]);
    }
    expect(await entries!.removeOwned("things", "user-1")).toBe(3);
    expect(await entries!.deleteExpired(start + 2000, 10)).toBe(0);
  });
});
