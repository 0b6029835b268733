import type { BaseUser } from "../../domain/principal.ts";
import type { Store } from "../../ports/session-store.ts";
import type { AccountStore } from "../account-directory.ts";
import { openTables, type SqlStoreOptions } from "../sql/account-tables.ts";
import { RemoteDriver } from "../sql/remote-driver.ts";
import type { UserTable } from "../sql/user-table.ts";
import { storeFailure } from "../store-failure.ts";
import { MysqlExecutor } from "./executor.ts";
import { judge } from "./failures.ts";
import { entryStatements } from "./entry-sql.ts";
import { migrate, pendingIn } from "./migrate.ts";
import { checkConnection, checkUrl, type MysqlCallbackPool, type MysqlPool } from "./pool.ts";
import { PoolSource } from "./pool-source.ts";
import { migrations } from "./schema.ts";
import { castId, sessionStatements } from "./session-sql.ts";
import { userStatements } from "./user-sql.ts";

export type { AccountDirectory, AccountStore } from "../account-directory.ts";
export type { UserTable } from "../sql/user-table.ts";
export type { MysqlCallbackPool, MysqlConnection, MysqlPool, MysqlQuery } from "./pool.ts";

/** What {@link mysql} can be told. */
export type MysqlOptions = SqlStoreOptions;

/** How long a statement may take, with its steps and the wait for a connection, in ms. */
const statementTimeout = 5000;
/** How long making the tables may take, in ms. */
const migrationTimeout = 60_000;

/**
 * Sessions, and Sojourn's own users, in MySQL (8.0 or later) or MariaDB (10.6 or later). Any number of
 * processes on any number of machines may share one database.
 *
 * The tables (`sojourn_...`) are made at first use and kept up to date. A pool that is passed keeps its own
 * settings and stays open on `close()`; of a connection string the store makes its own, when first used.
 *
 * @param poolOrUrl a pool of mysql2, with or without promises, or `mysql://user:password@host:3306/database`.
 * @returns a store whose verbs reject with SojournError `store_unavailable` when the database fails, and at
 * first use with `store_schema_newer`, `config_dependency_missing` or `config_invalid`.
 * @throws {SojournError} `config_invalid` if the connection string or the table of users cannot be one.
 */
export function mysql(
  poolOrUrl: string | MysqlPool | MysqlCallbackPool,
  options: MysqlOptions & { readonly users: false },
): Store<never>;
export function mysql<User extends BaseUser>(
  poolOrUrl: string | MysqlPool | MysqlCallbackPool,
  options: MysqlOptions & { readonly users: UserTable },
): Store<User>;
export function mysql(
  poolOrUrl: string | MysqlPool | MysqlCallbackPool,
  options?: MysqlOptions,
): AccountStore;
export function mysql(poolOrUrl: string | MysqlPool | MysqlCallbackPool, options: MysqlOptions = {}): Store {
  if (typeof poolOrUrl === "string") checkUrl(poolOrUrl);
  const source = new PoolSource(poolOrUrl);
  const executor = new MysqlExecutor(() => source.pool(), statementTimeout);
  const driver = new RemoteDriver({
    executor,
    translate: (text) => text,
    async migrate() {
      const due = await executor.withConnection(statementTimeout, async (connection) => {
        await checkConnection(connection);
        return pendingIn(connection, migrations);
      });
      if (due.length === 0) return;
      await executor.withConnection(migrationTimeout, (connection) => migrate(connection, migrations));
    },
    judge,
    // The executor itself gives up in time, and ends the connection; this is only in case it cannot.
    timeout: statementTimeout + 1000,
  });
  return {
    ...openTables(driver, options, { sessionStatements, userStatements, entryStatements, castId }),
    migrate: () => driver.ready(),
    async pendingSteps() {
      try {
        return await executor.withConnection(statementTimeout, (connection) =>
          pendingIn(connection, migrations),
        );
      } catch (error) {
        throw storeFailure(error);
      }
    },
    async close() {
      driver.close();
      await source.close();
    },
  };
}
