import Database from "better-sqlite3";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import pg from "pg";
import type { Store } from "../../ports/session-store.ts";
import { kyselyStore } from "./index.ts";

/** Opens the store in a process of a race. @param where a file, or the URL of a database. */
export function open(where: string): Store {
  const dialect = where.startsWith("postgres:") ? "postgres" : "sqlite";
  const db = new Kysely<object>({
    dialect:
      dialect === "postgres"
        ? new PostgresDialect({ pool: new pg.Pool({ connectionString: where, max: 4 }) })
        : new SqliteDialect({ database: new Database(where) }),
  });
  return { ...kyselyStore(db, { dialect }), close: () => db.destroy() };
}
