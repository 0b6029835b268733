import { SojournError } from "../../domain/errors.ts";
import { type PgPool, pgConnection } from "./pg.ts";
import { type PostgresJsSql, postgresJsConnection } from "./postgres-js.ts";
import type { PostgresConnection } from "./connection.ts";

/** How many connections a pool of ours has at most; one of them listens. */
const mostConnections = 10;
/** How long making a connection may take, in ms. */
const connectTimeout = 5000;
/** How long an idle connection is kept, in ms. */
const idleTimeout = 30_000;

/** Opens a pool of our own, with whichever of the two packages is installed. @throws {SojournError} `config_dependency_missing`. */
export async function openPool(url: string, prepare: boolean, timeout: number): Promise<PostgresConnection> {
  return (
    (await openWithPg(url, prepare, timeout)) ??
    (await openWithPostgresJs(url, prepare, timeout)) ??
    missing()
  );
}

async function openWithPg(
  url: string,
  prepare: boolean,
  timeout: number,
): Promise<PostgresConnection | null> {
  const pg = await importIfInstalled<{
    default: { Pool: new (options: object) => PgPool & { end(): Promise<void> } };
  }>(() => import("pg"));
  if (pg === null) return null;
  const pool = new pg.default.Pool({
    connectionString: url,
    max: mostConnections,
    connectionTimeoutMillis: connectTimeout,
    idleTimeoutMillis: idleTimeout,
    // The server gives up a statement that nobody waits for any more.
    statement_timeout: timeout,
    keepAlive: true,
    application_name: "sojourn",
  });
  return pgConnection(pool, prepare, timeout, () => pool.end());
}

async function openWithPostgresJs(
  url: string,
  prepare: boolean,
  timeout: number,
): Promise<PostgresConnection | null> {
  const postgres = await importIfInstalled<{
    default: (url: string, options: object) => PostgresJsSql & { end(options: object): Promise<void> };
  }>(() => import("postgres"));
  if (postgres === null) return null;
  const sql = postgres.default(url, {
    max: mostConnections,
    connect_timeout: connectTimeout / 1000,
    idle_timeout: idleTimeout / 1000,
    connection: { application_name: "sojourn", statement_timeout: timeout },
    onnotice: () => {},
  });
  return postgresJsConnection(sql, prepare, () => sql.end({ timeout: 5 }));
}

/** @returns null if the package is not there; a package that is there but broken is an error of its own. */
async function importIfInstalled<Module>(load: () => Promise<unknown>): Promise<Module | null> {
  try {
    return (await load()) as Module;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ERR_MODULE_NOT_FOUND") return null;
    throw error;
  }
}

function missing(): never {
  throw new SojournError("config_dependency_missing", {
    detail:
      "A connection string needs a client for PostgreSQL. Install one (npm install pg, or npm install postgres), or pass a pool that you have.",
  });
}
