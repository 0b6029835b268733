import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import type { Store } from "../../ports/session-store.ts";
import { kyselyStore } from "./index.ts";

/** Opens the store in a process of a race. */
export function open(file: string): Store {
  const db = new Kysely<object>({ dialect: new SqliteDialect({ database: new Database(file) }) });
  return { ...kyselyStore(db, { dialect: "sqlite" }), close: () => db.destroy() };
}
