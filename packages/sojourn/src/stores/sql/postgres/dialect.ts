import type { SqlDialect } from "../account-tables.ts";
import { entryStatements } from "./entry-sql.ts";
import { castId, sessionStatements } from "./session-sql.ts";
import { userStatements } from "./user-sql.ts";

/** PostgreSQL. */
export const postgresDialect: SqlDialect = { sessionStatements, userStatements, entryStatements, castId };

/** Puts `?` by position into PostgreSQL's `$1`, `$2`, ... No statement of ours has a question mark otherwise. */
export function numberParameters(text: string): string {
  let number = 0;
  return text.replace(/\?/g, () => `$${(number += 1)}`);
}
