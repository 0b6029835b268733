import type { BaseUser } from "../../domain/principal.ts";
import type { RevocationSignals, Store } from "../../ports/session-store.ts";
import type { AccountStore } from "../account-directory.ts";
import { openTables, type SqlStoreOptions } from "../sql/account-tables.ts";
import { numberParameters, postgresDialect } from "../sql/postgres/dialect.ts";
import { judgeFailure } from "../sql/postgres/failures.ts";
import { migrate, pendingSteps } from "../sql/postgres/migrate.ts";
import { channel } from "../sql/postgres/schema.ts";
import { RemoteDriver } from "../sql/remote-driver.ts";
import type { UserTable } from "../sql/user-table.ts";
import { storeFailure } from "../store-failure.ts";
import type { PostgresConnection } from "./connection.ts";
import { openPool } from "./own-pool.ts";
import { type PgPool, pgConnection } from "./pg.ts";
import { type PostgresJsSql, postgresJsConnection } from "./postgres-js.ts";

export type { AccountDirectory, AccountStore } from "../account-directory.ts";
export type { UserTable } from "../sql/user-table.ts";
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
  /** How long a statement may take before it counts as failed, in ms. Default 5000. */
  readonly timeout?: number;
}

const defaultTimeout = 5000;

/**
 * Sessions, and Sojourn's own users, in PostgreSQL (12 or later), for any number of nodes.
 *
 * The tables (`sojourn_...`) are made and kept up to date, wherever the connection's `search_path` begins. A pool
 * that is passed stays open on `close()`, and needs room for two connections: one of them listens. It has to reach
 * the primary; a replica that lags would show sessions alive that were ended.
 *
 * @param connection a connection string, a `Pool` of pg, or the `sql` of postgres.
 * @returns a store whose verbs reject with SojournError `store_unavailable` when the database fails, and at first
 * use with `store_schema_newer` or `config_dependency_missing`.
 * @throws {SojournError} `config_invalid` if the table of users cannot be one.
 */
export function postgres(
  connection: string | PgPool | PostgresJsSql,
  options: PostgresOptions & { readonly users: false },
): Store<never>;
export function postgres<User extends BaseUser>(
  connection: string | PgPool | PostgresJsSql,
  options: PostgresOptions & { readonly users: UserTable },
): Store<User>;
export function postgres(
  connection: string | PgPool | PostgresJsSql,
  options?: PostgresOptions,
): AccountStore;
export function postgres(connection: string | PgPool | PostgresJsSql, options: PostgresOptions = {}): Store {
  const { prepare = true, listen = true, timeout = defaultTimeout } = options;
  let opened: Promise<PostgresConnection> | null = null;
  const open = (): Promise<PostgresConnection> =>
    (opened ??= connect(connection, prepare, timeout).catch((error: unknown) => {
      opened = null;
      throw storeFailure(error);
    }));
  const executor = {
    run: async (...statement: Parameters<PostgresConnection["run"]>) => (await open()).run(...statement),
  };
  const driver = new RemoteDriver({
    executor,
    translate: numberParameters,
    migrate: () => migrate(executor),
    judge: judgeFailure,
    timeout,
  });
  const listening = new Set<() => void>();
  const signals: RevocationSignals = {
    listen(signal, onFailure) {
      const stop = listenOn(open, signal, onFailure);
      listening.add(stop);
      return () => {
        listening.delete(stop);
        stop();
      };
    },
  };
  return {
    ...openTables(driver, options, postgresDialect),
    ...(listen && { signals }),
    migrate: () => driver.ready(),
    async pendingSteps() {
      try {
        return await pendingSteps(executor);
      } catch (error) {
        throw storeFailure(error);
      }
    },
    async close() {
      driver.close();
      for (const stop of listening) stop();
      await (await opened?.catch(() => null))?.close();
    },
  };
}

async function connect(
  connection: string | PgPool | PostgresJsSql,
  prepare: boolean,
  timeout: number,
): Promise<PostgresConnection> {
  const keepOpen = async (): Promise<void> => {};
  if (typeof connection === "string") return openPool(connection, prepare, timeout);
  return "unsafe" in connection
    ? postgresJsConnection(connection, prepare, keepOpen)
    : pgConnection(connection, prepare, keepOpen);
}

/** Listens on a connection that may not be open yet. */
function listenOn(
  open: () => Promise<PostgresConnection>,
  signal: () => void,
  onFailure: (error: unknown) => void,
): () => void {
  let stopped = false;
  let stop = (): void => {};
  const begin = async (): Promise<void> => {
    const connection = await open();
    if (!stopped) stop = connection.listen(channel, earOf(connection, signal), onFailure);
  };
  begin().catch(onFailure);
  return () => {
    stopped = true;
    stop();
  };
}

/** Hears what concerns the tables of this connection; as long as it does not know where they are, everything. */
function earOf(connection: PostgresConnection, signal: () => void): (payload: string) => void {
  let schema: unknown = null;
  const learn = async (): Promise<void> => {
    const { rows } = await connection.run("SELECT current_schema()::text AS schema", []);
    schema = rows[0]?.[0] ?? null;
  };
  return (payload) => {
    // Listening has just begun. What concerns others too costs no more than a look.
    if (payload === "") learn().catch(() => {});
    if (payload === "" || schema === null || payload === schema) signal();
  };
}
