import { SojournError } from "../domain/errors.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import { FlexibleLimiter } from "./flexible-limiter.ts";

/** A pool or client of pg. */
export interface PgLimiterConnection {
  query(statement: { text: string; values?: unknown[] }): Promise<QueryAnswer>;
}

/** What postgres.js gives: `postgres(url)`. */
export interface PostgresJsLimiterConnection {
  unsafe(text: string, values?: never[]): Promise<unknown[] & { readonly count: number | null }>;
}

/** The options of {@link postgresLimiter}. */
export interface PostgresLimiterOptions {
  /** Made when it is not there. Default `"sojourn_rate_limit"`. */
  readonly table?: string;
}

interface Statement {
  readonly text: string;
  readonly values?: unknown[];
}

interface QueryAnswer {
  readonly rows: unknown[];
  readonly rowCount: number | null;
}

/** What PostgreSQL answers to whoever makes, at the same moment, a table that somebody else is making. */
const madeMeanwhile: ReadonlySet<unknown> = new Set(["23505", "42710", "42P07"]);

/** IF NOT EXISTS looks before the other's is there, and fails after it; the second time it finds it. */
async function makeTable(run: (statement: Statement) => Promise<QueryAnswer>, table: string): Promise<void> {
  try {
    await run(making(table));
  } catch (error) {
    if (!madeMeanwhile.has((error as { readonly code?: unknown }).code)) throw error;
    await run(making(table));
  }
}

/** After so many counts what is over is removed once. */
const countsPerCleaning = 500;

/**
 * Counts attempts in PostgreSQL, for all processes together, by rate-limiter-flexible. Each count is one row.
 *
 * @param connection a pool of pg, or what postgres.js gives. It stays yours.
 * @throws {SojournError} `config_invalid` for anything else.
 */
export function postgresLimiter(
  connection: PgLimiterConnection | PostgresJsLimiterConnection,
  { table = "sojourn_rate_limit" }: PostgresLimiterOptions = {},
): RateLimiter {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(table))
    throw invalid("table must be a name of letters, digits and _.");
  const run = runnerOf(connection);
  let counts = 0;
  const query = async (statement: Statement): Promise<QueryAnswer> => {
    counts += 1;
    // Nobody waits for it, and where it fails the next one does it.
    if (counts % countsPerCleaning === 0) void run(cleaning(table)).catch(() => undefined);
    return run(statement);
  };
  let made: Promise<unknown> | null = null;
  return new FlexibleLimiter(async (points, duration) => {
    const { RateLimiterPostgres } = await import("rate-limiter-flexible");
    made ??= makeTable(run, table).catch((error: unknown) => {
      made = null;
      throw error;
    });
    await made;
    return new RateLimiterPostgres({
      // As it asks a client: whether there is a pool behind it is our affair.
      storeClient: { query },
      storeType: "client",
      tableName: table,
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: "",
      points,
      duration,
    });
  });
}

function runnerOf(
  connection: PgLimiterConnection | PostgresJsLimiterConnection,
): (statement: Statement) => Promise<QueryAnswer> {
  if ("unsafe" in connection) {
    return async ({ text, values = [] }) => {
      const rows = await connection.unsafe(text, values as never[]);
      return { rows, rowCount: rows.count };
    };
  }
  if ("query" in connection) {
    // Without a name: prepared statements do not survive poolers that share connections.
    return ({ text, values = [] }) => connection.query({ text, values });
  }
  throw invalid("it takes a pool of pg, or what postgres() of postgres.js gives.");
}

/** As rate-limiter-flexible expects it. Two that make it at once are told of each other by an error (23505), which is none. */
function making(table: string): Statement {
  return {
    text: `DO $$ BEGIN
  IF to_regclass('"${table}"') IS NULL THEN
    CREATE TABLE "${table}" (key varchar(255) PRIMARY KEY, points integer NOT NULL DEFAULT 0, expire bigint);
  END IF;
EXCEPTION WHEN duplicate_table OR unique_violation THEN NULL;
END $$`,
  };
}

function cleaning(table: string): Statement {
  return { text: `DELETE FROM "${table}" WHERE expire < extract(epoch FROM now()) * 1000` };
}

function invalid(detail: string): SojournError {
  return new SojournError("config_invalid", { detail: `postgresLimiter(): ${detail}` });
}
