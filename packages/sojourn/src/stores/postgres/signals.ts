import type { RevocationSignals } from "../../ports/session-store.ts";
import { channel } from "../sql/postgres/schema.ts";
import type { PostgresConnection } from "./connection.ts";

/** Calls by NOTIFY that a session was ended. */
export function postgresSignals(connection: PostgresConnection): RevocationSignals {
  return {
    listen: (signal, onFailure) => connection.listen(channel, earOf(connection, signal), onFailure),
  };
}

/** Hears what concerns the tables of this connection; as long as it does not know where they are, everything. */
function earOf(connection: PostgresConnection, signal: () => void): (payload: string) => void {
  let schema: unknown = null;
  const learn = async (): Promise<void> => {
    const { rows } = await connection.run("SELECT current_schema()::text AS schema", []);
    schema = rows[0]?.[0] ?? null;
  };
  return (payload) => {
    // Listening has just begun. What concerns others too costs no more than a look.
    if (payload === "") learn().catch(() => {});
    if (payload === "" || schema === null || payload === schema) signal();
  };
}
