import type { SqlRow, SqlValue } from "./driver.ts";

/**
 * Rows by position, of what a client gives as objects. Every statement names its columns apart and none by a number,
 * so their values stand in the order of the columns.
 */
export function positionalRows(rows: readonly unknown[]): readonly SqlRow[] {
  return rows.map((row) => (Array.isArray(row) ? row : Object.values(row as object)).map(plain));
}

/** Whole numbers may come as bigint. Ours are all exact as numbers; an id of the app's that is not stays as it is. */
function plain(value: unknown): SqlValue {
  if (typeof value !== "bigint") return value as SqlValue;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : (value as unknown as SqlValue);
}
