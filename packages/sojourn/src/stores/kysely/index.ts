import type { BaseUser } from "../../domain/principal.ts";
import type { Store } from "../../ports/session-store.ts";
import type { AccountStore } from "../account-directory.ts";
import { type AppConnectionOptions, openOnAppConnection } from "../sql/app-connection.ts";
import type { SqlExecutor } from "../sql/executor.ts";
import { positionalRows } from "../sql/positional-rows.ts";
import type { UserTable } from "../sql/user-table.ts";

export type { AccountDirectory, AccountStore } from "../account-directory.ts";
export type { UserTable } from "../sql/user-table.ts";

/** What {@link kyselyStore} can be told. */
export type KyselyStoreOptions = AppConnectionOptions;

/** What is needed of a `Kysely` (0.27 or later). */
export interface KyselyDatabase {
  withoutPlugins(): { executeQuery(query: never): Promise<KyselyResult> };
}

/** What it answers. */
export interface KyselyResult {
  readonly rows: readonly unknown[];
  readonly numAffectedRows?: bigint | undefined;
}

/**
 * Sessions, and Sojourn's own users, over the app's Kysely. The tables (`sojourn_...`) are made and kept up to
 * date. The connection is the app's: it stays open on `close()`, and nothing listens on it.
 *
 * @param db the database itself, not a transaction on it.
 * @returns a store whose verbs reject with SojournError `store_unavailable` when the database fails, and at first
 * use with `store_schema_newer`.
 * @throws {SojournError} `config_invalid` for an option that cannot be.
 */
export function kyselyStore(
  db: KyselyDatabase,
  options: KyselyStoreOptions & { readonly users: false },
): Store<never>;
export function kyselyStore<User extends BaseUser>(
  db: KyselyDatabase,
  options: KyselyStoreOptions & { readonly users: UserTable },
): Store<User>;
export function kyselyStore(db: KyselyDatabase, options: KyselyStoreOptions): AccountStore;
export function kyselyStore(db: KyselyDatabase, options: KyselyStoreOptions): Store {
  return openOnAppConnection(executorOn(db), options);
}

function executorOn(db: KyselyDatabase): SqlExecutor {
  // Plugins are for the app's tables: one that renames columns or reads JSON would do so to ours.
  const plain = db.withoutPlugins();
  return {
    async run(text, values) {
      const { rows, numAffectedRows } = await plain.executeQuery(compiled(text, values) as never);
      return { rows: positionalRows(rows), changed: Number(numAffectedRows ?? 0) };
    },
  };
}

/** What `CompiledQuery.raw` makes, without loading Kysely for it. */
function compiled(sql: string, parameters: readonly unknown[]): object {
  const query = { kind: "RawNode", sqlFragments: [sql], parameters: [] };
  return { sql, parameters, query, queryId: { queryId: "sojourn" } };
}
