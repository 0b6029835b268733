import type { SqlExecutor } from "../sql/executor.ts";
import { positionalRows } from "../sql/positional-rows.ts";

/** What is needed of a `PrismaClient` (7 or later, with a driver adapter). */
export interface PrismaDatabase extends PrismaQueries {
  $transaction(work: never, options: never): PromiseLike<unknown>;
}

/** What runs the statements: the client, or that of one transaction. */
export interface PrismaQueries {
  $queryRawUnsafe(text: string, ...values: never[]): PromiseLike<unknown>;
  $executeRawUnsafe(text: string, ...values: never[]): PromiseLike<number>;
}

/**
 * Runs statements over the app's Prisma client.
 *
 * @param shared whether all that the client does is done on one connection, as in SQLite.
 * @param patience how long a statement may wait for its turn there, in ms.
 */
export function executorOn(prisma: PrismaDatabase, shared: boolean, patience: number): SqlExecutor {
  return {
    async run(text, values, wanted = "rows") {
      const given = values as readonly never[];
      const act = (queries: PrismaQueries): PromiseLike<unknown> =>
        wanted === "count"
          ? queries.$executeRawUnsafe(text, ...given)
          : queries.$queryRawUnsafe(text, ...given);
      const mayWrite = !/^SELECT\b/.test(text);
      try {
        const answer = await (shared && mayWrite ? inTurn(prisma, patience, act) : act(prisma));
        return wanted === "count"
          ? { rows: [], changed: answer as number }
          : { rows: positionalRows(answer as readonly unknown[]), changed: 0 };
      } catch (error) {
        throw withCode(error);
      }
    },
  };
}

/**
 * Waits until no transaction of the app's is open on the one connection. A statement that slipped into one would be
 * undone with it: a session that was signed out would live on. Only transactions wait for each other, so one is
 * begun for its place in the queue; it is ended before the statement and begun anew behind it, so that nothing else
 * becomes a part of ours either.
 */
function inTurn(
  prisma: PrismaDatabase,
  patience: number,
  act: (queries: PrismaQueries) => PromiseLike<unknown>,
): PromiseLike<unknown> {
  const place = async (queries: PrismaQueries): Promise<unknown> => {
    await queries.$executeRawUnsafe("COMMIT");
    try {
      return await act(queries);
    } finally {
      await queries.$executeRawUnsafe("BEGIN");
    }
  };
  return prisma.$transaction(place as never, { maxWait: patience } as never);
}

/** Where Prisma keeps what the database said. */
interface PrismaFailure {
  readonly message?: unknown;
  readonly meta?: {
    readonly driverAdapterError?: {
      readonly cause?: { readonly kind?: string; readonly originalCode?: string };
    };
  };
}

/** What Prisma calls a failure of the connection, as the socket calls it. */
const socketCodes: Readonly<Record<string, string>> = {
  DatabaseNotReachable: "ECONNREFUSED",
  ConnectionClosed: "ECONNRESET",
  SocketTimeout: "ETIMEDOUT",
};

/** A failure with the code of the database or the socket, which Prisma puts further in. */
function withCode(error: unknown): unknown {
  const { meta, message } = (error ?? {}) as PrismaFailure;
  const cause = meta?.driverAdapterError?.cause;
  const code = cause?.originalCode ?? socketCodes[cause?.kind ?? ""];
  return code === undefined ? error : Object.assign(new Error(String(message), { cause: error }), { code });
}
