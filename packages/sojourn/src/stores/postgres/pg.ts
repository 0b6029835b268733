import { createHash } from "node:crypto";
import { setTimeout as after } from "node:timers";
import type { SqlRow } from "../sql/driver.ts";
import type { PostgresConnection } from "./connection.ts";

/** What is needed of a `Pool` of the package pg (8 or later). */
export interface PgPool {
  query(query: PgQuery): Promise<PgResult>;
  connect(): Promise<PgClient>;
  on(event: "error", listener: (error: Error) => void): unknown;
  readonly options?: { readonly max?: number };
}

/** One connection of such a pool. */
export interface PgClient {
  query(query: PgQuery): Promise<PgResult>;
  /** With a notification comes `{ payload }`, with an error the error. */
  on(event: "notification" | "end" | "error", listener: (argument: never) => void): unknown;
  /** @param destroy closes the connection instead of keeping it for the next. */
  release(destroy?: boolean): void;
}

/** A statement as pg takes it. With a name it is prepared once in each connection. */
export interface PgQuery {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
  readonly rowMode?: "array";
  /** How long to wait for the answer, in ms; the connection is given up then, and the pool makes a new one. */
  readonly query_timeout?: number;
}

/** What pg answers. */
export interface PgResult {
  readonly rows: readonly unknown[];
  readonly rowCount: number | null;
}

/** Between a listening connection that broke and the next one, in ms. */
const pauseBeforeListening = 500;

/** The pools that are listened to for errors already. */
const heeded = new WeakSet<PgPool>();

/**
 * @param prepare whether statements are prepared under a name.
 * @param timeout how long a statement may take, in ms.
 * @param close closes the pool, where it is ours.
 */
export function pgConnection(
  pool: PgPool,
  prepare: boolean,
  timeout: number,
  close: () => Promise<void>,
): PostgresConnection {
  const names = new Map<string, string>();
  const nameOf = (text: string): string => {
    const name = names.get(text) ?? `sojourn_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
    names.set(text, name);
    return name;
  };
  // An idle connection that breaks is the pool's affair: it makes a new one. Unheard, the event would end the process.
  if (!heeded.has(pool)) pool.on("error", () => {});
  heeded.add(pool);
  return {
    async run(text, values) {
      const query = { text, values, rowMode: "array", query_timeout: timeout } as const;
      // A statement without parameters is a migration or asked once.
      const named = prepare && values.length > 0 ? { ...query, name: nameOf(text) } : query;
      const { rows, rowCount } = await pool.query(named);
      return { rows: rows as readonly SqlRow[], changed: rowCount ?? 0 };
    },
    listen: (channel, heard, onFailure) => listenOn(pool, channel, heard, onFailure),
    close,
  };
}

function listenOn(
  pool: PgPool,
  channel: string,
  heard: (payload: string) => void,
  onFailure: (error: unknown) => void,
): () => void {
  let stopped = false;
  let release = (): void => {};

  const begin = async (): Promise<void> => {
    const client = await pool.connect();
    let over = false;
    const end = (error?: unknown): void => {
      if (over) return;
      over = true;
      client.release(true);
      if (stopped) return;
      onFailure(error ?? new Error("The connection that listens for revocations was closed."));
      again();
    };
    release = end;
    client.on("error", end);
    client.on("end", () => end());
    client.on("notification", ({ payload = "" }: { readonly payload?: string }) => heard(payload));
    if (stopped) return end();
    await client.query({ text: `LISTEN ${channel}` }).then(() => heard(""), end);
  };
  const again = (): void => {
    after(() => void (stopped || attempt()), pauseBeforeListening).unref();
  };
  const attempt = (): Promise<void> =>
    begin().catch((error: unknown) => {
      if (stopped) return;
      onFailure(error);
      again();
    });

  void attempt();
  return () => {
    stopped = true;
    release();
  };
}
