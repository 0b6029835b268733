import type { SqlDialect } from "../account-tables.ts";
import { entryStatements } from "./entry-sql.ts";
import { castId, sessionStatements } from "./session-sql.ts";
import { userStatements } from "./user-sql.ts";

/** SQLite. */
export const sqliteDialect: SqlDialect = { sessionStatements, userStatements, entryStatements, castId };
