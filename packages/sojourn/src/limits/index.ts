/**
 * Where attempts are counted when several processes share an app. In one process nothing of this is needed.
 *
 * @module
 */
export type { Limit } from "../domain/policy/rate-limits.ts";
export type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
export {
  type PgLimiterConnection,
  postgresLimiter,
  type PostgresJsLimiterConnection,
  type PostgresLimiterOptions,
} from "./postgres-limiter.ts";
export {
  type IoRedisLimiterClient,
  type NodeRedisLimiterClient,
  redisLimiter,
  type RedisLimiterOptions,
} from "./redis-limiter.ts";
