import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis, type RedisClient, type RedisOptions } from "./index.ts";
import { canStartServers, newPrefix, type PrivateServer, startServer } from "./redis-servers.fixture.ts";

const there = await canStartServers();
const idle = (options: object = {}): Redis => new Redis({ lazyConnect: true, ...options });

describe("redis()", () => {
  it.each([
    ["an option that does not exist", { ttl: 5 }, "ttl is not an option"],
    ["an empty prefix", { prefix: "" }, "prefix"],
    ["a prefix that would choose the slot", { prefix: "a{b}" }, "prefix"],
    ["no shard", { shards: 0 }, "shards"],
    ["half a shard", { shards: 1.5 }, "shards"],
    ["no time at all", { timeout: "1ms" }, "timeout"],
    ["a retention that is none", { retention: "1s" }, "retention"],
    ["a duration that is none", { timeout: "soon" }, "redis.timeout"],
  ] as [string, RedisOptions, string][])("refuses %s", (_, options, told) => {
    expect(() => redis(idle(), options)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(told) as string }),
    );
  });

  it.each([
    ["ioredis", () => idle({ keyPrefix: "app:" })],
    ["node-redis", () => createClient({ keyPrefix: "app:" })],
  ] satisfies [string, () => RedisClient][])("refuses a client of %s that renames keys", (_, client) => {
    expect(() => redis(client())).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  it("refuses what is no client", () => {
    expect(() => redis({ get: () => null } as never)).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  });

  it("asks nothing of the server before it is used", () => {
    const client = idle();
    redis(client);
    expect(client.status).toBe("wait");
  });
});

describe.skipIf(!there)("the check of the server", () => {
  let server: PrivateServer;
  let client: Redis;

  beforeAll(async () => {
    server = await startServer();
    client = new Redis(server.port);
  });

  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  const refused = { code: "config_invalid" };

  it("passes a server that drops nothing, as often as it is asked", async () => {
    const store = redis(client, { prefix: newPrefix() });
    await store.migrate();
    await store.migrate();
  });

  it("refuses one that may drop sessions to make room, unless that is accepted", async () => {
    const prefix = newPrefix();
    await client.config("SET", "maxmemory", "100mb");
    for (const policy of ["allkeys-lru", "volatile-lru", "volatile-ttl", "allkeys-random"]) {
      await client.config("SET", "maxmemory-policy", policy);
      await expect(redis(client, { prefix }).migrate()).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining(policy) as string,
      });
    }
    await redis(client, { prefix, allowEviction: true }).migrate();
    await client.config("SET", "maxmemory", "0");
    await redis(client, { prefix }).migrate();
    await client.config("SET", "maxmemory-policy", "noeviction", "maxmemory", "100mb");
    await redis(client, { prefix }).migrate();
  });

  it("refuses another number of shards than before", async () => {
    const prefix = newPrefix();
    await redis(client, { prefix }).migrate();
    await expect(redis(client, { prefix, shards: 8 }).migrate()).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("1:1, not 1:8") as string,
    });
  });

  it("does without what it must not know", async () => {
    await client.call("acl", "setuser", "app", "on", "nopass", "~*", "&*", "+@all", "-info");
    const app = new Redis({ port: server.port, username: "app", password: "", enableReadyCheck: false });
    await redis(app, { prefix: newPrefix() }).migrate();
    app.disconnect();
  });

  it("refuses a server that is too old", async () => {
    const old = {
      isCluster: false,
      options: {},
      duplicate: () => ({}),
      call: async () => "redis_version:6.2.14\r\n",
    };
    await expect(redis(old).migrate()).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("6.2.14") as string,
    });
  });
});
