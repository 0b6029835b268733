import type { SqlExecutor } from "../sql/executor.ts";

/** A PostgreSQL client, whatever its package. */
export interface PostgresConnection extends SqlExecutor {
  /**
   * Calls `heard` with the payload of each NOTIFY on the channel, and with an empty text whenever listening has
   * begun anew, which it does by itself.
   *
   * @returns a function that stops it.
   */
  listen(channel: string, heard: (payload: string) => void, onFailure: (error: unknown) => void): () => void;
  /** Closes what was opened here. */
  close(): Promise<void>;
}
