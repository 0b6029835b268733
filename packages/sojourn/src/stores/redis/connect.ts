import { SojournError } from "../../domain/errors.ts";
import type { Connection } from "./connection.ts";
import { type IoRedisClient, ioRedisConnection } from "./ioredis.ts";
import {
  type NodeRedisClient,
  type NodeRedisCluster,
  nodeRedisClusterConnection,
  nodeRedisConnection,
  type NodeRedisSentinel,
  nodeRedisSentinelConnection,
} from "./node-redis.ts";

/** A client of ioredis or node-redis: for one server, for a Cluster, or for Sentinel. */
export type RedisClient = IoRedisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

/**
 * Finds out by its looks what a client is: neither package is imported, so only the one in use has to be there.
 *
 * @throws {SojournError} `config_invalid` for anything else, and for a client that renames keys.
 */
export function connectionOf(client: RedisClient): Connection {
  refuseKeyPrefix(client);
  if ("call" in client && "isCluster" in client) return ioRedisConnection(client);
  if ("sendCommand" in client) outliveErrors(client);
  if ("masters" in client) return nodeRedisClusterConnection(client);
  if ("getMasterNode" in client) return nodeRedisSentinelConnection(client);
  if ("sendCommand" in client) return nodeRedisConnection(client);
  throw new SojournError("config_invalid", {
    detail: "redis() takes a client of ioredis (Redis, Cluster) or of node-redis (createClient, ...).",
  });
}

const outlived = new WeakSet<object>();

/**
 * A client of node-redis throws what fails in the background where nobody listens for it. A session layer
 * must not end the process for that: each call that fails says so itself.
 */
function outliveErrors(client: NodeRedisClient | NodeRedisCluster | NodeRedisSentinel): void {
  if (!outlived.has(client)) client.on("error", () => undefined);
  outlived.add(client);
}

/** A script makes names of keys out of others, so one that is put before them would come in some places only. */
function refuseKeyPrefix(client: object): void {
  const { options, _keyPrefix } = client as { options?: { keyPrefix?: unknown }; _keyPrefix?: unknown };
  if ((options?.keyPrefix ?? _keyPrefix ?? "") === "") return;
  throw new SojournError("config_invalid", {
    detail: "redis() cannot work with a client that has a keyPrefix. Use the prefix option of redis().",
  });
}
