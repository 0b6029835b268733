import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { SojournError } from "../../domain/errors.ts";
import type { SqliteDatabase } from "./database.ts";
import { enterWal } from "./write-ahead-log.ts";

/** How long a statement waits for another process to finish writing, in ms. node:sqlite itself would not wait at all. */
const busyTimeout = 5000;

/**
 * How much of the file is kept in memory at most, in KiB, and only as it is read. The 2 MiB of SQLite's
 * default hold a few thousand sessions; beyond, each check reads its pages from the system again.
 */
const pageCache = 32_768;

/** How much of the file is read as memory at most, in bytes: beyond the cache a page then costs no call to the system. */
const mapped = 2 ** 30;

/** A database that was opened here and is closed here. */
export interface OpenFile extends SqliteDatabase {
  close(): void;
}

/**
 * Opens a file with the SQLite that Node brings along; makes it and its folder if need be.
 *
 * @throws {SojournError} `config_dependency_missing` where Node brings none.
 */
export function openFile(file: string): OpenFile {
  const sqlite = builtInSqlite();
  if (isPath(file)) makeFile(file);
  const database = new sqlite.DatabaseSync(file);
  try {
    // First, so that the rest waits for its turn too.
    database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    enterWal(database);
    // With a write-ahead log this loses nothing when a process dies, and stays consistent when the machine does.
    database.exec("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    database.exec(`PRAGMA cache_size = -${pageCache}; PRAGMA mmap_size = ${mapped}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Looks into a file without making or changing it; one that does not exist is as good as empty. */
export function peek<Result>(file: string, look: (database: SqliteDatabase) => Result): Result {
  const sqlite = builtInSqlite();
  const database =
    isPath(file) && existsSync(file)
      ? new sqlite.DatabaseSync(file, { readOnly: true })
      : new sqlite.DatabaseSync(":memory:");
  try {
    return look(database);
  } finally {
    database.close();
  }
}

/** Asked for here rather than imported, so that this file loads on a Node without it too. */
function builtInSqlite(): typeof import("node:sqlite") {
  const sqlite = process.getBuiltinModule("node:sqlite") as typeof import("node:sqlite") | undefined;
  if (sqlite !== undefined) return sqlite;
  throw new SojournError("config_dependency_missing", {
    detail:
      "This Node.js has no node:sqlite. Use Node.js 22.13 or later, or open the file with better-sqlite3 or " +
      "@photostructure/sqlite and pass the open database: sqlite(new Database(file)).",
  });
}

/** Neither a database in memory (":memory:", "") nor a URI, which says for itself how to open the file. */
function isPath(file: string): boolean {
  return file !== "" && file !== ":memory:" && !file.startsWith("file:");
}

/** Sessions are for this process's user alone: SQLite would make a file that everybody may read. */
function makeFile(file: string): void {
  makeFolder(dirname(file));
  closeSync(openSync(file, "a", 0o600));
}

/** Level by level: where the system says that a folder cannot be, as below /proc, Node's own recursion never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  }
}
