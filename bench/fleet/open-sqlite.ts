import type { Store } from "sojourn";
import { sqlite } from "sojourn/sqlite";

/** The store of a fleet on one SQLite file. */
export function open(file: string): Store {
  return sqlite(file, { users: false });
}
