import type { MaybePromise } from "../../domain/maybe-promise.ts";

/** What a column may hold. Booleans are 0 and 1, times are ms since the epoch. */
export type SqlValue = null | number | string | Uint8Array;

/** One row, by position: in the order of the statement's columns. */
export type SqlRow = readonly SqlValue[];

/** A statement that gives rows, prepared once. */
export interface SqlQuery {
  /** The first row, for statements that only read. */
  first(...parameters: readonly SqlValue[]): MaybePromise<SqlRow | undefined>;
  /** Every row. Runs the statement to its end, so what it wrote is committed when this answers. */
  all(...parameters: readonly SqlValue[]): MaybePromise<readonly SqlRow[]>;
}

/** A statement that only writes, prepared once. */
export interface SqlCommand {
  /** @returns how many rows it changed itself; what triggers changed does not count. */
  run(...parameters: readonly SqlValue[]): MaybePromise<number>;
}

/**
 * All that the SQL stores ask of a database. Every statement is its own transaction, so this fits
 * databases that are driven over HTTP too. Parameters are `?`, by position. Whatever fails is a
 * SojournError `store_unavailable`.
 */
export interface SqlDriver {
  query(text: string): SqlQuery;
  command(text: string): SqlCommand;
}
