import { type Duration, durationToMs } from "../../domain/duration.ts";
import type { SojournError } from "../../domain/errors.ts";
import { invalidOption, refuseUnknown } from "../../domain/options.ts";
import type { Store } from "../../ports/session-store.ts";
import { Commands } from "./commands.ts";
import { connectionOf, type RedisClient } from "./connect.ts";
import { Deadline } from "./deadline.ts";
import { KeyNames } from "./key-names.ts";
import { RedisEntries } from "./redis-entries.ts";
import { RedisSessions } from "./redis-sessions.ts";
import { checkServers } from "./server-check.ts";
import { RedisSignals } from "./signals.ts";

export type { RedisClient } from "./connect.ts";
export type { IoRedisClient } from "./ioredis.ts";
export type { NodeRedisClient, NodeRedisCluster, NodeRedisSentinel } from "./node-redis.ts";

/** What {@link redis} can be told. */
export interface RedisOptions {
  /** What the names of all keys begin with. Default `"sojourn"`. */
  readonly prefix?: string;
  /**
   * Over how many hash slots sessions are spread; never to be changed. Default 1, and 64 for a Cluster.
   */
  readonly shards?: number;
  /** How long a command may take. Default `"2s"`. */
  readonly timeout?: Duration;
  /**
   * How long after their end sessions are dropped by the server itself, where nobody cleans the store. Longer
   * than `endedRetention`. Default `"7d"`.
   */
  readonly retention?: Duration;
  /** Accepts a server that drops keys when it is full, and sessions with them. Default false. */
  readonly allowEviction?: boolean;
}

const defaults = { prefix: "sojourn", timeout: "2s", retention: "7d" } as const;
const defaultShards = { server: 1, cluster: 64 };
const known = new Set(["prefix", "shards", "timeout", "retention", "allowEviction"]);

/**
 * Sessions in Redis (7.0 or later) or Valkey: one server, a group that Sentinel watches, or a Cluster. Any
 * number of processes may share it. Users are kept elsewhere.
 *
 * @param client a connected client of ioredis or of node-redis. It stays open on `close()`: it belongs to
 * who made it.
 * @returns a store whose verbs reject with SojournError `store_unavailable` when Redis fails.
 * @throws {SojournError} `config_invalid` for an option or a client that will not do.
 */
export function redis(client: RedisClient, options: RedisOptions = {}): Store<never> {
  const connection = connectionOf(client);
  const keys = keyNames(options, connection.cluster ? defaultShards.cluster : defaultShards.server);
  const deadline = new Deadline(atLeast("timeout", options.timeout ?? defaults.timeout, 50));
  const retention = atLeast("retention", options.retention ?? defaults.retention, 60_000);
  const commands = new Commands(connection, deadline);
  const signals = new RedisSignals(connection, keys.channels(), deadline);
  return {
    sessions: new RedisSessions(commands, keys, retention, !connection.cluster),
    entries: new RedisEntries(commands, keys, retention),
    signals,
    migrate: () => checkServers(commands, keys, options.allowEviction ?? false),
    close: () => signals.close(),
  };
}

function keyNames(options: RedisOptions, defaultNumber: number): KeyNames {
  refuseUnknown("redis(): ", options, known);
  const { prefix = defaults.prefix, shards = defaultNumber } = options;
  if (prefix === "" || /[{}]/.test(prefix)) throw invalid("prefix must be a text without braces.");
  if (!Number.isInteger(shards) || shards < 1 || shards > 4096)
    throw invalid("shards must be a whole number from 1 to 4096.");
  return new KeyNames(prefix, shards);
}

function atLeast(name: string, duration: Duration, least: number): number {
  const ms = durationToMs(duration, `redis.${name}`);
  if (ms < least) throw invalid(`${name} must be at least ${least / 1000} s.`);
  return ms;
}

function invalid(detail: string): SojournError {
  return invalidOption(`redis(): ${detail}`);
}
