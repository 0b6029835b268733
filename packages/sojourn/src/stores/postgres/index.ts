import { type Duration, durationToMs } from "../../domain/duration.ts";
import { SojournError } from "../../domain/errors.ts";
import type { BaseUser } from "../../domain/principal.ts";
import type { SessionStore, Store } from "../../ports/session-store.ts";
import type { AccountStore } from "../account-directory.ts";
import { openTables, type SqlStoreOptions } from "../sql/account-tables.ts";
import { numberParameters, postgresDialect } from "../sql/postgres/dialect.ts";
import { judgeFailure } from "../sql/postgres/failures.ts";
import { migrate, pendingSteps } from "../sql/postgres/migrate.ts";
import { RemoteDriver } from "../sql/remote-driver.ts";
import type { UserTable } from "../sql/user-table.ts";
import { storeFailure } from "../store-failure.ts";
import { type ConnectionSource, LazyConnection } from "./lazy-connection.ts";
import { withReplica } from "./replica-reads.ts";
import { postgresSignals } from "./signals.ts";

export type { AccountDirectory, AccountStore } from "../account-directory.ts";
export type { UserTable } from "../sql/user-table.ts";
export type { ConnectionSource } from "./lazy-connection.ts";
export type { PgClient, PgPool, PgQuery, PgResult } from "./pg.ts";
export type { PostgresJsRows, PostgresJsSql } from "./postgres-js.ts";

/** What {@link postgres} can be told. */
export interface PostgresOptions extends SqlStoreOptions {
  /**
   * Whether statements are prepared under a name, which halves their cost. Default true. `false` for poolers
   * that hand a connection on between two statements and do not know of names (PgBouncer before 1.21).
   */
  readonly prepare?: boolean;
  /**
   * Whether one connection listens, so that an end reaches this process within milliseconds. Default true. `false`
   * where connections cannot listen (a pooler by transaction); then an end is found by asking, a few times within
   * `maxRevocationLag`.
   */
  readonly listen?: boolean;
  /** How long a statement may take before it counts as failed. Default `"5s"`. */
  readonly timeout?: Duration;
  /** A copy of the database for the look-ups of the `stateful` strategy; all else goes to the primary. */
  readonly replica?: ReplicaOptions;
}

/** A read replica, and how far it may lag. */
export interface ReplicaOptions {
  /** As for the primary: a connection string, a `Pool` of pg, or the `sql` of postgres. */
  readonly connection: ConnectionSource;
  /**
   * For how long a session that another node has ended may still be taken for alive. Default `"1s"`. A replica
   * that lags more is passed over until it has caught up. What this node ends it knows at once.
   */
  readonly maxStaleness?: Duration;
}

const defaultTimeout = "5s";
const defaultStaleness = "1s";

/**
 * Sessions, and Sojourn's own users, in PostgreSQL (12 or later), for any number of nodes.
 *
 * The tables (`sojourn_...`) are made and kept up to date, wherever the connection's `search_path` begins. A pool
 * that is passed stays open on `close()`, and needs room for two connections: one of them listens. It has to reach
 * the primary; reading from a copy is what `replica` is for.
 *
 * @param connection a connection string, a `Pool` of pg, or the `sql` of postgres.
 * @returns a store whose verbs reject with SojournError `store_unavailable` when the database fails, and at first
 * use with `store_schema_newer` or `config_dependency_missing`.
 * @throws {SojournError} `config_invalid` for an option that cannot be.
 */
export function postgres(
  connection: ConnectionSource,
  options: PostgresOptions & { readonly users: false },
): Store<never>;
export function postgres<User extends BaseUser>(
  connection: ConnectionSource,
  options: PostgresOptions & { readonly users: UserTable },
): Store<User>;
export function postgres(connection: ConnectionSource, options?: PostgresOptions): AccountStore;
export function postgres(connection: ConnectionSource, options: PostgresOptions = {}): Store {
  const { prepare = true, listen = true, replica } = options;
  const timeout = durationToMs(options.timeout ?? defaultTimeout, "timeout");
  if (listen) refuseLonePool(connection);
  const primary = new LazyConnection(connection, prepare, timeout);
  const driver = driverOn(primary, () => migrate(primary), timeout);
  const tables = openTables(driver, options, postgresDialect);
  const copy = replica && new LazyConnection(replica.connection, prepare, timeout);
  const sessions = copy ? readingFrom(copy, driver, tables.sessions, options, timeout) : tables.sessions;
  return {
    ...tables,
    sessions,
    ...(listen && { signals: postgresSignals(primary) }),
    migrate: () => driver.ready(),
    pendingSteps: () =>
      pendingSteps(primary).catch((error: unknown) => {
        throw storeFailure(error);
      }),
    async close() {
      driver.close();
      await Promise.all([primary.close(), copy?.close()]);
    },
  };
}

function driverOn(connection: LazyConnection, ready: () => Promise<void>, timeout: number): RemoteDriver {
  return new RemoteDriver({
    executor: connection,
    translate: numberParameters,
    migrate: ready,
    judge: judgeFailure,
    timeout,
  });
}

/** The primary's sessions, looked up on its copy where that is recent enough. */
function readingFrom(
  copy: LazyConnection,
  driver: RemoteDriver,
  primary: SessionStore,
  options: PostgresOptions,
  timeout: number,
): SessionStore {
  const maxStaleness = options.replica?.maxStaleness ?? defaultStaleness;
  // Whatever tables there are come from the primary.
  const copyDriver = driverOn(copy, () => driver.ready(), timeout);
  const position = "SELECT position::float8 AS position FROM sojourn_feed";
  return withReplica({
    primary,
    replica: openTables(copyDriver, options, postgresDialect).sessions,
    primaryPosition: driver.query(position),
    replicaPosition: copyDriver.query(position),
    maxStaleness: durationToMs(maxStaleness, "replica.maxStaleness"),
  });
}

/** The connection that listens is never given back, so a pool of one would have none left. */
function refuseLonePool(connection: ConnectionSource): void {
  if (typeof connection === "string" || !("connect" in connection) || connection.options?.max !== 1) return;
  throw new SojournError("config_invalid", {
    detail:
      "postgres(): one connection of the pool listens, so it needs at least two. Raise max, or say listen: false.",
  });
}
