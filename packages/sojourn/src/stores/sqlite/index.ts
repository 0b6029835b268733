import type { BaseUser } from "../../domain/principal.ts";
import type { SchemaStep, Store } from "../../ports/session-store.ts";
import type { AccountStore } from "../account-directory.ts";
import { openTables, type SqlStoreOptions } from "../sql/account-tables.ts";
import { migrations } from "../sql/sqlite/schema.ts";
import { sqliteDialect } from "../sql/sqlite/dialect.ts";
import type { UserTable } from "../sql/user-table.ts";
import { storeFailure } from "../store-failure.ts";
import type { SqliteDatabase } from "./database.ts";
import { migrate, pendingIn } from "./migrate.ts";
import { type OpenFile, openFile, peek } from "./open-file.ts";
import { SqliteDriver } from "./sqlite-driver.ts";

export type { AccountDirectory, AccountStore } from "../account-directory.ts";
export type { UserTable } from "../sql/user-table.ts";
export type { SqliteDatabase, SqliteStatement } from "./database.ts";

/** What {@link sqlite} can be told. */
export type SqliteOptions = SqlStoreOptions;

/**
 * Sessions, and Sojourn's own users, in one SQLite file. Several processes on one machine may share it.
 *
 * The file and its folder are made when first used, readable by this process's user alone; its tables
 * (`sojourn_...`) are made and kept up to date. A database that is passed open keeps its own settings
 * and stays open on `close()`: it belongs to who opened it, who should set a busy timeout.
 *
 * @param fileOrDatabase a path, `":memory:"`, or an open database of node:sqlite, better-sqlite3 or @photostructure/sqlite.
 * @returns a store that answers at once. Its verbs throw SojournError `store_unavailable` when SQLite
 * fails, and at first use `store_schema_newer` or `config_dependency_missing`.
 * @throws {SojournError} `config_invalid` if the table of users cannot be one.
 */
export function sqlite(
  fileOrDatabase: string | SqliteDatabase,
  options: SqliteOptions & { readonly users: false },
): Store<never>;
export function sqlite<User extends BaseUser>(
  fileOrDatabase: string | SqliteDatabase,
  options: SqliteOptions & { readonly users: UserTable },
): Store<User>;
export function sqlite(fileOrDatabase: string | SqliteDatabase, options?: SqliteOptions): AccountStore;
export function sqlite(fileOrDatabase: string | SqliteDatabase, options: SqliteOptions = {}): Store {
  let file: OpenFile | null = null;
  const driver = new SqliteDriver(() => {
    const database =
      typeof fileOrDatabase === "string" ? (file ??= openFile(fileOrDatabase)) : fileOrDatabase;
    migrate(database, migrations);
    return database;
  });
  const stepsFor = (database: SqliteDatabase): readonly SchemaStep[] =>
    attempt(() => pendingIn(database, migrations));
  return {
    ...openTables(driver, options, sqliteDialect),
    migrate: () => void driver.connect(),
    pendingSteps() {
      if (typeof fileOrDatabase !== "string") return stepsFor(fileOrDatabase);
      return file === null ? peek(fileOrDatabase, stepsFor) : stepsFor(file);
    },
    close: () => {
      driver.close();
      file?.close();
      file = null;
    },
  };
}

function attempt<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw storeFailure(error);
  }
}
