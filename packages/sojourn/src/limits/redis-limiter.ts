import { SojournError } from "../domain/errors.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import { FlexibleLimiter } from "./flexible-limiter.ts";

/** A client of ioredis (6): `Redis` or `Cluster`. */
export interface IoRedisLimiterClient {
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void;
}

/** A client of node-redis (6): `createClient`, `createCluster` or `createSentinel`. */
export interface NodeRedisLimiterClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** The options of {@link redisLimiter}. */
export interface RedisLimiterOptions {
  /** What the names of all keys begin with. Default `"sojourn-limits"`. */
  readonly prefix?: string;
}

/**
 * Counts attempts in Redis, for all processes together, by rate-limiter-flexible. Each count is one key, which
 * expires by itself; Redis' clock decides.
 *
 * @param client a connected client. It stays yours.
 * @throws {SojournError} `config_invalid` for what is no client.
 */
export function redisLimiter(
  client: IoRedisLimiterClient | NodeRedisLimiterClient,
  { prefix = "sojourn-limits" }: RedisLimiterOptions = {},
): RateLimiter {
  const isIoRedis = "defineCommand" in client;
  if (!isIoRedis && !("eval" in client)) {
    throw new SojournError("config_invalid", {
      detail:
        "redisLimiter() takes a client of ioredis (Redis, Cluster) or of node-redis (createClient, ...).",
    });
  }
  return new FlexibleLimiter(async (points, duration) => {
    const { RateLimiterRedis } = await import("rate-limiter-flexible");
    return new RateLimiterRedis({
      storeClient: client,
      useRedisPackage: !isIoRedis,
      keyPrefix: prefix,
      points,
      duration,
    });
  });
}
