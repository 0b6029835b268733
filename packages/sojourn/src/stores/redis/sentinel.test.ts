import { Redis } from "ioredis";
import { createSentinel } from "redis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";
import {
  canStartServers,
  type PrivateGroup,
  startGroup,
  type TestClient,
  until,
} from "./redis-servers.fixture.ts";

const there = await canStartServers();
const start = Date.UTC(2030, 0, 1);

const clients: Readonly<Record<string, (group: PrivateGroup) => Promise<TestClient>>> = {
  ioredis: async ({ name, sentinel }) => {
    const client = new Redis({ sentinels: [{ host: "127.0.0.1", port: sentinel.port }], name });
    client.on("error", () => undefined);
    return { client, close: () => client.disconnect() };
  },
  "node-redis": async ({ name, sentinel }) => {
    const sentinelRootNodes = [{ host: "127.0.0.1", port: sentinel.port }];
    const client = createSentinel({ name, sentinelRootNodes });
    client.on("error", () => undefined);
    await client.connect();
    return { client, close: () => void client.destroy() };
  },
};

describe.skipIf(!there).each(Object.keys(clients))("a group that Sentinel watches, by %s", (name) => {
  let group: PrivateGroup;
  let opened: TestClient;

  beforeEach(async () => {
    group = await startGroup();
    opened = await clients[name]!(group);
  });

  afterEach(async () => {
    opened.close();
    await group.stop();
  });

  it("keeps sessions and small records over a failover, and its signals", { timeout: 60_000 }, async () => {
    const store = redis(opened.client, { timeout: "500ms" });
    await store.migrate();
    let signals = 0;
    store.signals?.listen(
      () => (signals += 1),
      () => undefined,
    );
    await until(() => signals === 1);
    const [kept, ended] = [sampleSession(), sampleSession()];
    for (const record of [kept, ended]) await store.sessions.create(record, null);
    await store.sessions.revoke(ended.sid, start, "signed_out");
    await until(() => signals === 2);
    const { cursor } = await store.sessions.revokedSince(null, 10);
    const small = { space: "things", key: "key", owner: "user-1", value: 1, expiresAt: null };
    await store.entries?.add(small, start);
    const direct = new Redis(group.master.port);
    await direct.wait(1, 1000);
    direct.disconnect();

    await group.master.kill();
    const before = signals;
    await until(async () => {
      try {
        return (await store.sessions.setData(kept.sid, "after", 1, start, 100)) === "stored";
      } catch {
        return false;
      }
    });
    expect((await store.sessions.find(ended.sid))?.record.endReason).toBe("signed_out");
    await until(() => signals > before);
    const heard = signals;
    expect(await store.sessions.revokeByUser("user-1", start, "revoked", null)).toEqual([kept.sid]);
    const page = await store.sessions.revokedSince(cursor, 10);
    expect(page.revocations.map(({ sid }) => sid)).toEqual([kept.sid]);
    await until(() => signals > heard);
    expect(await store.entries?.take("things", "key", start)).toEqual({ ...small, version: 0 });
    await store.close();
  });
});
