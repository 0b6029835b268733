import type { SqlRow } from "../sql/driver.ts";
import type { PostgresConnection } from "./connection.ts";

/** What is needed of the `sql` of the package postgres (3.4 or later). */
export interface PostgresJsSql {
  unsafe(
    text: string,
    values?: readonly never[],
    options?: { readonly prepare: boolean },
  ): { values(): Promise<PostgresJsRows> };
  listen(
    channel: string,
    heard: (payload: string) => void,
    listening?: () => void,
  ): Promise<{ unlisten(): Promise<void> }>;
}

/** The rows that it answers, by position, and how many the statement was about. */
export interface PostgresJsRows extends ReadonlyArray<readonly unknown[]> {
  readonly count: number;
}

/** @param prepare whether statements are prepared under a name. @param close closes the client, where it is ours. */
export function postgresJsConnection(
  sql: PostgresJsSql,
  prepare: boolean,
  close: () => Promise<void>,
): PostgresConnection {
  return {
    async run(text, values) {
      const rows = await sql
        .unsafe(text, values as readonly never[], { prepare: prepare && values.length > 0 })
        .values();
      return { rows: rows as unknown as readonly SqlRow[], changed: rows.count };
    },
    listen(channel, heard, onFailure) {
      // It listens again by itself on a new connection, and calls `listening` each time.
      const listening = sql.listen(channel, heard, () => heard(""));
      listening.catch(onFailure);
      // Where the client is being closed too, there may be nobody left to tell.
      return () => void listening.then((listener) => listener.unlisten()).catch(() => {});
    },
    close,
  };
}
