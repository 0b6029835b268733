import type { SqliteDatabase } from "./database.ts";

/** Enough for any number of processes that open one new file at once. */
const mostAttempts = 100;

/**
 * Lets readers and one writer work side by side. Changing the journal needs the file to itself, and
 * SQLite does not wait for that: of several processes that open a new file at once, some are told
 * that it is locked. Those wait where waiting works, for the write lock, and look again.
 */
export function enterWal(database: SqliteDatabase): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (attempt === mostAttempts) throw error;
    }
    database.exec("BEGIN IMMEDIATE; COMMIT");
  }
}
