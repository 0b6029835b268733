import type { SqlValue } from "../sql/driver.ts";
import type { SqlResult } from "../sql/executor.ts";
import { storeFailure } from "../store-failure.ts";
import type { PostgresConnection } from "./connection.ts";
import { openPool } from "./own-pool.ts";
import { type PgPool, pgConnection } from "./pg.ts";
import { type PostgresJsSql, postgresJsConnection } from "./postgres-js.ts";

/** What {@link LazyConnection} makes a connection of: a connection string, a `Pool` of pg, or the `sql` of postgres. */
export type ConnectionSource = string | PgPool | PostgresJsSql;

/** A connection that is made when first used, and closed if it was made here. */
export class LazyConnection implements PostgresConnection {
  readonly #source: ConnectionSource;
  readonly #prepare: boolean;
  readonly #timeout: number;
  readonly #stops = new Set<() => void>();
  #opened: Promise<PostgresConnection> | null = null;
  #closing: Promise<void> | null = null;

  /** @param timeout how long a statement may take, in ms. */
  constructor(source: ConnectionSource, prepare: boolean, timeout: number) {
    this.#source = source;
    this.#prepare = prepare;
    this.#timeout = timeout;
  }

  async run(text: string, values: readonly SqlValue[]): Promise<SqlResult> {
    return (await this.#open()).run(text, values);
  }

  listen(channel: string, heard: (payload: string) => void, onFailure: (error: unknown) => void): () => void {
    let stopped = false;
    let stopListening = (): void => {};
    const stop = (): void => {
      stopped = true;
      this.#stops.delete(stop);
      stopListening();
    };
    this.#stops.add(stop);
    const begin = async (): Promise<void> => {
      const connection = await this.#open();
      // A client that listens again by itself may do so once more after it was told to stop.
      const whileWanted = (payload: string): void => {
        if (!stopped) heard(payload);
      };
      if (!stopped) stopListening = connection.listen(channel, whileWanted, onFailure);
    };
    begin().catch(onFailure);
    return stop;
  }

  /** Closing twice is closing once. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A pool waits for the connection that listens.
    for (const stop of this.#stops) stop();
    await (await this.#opened?.catch(() => null))?.close();
  }

  #open(): Promise<PostgresConnection> {
    this.#opened ??= this.#connect().catch((error: unknown) => {
      this.#opened = null;
      throw storeFailure(error);
    });
    return this.#opened;
  }

  async #connect(): Promise<PostgresConnection> {
    const source = this.#source;
    if (typeof source === "string") return openPool(source, this.#prepare, this.#timeout);
    const keepOpen = async (): Promise<void> => {};
    return "unsafe" in source
      ? postgresJsConnection(source, this.#prepare, keepOpen)
      : pgConnection(source, this.#prepare, this.#timeout, keepOpen);
  }
}
