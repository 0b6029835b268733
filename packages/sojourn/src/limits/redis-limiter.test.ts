import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  canStartServers,
  newPrefix,
  type PrivateCluster,
  removeKeys,
  shared,
  sharedServerIsThere,
  startCluster,
} from "../stores/redis/redis-servers.fixture.ts";
import { redisLimiter } from "./index.ts";
import { limiterCases } from "./limiter-cases.fixture.ts";

type Client = Parameters<typeof redisLimiter>[0];

const there = await sharedServerIsThere();
const canStart = await canStartServers();
const prefixes: string[] = [];
const closing: (() => unknown)[] = [];
let cluster: PrivateCluster | null = null;
let direct: Redis;

beforeAll(() => {
  direct = new Redis({ ...shared, lazyConnect: true });
});

afterAll(async () => {
  for (const close of closing) await close();
  direct.disconnect();
  await cluster?.stop();
  if (there) await removeKeys(prefixes);
});

const clients: Readonly<Record<string, () => Promise<Client>>> = {
  ioredis: async () => {
    const client = new Redis(shared);
    closing.push(() => client.disconnect());
    return client;
  },
  "node-redis": async () => {
    const client = createClient({ socket: shared });
    await client.connect();
    closing.push(() => client.destroy());
    return client;
  },
};

const clusterClients: typeof clients = {
  "ioredis in a Cluster": async () => {
    cluster ??= await startCluster();
    const client = new Cluster([{ host: "127.0.0.1", port: cluster.servers[0]!.port }]);
    closing.push(() => client.disconnect());
    return client;
  },
  "node-redis in a Cluster": async () => {
    cluster ??= await startCluster();
    const { port } = cluster.servers[0]!;
    const client = createCluster({ rootNodes: [{ socket: { host: "127.0.0.1", port } }] });
    await client.connect();
    closing.push(() => client.destroy());
    return client;
  },
};

for (const [of, isThere] of [
  [clients, there],
  [clusterClients, canStart],
] as const) {
  for (const [name, connect] of Object.entries(of)) {
    let client: Promise<Client> | null = null;
    limiterCases(`redis by ${name}`, isThere ? describe : describe.skip, async () => {
      const prefix = newPrefix();
      prefixes.push(prefix);
      const connected = await (client ??= connect());
      const limiter = redisLimiter(connected, { prefix });
      // Whatever is done to a key by name goes through the client that knows where it lies.
      const remove = async (key: string): Promise<void> =>
        void (await (connected as unknown as { del(key: string): Promise<number> }).del(`${prefix}:${key}`));
      return { limiter, expire: remove };
    });
  }
}

describe.skipIf(!there)("the limiter in Redis", () => {
  it("lets each count go by itself when its time has passed", async () => {
    const prefix = newPrefix();
    prefixes.push(prefix);
    const limiter = redisLimiter(direct, { prefix });
    await limiter.consume("a", { points: 3, windowMs: 900_000 });
    await limiter.consume("b", { points: 3, windowMs: 1500 });
    expect(await direct.pttl(`${prefix}:a`)).toBeGreaterThan(890_000);
    expect(await direct.pttl(`${prefix}:a`)).toBeLessThanOrEqual(900_000);
    // Whole seconds, and never shorter than the limit says.
    expect(await direct.pttl(`${prefix}:b`)).toBeGreaterThan(1500);
    for (let at = 0; at < 5; at += 1) await limiter.consume("a", { points: 3, windowMs: 900_000 });
    expect(await direct.pttl(`${prefix}:a`)).toBeLessThanOrEqual(900_000);
  });

  it("counts for all processes together", async () => {
    const prefix = newPrefix();
    prefixes.push(prefix);
    const nodes = [redisLimiter(direct, { prefix }), redisLimiter(direct, { prefix })];
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, at) =>
        nodes[at % 2]!.consume("a", { points: 7, windowMs: 60_000 }),
      ),
    );
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(7);
  });
});

describe("redisLimiter()", () => {
  it("rejects when the server cannot be reached", async () => {
    const client = new Redis({
      port: 1,
      lazyConnect: true,
      retryStrategy: () => null,
      enableOfflineQueue: false,
    });
    client.on("error", () => undefined);
    await expect(redisLimiter(client).consume("a", { points: 1, windowMs: 1000 })).rejects.toThrow(
      /connect|closed|stream/i,
    );
  });

  it("refuses what is no client", () => {
    expect(() => redisLimiter({ get: () => null } as never)).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  });
});
