import type { SqlExecutor } from "../sql/executor.ts";

/** A PostgreSQL client, whatever its package. */
export interface PostgresConnection extends SqlExecutor {
  /** Calls `heard` on each NOTIFY on the channel, and whenever listening has begun anew. Tries again by itself. @returns a function that stops it. */
  listen(channel: string, heard: () => void, onFailure: (error: unknown) => void): () => void;
  /** Closes what was opened here. */
  close(): Promise<void>;
}
