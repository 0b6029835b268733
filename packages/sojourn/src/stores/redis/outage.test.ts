import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";
import {
  canStartServers,
  newPrefix,
  type PrivateServer,
  serverClients,
  startServer,
  type TestClient,
  until,
} from "./redis-servers.fixture.ts";

const start = Date.UTC(2030, 0, 1);
const there = await canStartServers();

describe.skipIf(!there).each(Object.keys(serverClients))("a redis store by %s", (name) => {
  let server: PrivateServer;
  let opened: TestClient;
  let store: Store;
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);

  beforeEach(async () => {
    server = await startServer();
    opened = await serverClients[name]!(server.port);
    store = redis(opened.client, { prefix: newPrefix(), timeout: "300ms" });
    process.on("unhandledRejection", note);
    process.on("uncaughtException", note);
  });

  afterEach(async () => {
    await store.close();
    opened.close();
    await server.stop();
    process.off("unhandledRejection", note);
    process.off("uncaughtException", note);
    expect(unhandled.splice(0)).toEqual([]);
  });

  /** Every verb, on a session that is there. */
  const verbs = (sid: string): Record<string, () => unknown> => ({
    create: () => store.sessions.create(sampleSession(), null),
    find: () => store.sessions.find(sid),
    touch: () => store.sessions.touch([{ sid, seenAt: start, now: start, counter: null }]),
    rotate: () => store.sessions.rotate(sid, 0, start, "key-1"),
    update: () => store.sessions.update(sid, 0, { acr: "aal2" }, start),
    setData: () => store.sessions.setData(sid, "a", 1, start, 100),
    deleteData: () => store.sessions.deleteData(sid, "a", start),
    revoke: () => store.sessions.revoke(sid, start, "revoked"),
    revokeByUser: () => store.sessions.revokeByUser("user-1", start, "revoked", null),
    listByUser: () => store.sessions.listByUser("user-1", start, { limit: 10, offset: 0 }),
    revokedSince: () => store.sessions.revokedSince(null, 10),
    deleteExpired: () => store.sessions.deleteExpired(start, 10),
    migrate: () => store.migrate(),
  });

  const codes = async (sid: string): Promise<unknown[]> =>
    Promise.all(
      Object.values(verbs(sid)).map(async (act) => {
        try {
          await act();
          return "done";
        } catch (error) {
          return error instanceof Error && "code" in error ? [error.code, "retryAfter" in error] : error;
        }
      }),
    );
  const failed = Array.from({ length: 13 }, () => ["store_unavailable", true]);

  it("fails in time while the server is frozen, and goes on when it thaws", async () => {
    const record = sampleSession({ userId: "user-2" });
    await store.sessions.create(record, null);
    server.process().kill("SIGSTOP");
    const begun = performance.now();
    expect(await codes(record.sid)).toEqual(failed);
    // Also those who come in the meantime, and wait for others.
    const crowd = Array.from({ length: 100 }, async () => store.sessions.find(record.sid));
    const settled = await Promise.allSettled(crowd);
    expect(settled.every(({ status }) => status === "rejected")).toBe(true);
    expect(performance.now() - begun).toBeLessThan(2500);
    server.process().kill("SIGCONT");
    await until(async () => {
      try {
        return (await store.sessions.find(record.sid)) !== null;
      } catch {
        return false;
      }
    });
    expect(await store.sessions.setData(record.sid, "after", 1, start, 100)).toBe("stored");
  });

  it("fails in time while the server is dead, and goes on with the next one", async () => {
    const failures: unknown[] = [];
    let signals = 0;
    store.signals?.listen(
      () => (signals += 1),
      (error) => failures.push(error),
    );
    const record = sampleSession({ refresh: sampleLineage() });
    await store.sessions.create(record, null);
    await until(() => signals === 1);
    await server.kill();
    const begun = performance.now();
    expect(await codes(record.sid)).toEqual(failed);
    expect(performance.now() - begun).toBeLessThan(2500);
    await server.restart();
    await until(async () => {
      try {
        return (await store.sessions.find(record.sid)) === null;
      } catch {
        return false;
      }
    });
    await until(() => signals === 2);
    expect(failures.length).toBeGreaterThan(0);
    expect(await store.sessions.create(record, null)).toEqual({ created: true, evicted: [] });
  });

  it("reads and signs in over a connection that breaks, and nobody notices", async () => {
    const record = sampleSession();
    await store.sessions.create(record, null);
    const killer = await serverClients["ioredis"]!(server.port);
    const results: unknown[] = [];
    for (let round = 0; round < 20; round += 1) {
      const finds = Array.from({ length: 10 }, async () => store.sessions.find(record.sid));
      const limit = { max: 1000, onExceed: "deny" } as const;
      const signIns = Array.from({ length: 10 }, async () => store.sessions.create(sampleSession(), limit));
      if (round % 4 === 0) await kill(killer);
      results.push(...(await Promise.allSettled([...finds, ...signIns])));
    }
    killer.close();
    const well = results.filter((result) => {
      const { value } = result as { value?: { created?: boolean } };
      return value !== undefined && value.created !== false;
    });
    expect(well).toHaveLength(400);
    expect(await store.sessions.listByUser("user-1", start, { limit: 500, offset: 0 })).toHaveLength(201);
  });
});

async function kill({ client }: TestClient): Promise<void> {
  if ("call" in client) await client.call("client", "kill", "type", "normal", "skipme", "yes");
}
