import type { BaseUser } from "../../domain/principal.ts";
import type { Store } from "../../ports/session-store.ts";
import type { AccountStore } from "../account-directory.ts";
import { type AppConnectionOptions, openOnAppConnection, timeoutOf } from "../sql/app-connection.ts";
import type { UserTable } from "../sql/user-table.ts";
import { executorOn, type PrismaDatabase } from "./executor.ts";

export type { AccountDirectory, AccountStore } from "../account-directory.ts";
export type { UserTable } from "../sql/user-table.ts";
export type { PrismaDatabase, PrismaQueries } from "./executor.ts";

/** What {@link prismaStore} can be told. */
export type PrismaStoreOptions = AppConnectionOptions;

/**
 * Sessions, and Sojourn's own users, over the app's Prisma client. The tables (`sojourn_...`) are made and kept up
 * to date. The connection is the app's: it stays open on `close()`, and nothing listens on it.
 *
 * @param prisma the client itself, not that of a transaction.
 * @returns a store whose verbs reject with SojournError `store_unavailable` when the database fails, and at first
 * use with `store_schema_newer`.
 * @throws {SojournError} `config_invalid` for an option that cannot be.
 */
export function prismaStore(
  prisma: PrismaDatabase,
  options: PrismaStoreOptions & { readonly users: false },
): Store<never>;
export function prismaStore<User extends BaseUser>(
  prisma: PrismaDatabase,
  options: PrismaStoreOptions & { readonly users: UserTable },
): Store<User>;
export function prismaStore(prisma: PrismaDatabase, options: PrismaStoreOptions): AccountStore;
export function prismaStore(prisma: PrismaDatabase, options: PrismaStoreOptions): Store {
  return openOnAppConnection(executorOn(prisma, options.dialect === "sqlite", timeoutOf(options)), options);
}
