import type { RevocationSignals } from "../../ports/session-store.ts";
import { channel } from "../sql/postgres/schema.ts";
import type { PostgresConnection } from "./connection.ts";

/** Calls by NOTIFY that a session was ended. */
export function postgresSignals(connection: PostgresConnection): RevocationSignals {
  return {
    listen: (signal, onFailure) => connection.listen(channel, earOf(connection, signal), onFailure),
  };
}

/** Where statements find the tables: not always the first schema of the search path. */
const schemaOfTables = `SELECT namespace.nspname::text AS schema
  FROM pg_class AS found JOIN pg_namespace AS namespace ON namespace.oid = found.relnamespace
  WHERE found.oid = to_regclass('sojourn_session')`;

/** Hears what concerns the tables of this connection; as long as it does not know where they are, everything. */
function earOf(connection: PostgresConnection, signal: () => void): (payload: string) => void {
  let schema: unknown = null;
  const learn = async (): Promise<void> => {
    const { rows } = await connection.run(schemaOfTables, []);
    schema = rows[0]?.[0] ?? null;
  };
  return (payload) => {
    // Listening has just begun, or began before there were tables. What concerns others costs no more than a look.
    if (payload === "" || schema === null) learn().catch(() => {});
    if (payload === "" || schema === null || payload === schema) signal();
  };
}
