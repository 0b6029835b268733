import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import type { Store } from "../../ports/session-store.ts";
import { drizzleStore } from "./index.ts";

/** Opens the store in a process of a race. */
export function open(file: string): Store {
  const database = new Database(file);
  return { ...drizzleStore(drizzle(database), { dialect: "sqlite" }), close: () => void database.close() };
}
