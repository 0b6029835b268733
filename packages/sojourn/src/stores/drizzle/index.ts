import type { BaseUser } from "../../domain/principal.ts";
import type { Store } from "../../ports/session-store.ts";
import type { AccountStore } from "../account-directory.ts";
import { type AppConnectionOptions, openOnAppConnection } from "../sql/app-connection.ts";
import type { UserTable } from "../sql/user-table.ts";
import { type DrizzleDatabase, executorOn } from "./executor.ts";

export type { AccountDirectory, AccountStore } from "../account-directory.ts";
export type { UserTable } from "../sql/user-table.ts";
export type { DrizzleDatabase, DrizzlePostgres, DrizzleSqlite } from "./executor.ts";

/** What {@link drizzleStore} can be told. */
export type DrizzleStoreOptions = AppConnectionOptions;

/**
 * Sessions, and Sojourn's own users, over the app's Drizzle database. The tables (`sojourn_...`) are made and kept
 * up to date. The connection is the app's: it stays open on `close()`, and nothing listens on it.
 *
 * @param db the database itself, not a transaction on it.
 * @returns a store whose verbs reject with SojournError `store_unavailable` when the database fails, and at first
 * use with `store_schema_newer`.
 * @throws {SojournError} `config_invalid` for an option that cannot be.
 */
export function drizzleStore(
  db: DrizzleDatabase,
  options: DrizzleStoreOptions & { readonly users: false },
): Store<never>;
export function drizzleStore<User extends BaseUser>(
  db: DrizzleDatabase,
  options: DrizzleStoreOptions & { readonly users: UserTable },
): Store<User>;
export function drizzleStore(db: DrizzleDatabase, options: DrizzleStoreOptions): AccountStore;
export function drizzleStore(db: DrizzleDatabase, options: DrizzleStoreOptions): Store {
  // Drizzle numbers the parameters itself.
  return openOnAppConnection(executorOn(db), options, (text) => text);
}
