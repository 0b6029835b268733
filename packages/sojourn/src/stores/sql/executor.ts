import type { SqlRow, SqlValue } from "./driver.ts";

/** What a statement gave. */
export interface SqlResult {
  /** By position, in the order of the statement's columns. */
  readonly rows: readonly SqlRow[];
  /** How many rows it changed. */
  readonly changed: number;
}

/** Whatever runs one statement on a database: a pool, a client, the connection of an ORM. */
export interface SqlExecutor {
  /**
   * @param text its parameters as this executor wants them.
   * @param values bytes as Uint8Array, numbers as numbers.
   */
  run(text: string, values: readonly SqlValue[]): Promise<SqlResult>;
}
