import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Redis } from "ioredis";
import type { SojournError } from "../../domain/errors.ts";
import { sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";
import {
  canStartServers,
  clusterClients,
  newPrefix,
  type PrivateCluster,
  type PrivateServer,
  serverClients,
  startCluster,
  startServer,
  until,
} from "./redis-servers.fixture.ts";

const start = Date.UTC(2030, 0, 1);
const there = await canStartServers();
let server: PrivateServer;
let cluster: PrivateCluster;

beforeAll(async () => {
  if (there) [server, cluster] = await Promise.all([startServer(), startCluster()]);
});

afterAll(async () => {
  if (there) await Promise.all([server.stop(), cluster.stop()]);
});

/** A store that listens, and what it has heard. */
async function listening(kind: "server" | "cluster", name: string, prefix = newPrefix()) {
  const port = kind === "server" ? server.port : cluster.servers[0]!.port;
  const clients = kind === "server" ? serverClients : clusterClients;
  const { client, close } = await clients[name]!(port);
  const store = redis(client, { prefix, timeout: "500ms" });
  const heard = { signals: 0, failures: [] as SojournError[] };
  const stop = store.signals!.listen(
    () => (heard.signals += 1),
    (error) => heard.failures.push(error as SojournError),
  );
  await until(() => heard.signals === 1);
  return { store, heard, stop, close: () => (void store.close(), close()) };
}

async function endOne(store: ReturnType<typeof redis>, sid?: string): Promise<void> {
  const record = sampleSession(sid === undefined ? {} : { sid });
  await store.sessions.create(record, null);
  await store.sessions.revoke(record.sid, start, "revoked");
}

async function killListeners(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const client = new Redis(port);
    await client.call("client", "kill", "type", "pubsub");
    client.disconnect();
  }
}

const kinds = [
  ["server", "ioredis"],
  ["server", "node-redis"],
  ["cluster", "ioredis"],
  ["cluster", "node-redis"],
] as const;

describe.each(kinds)("signals of a %s by %s", (kind, name) => {
  it.skipIf(!there)("come within milliseconds after a session was ended, whichever it is", async () => {
    const { store, heard, close } = await listening(kind, name);
    for (let at = 0; at < 16; at += 1) {
      const before = heard.signals;
      await endOne(store, sampleSession().sid.replace(/....$/, at.toString(16).padStart(4, "0")));
      const ended = performance.now();
      await until(() => heard.signals > before);
      expect(performance.now() - ended).toBeLessThan(500);
    }
    expect(heard.failures).toEqual([]);
    close();
  });

  it.skipIf(!there)("tell of every way to be ended and of notices, and of nothing else", async () => {
    const { store, heard, close } = await listening(kind, name);
    const [first, second] = [sampleSession(), sampleSession()];
    await store.sessions.create(first, { max: 1, onExceed: "evict-oldest" });
    await store.sessions.touch([{ sid: first.sid, seenAt: start + 1, now: start + 1, counter: null }]);
    await store.sessions.revoke(sampleSession().sid, start, "revoked");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard.signals).toBe(1);
    await store.sessions.create(second, { max: 1, onExceed: "evict-oldest" });
    await until(() => heard.signals === 2);
    await store.sessions.revokeByUser("user-1", start, "revoked", null);
    await until(() => heard.signals === 3);
    await store.sessions.announce({ topic: "user", subject: "user-1", at: start, expiresAt: start + 1000 });
    await until(() => heard.signals === 4);
    close();
  });

  it.skipIf(!there)("come again, with one for the gap, after the connection was cut", async () => {
    const { store, heard, close } = await listening(kind, name);
    const ports = kind === "server" ? [server.port] : cluster.servers.map(({ port }) => port);
    for (let round = 0; round < 3; round += 1) {
      const [before, failures] = [heard.signals, heard.failures.length];
      await killListeners(ports);
      await until(() => heard.failures.length > failures && heard.signals > before);
      expect(heard.failures.at(-1)?.code).toBe("store_unavailable");
      // Those of a Cluster may break one by one.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const again = heard.signals;
      await endOne(store);
      await until(() => heard.signals > again);
    }
    close();
  });

  it.skipIf(!there)("stop when told to, and leave no connection behind", async () => {
    const listeners = async (): Promise<number> => {
      const ports = kind === "server" ? [server.port] : cluster.servers.map(({ port }) => port);
      let count = 0;
      for (const port of ports) {
        const client = new Redis(port);
        const list = String(await client.client("LIST", "TYPE", "PUBSUB"));
        count += list.split("\n").filter((line) => line !== "").length;
        client.disconnect();
      }
      return count;
    };
    await until(async () => (await listeners()) === 0);
    const { store, heard, stop, close } = await listening(kind, name);
    expect(await listeners()).toBeGreaterThan(0);
    stop();
    await until(async () => (await listeners()) === 0);
    await endOne(store);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([heard.signals, heard.failures]).toEqual([1, []]);
    close();
  });
});
