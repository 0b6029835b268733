import Database from "better-sqlite3";
import { drizzle as onBetterSqlite } from "drizzle-orm/better-sqlite3";
import { drizzle as onPg } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Store } from "../../ports/session-store.ts";
import { drizzleStore } from "./index.ts";

/** Opens the store in a process of a race. @param where a file, or the URL of a database. */
export function open(where: string): Store {
  if (where.startsWith("postgres:")) {
    const pool = new pg.Pool({ connectionString: where, max: 4 });
    return { ...drizzleStore(onPg(pool), { dialect: "postgres" }), close: () => pool.end() };
  }
  const database = new Database(where);
  return {
    ...drizzleStore(onBetterSqlite(database), { dialect: "sqlite" }),
    close: () => void database.close(),
  };
}
