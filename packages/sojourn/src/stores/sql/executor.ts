import type { SqlRow, SqlValue } from "./driver.ts";

/** What a statement gave. Only what was wanted of it need be right. */
export interface SqlResult {
  /** By position, in the order of the statement's columns. */
  readonly rows: readonly SqlRow[];
  /** How many rows it changed. */
  readonly changed: number;
}

/** What the caller will look at: the rows, or how many were changed. */
export type Wanted = "rows" | "count";

/** Whatever runs one statement on a database: a pool, a client, the connection of an ORM. */
export interface SqlExecutor {
  /**
   * @param text its parameters as this executor wants them.
   * @param values bytes as Uint8Array, numbers as numbers.
   * @param wanted what will be looked at; some clients have a call for each. Default `rows`.
   */
  run(text: string, values: readonly SqlValue[], wanted?: Wanted): Promise<SqlResult>;
}
