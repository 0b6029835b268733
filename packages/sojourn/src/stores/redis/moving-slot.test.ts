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
    const slot = await client.cluster("KEYSLOT", `${prefix}:{0}:o`);
    const ids = await Promise.all(nodes.map((node) => node.cluster("MYID") as Promise<string>));
    const from = Math.floor(slot / Math.ceil(16_384 / 3));
    const to = (from + 1) % 3;
    await nodes[to]!.cluster("SETSLOT", slot, "IMPORTING", ids[from]!);
    await nodes[from]!.cluster("SETSLOT", slot, "MIGRATING", ids[to]!);
    const move = (keys: string[]): Promise<unknown> =>
      nodes[from]!.migrate("127.0.0.1", cluster.servers[to]!.port, "", 0, 5000, "KEYS", ...keys);
    // Three have moved; what the user has and all indexes have not.
    await move(records.slice(3).map(({ sid }) => `${prefix}:{0}:s:${sid}`));

    const found = await Promise.all(records.map(async ({ sid }) => store.sessions.find(sid)));
    expect(found.map((session) => session?.record.sid)).toEqual(records.map(({ sid }) => sid));
    const away = { code: "store_unavailable" };
    await expect(store.sessions.revokeByUser("user-1", start, "revoked", null)).rejects.toMatchObject(away);
    await expect(
      store.sessions.create(sampleSession(), { max: 2, onExceed: "evict-oldest" }),
    ).rejects.toMatchObject(away);
    for (const { sid } of records) expect((await store.sessions.find(sid))?.record.endedAt).toBe(null);
    expect((await store.sessions.revokedSince(null, 10)).revocations).toHaveLength(1);

    await move(await nodes[from]!.cluster("GETKEYSINSLOT", slot, 1000));
    for (const node of [to, from, 3 - to - from])
      await nodes[node]!.cluster("SETSLOT", slot, "NODE", ids[to]!);
    const ended = await store.sessions.revokeByUser("user-1", start, "revoked", null);
    expect(ended.toSorted()).toEqual(records.map(({ sid }) => sid).toSorted());
    expect((await store.sessions.revokedSince(null, 10)).revocations).toHaveLength(7);
  });
});
