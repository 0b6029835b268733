import type { SqlValue } from "../sql/driver.ts";

/**
 * An open SQLite database: a `DatabaseSync` of node:sqlite or @photostructure/sqlite, or a
 * `Database` of better-sqlite3. Anything synchronous with these methods does.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

/** A prepared statement of such a database. The optional methods tell the drivers apart. */
export interface SqliteStatement {
  get(...parameters: SqlValue[]): unknown;
  all(...parameters: SqlValue[]): unknown[];
  run(...parameters: SqlValue[]): { readonly changes: number | bigint };
  /** node:sqlite from 22.16 and 24 on: rows as arrays. */
  setReturnArrays?(enabled: boolean): void;
  /** node:sqlite: numbers rather than bigints, also where the app's connection defaults to those. */
  setReadBigInts?(enabled: boolean): void;
  /** better-sqlite3: rows as arrays. */
  raw?(enabled: boolean): unknown;
  /** better-sqlite3: bigints rather than numbers. */
  safeIntegers?(enabled: boolean): unknown;
}

/** How the rows of a statement come. */
export type RowShape = "array" | "object";

/** Makes a statement give its rows as plain as its driver can, which is also the fastest. */
export function shapeRows(statement: SqliteStatement): RowShape {
  statement.setReadBigInts?.(false);
  statement.safeIntegers?.(false);
  if (statement.setReturnArrays !== undefined) {
    statement.setReturnArrays(true);
    return "array";
  }
  if (statement.raw !== undefined) {
    statement.raw(true);
    return "array";
  }
  return "object";
}
