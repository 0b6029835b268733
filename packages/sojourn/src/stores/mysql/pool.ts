import { SojournError } from "../../domain/errors.ts";
import type { SqlValue } from "../sql/driver.ts";

/** A statement as it is handed to mysql2. */
export interface MysqlQuery {
  sql: string;
  values?: SqlValue[];
  rowsAsArray: true;
  typeCast: true;
  nestTables: false;
}

/** A connection of mysql2's promises, out of a pool. */
export interface MysqlConnection {
  execute(query: MysqlQuery): Promise<[unknown, unknown]>;
  query(query: MysqlQuery): Promise<[unknown, unknown]>;
  /** Gives it back to its pool. */
  release(): void;
  /** Ends it, and takes it out of its pool. */
  destroy(): void;
}

/** A pool of `mysql2/promise`. */
export interface MysqlPool {
  getConnection(): Promise<MysqlConnection>;
}

/** A pool of `mysql2`, which has one of promises in it. */
export interface MysqlCallbackPool {
  promise(): MysqlPool;
}

/** A pool that was made here and is ended here. */
export interface OwnPool extends MysqlPool {
  end(): Promise<void>;
}

/** What a pool that was made here is like. Parameters of the connection string come first. */
const settings = {
  connectionLimit: 10,
  connectTimeout: 5000,
  enableKeepAlive: true,
  keepAliveInitialDelay: 30_000,
};

/** How long a statement waits for another's lock, in s. InnoDB itself would wait 50. */
const lockWait = 2;

/** A statement whose rows come by position. */
export function queryOf(sql: string, values: SqlValue[] = []): MysqlQuery {
  return { sql, values, rowsAsArray: true, typeCast: true, nestTables: false };
}

/** Checks a connection string. @throws {SojournError} `config_invalid`, without the string: it holds a password. */
export function checkUrl(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol === "mysql:" || protocol === "mariadb:") return;
  throw new SojournError("config_invalid", {
    detail: "mysql: the connection string must be like mysql://user:password@host:3306/database.",
  });
}

/**
 * Makes a pool. Nothing is connected before it is used.
 *
 * @throws {SojournError} `config_dependency_missing` without mysql2.
 */
export async function openPool(url: string): Promise<OwnPool> {
  const { createPool } = await loadMysql2();
  const named = new URL(url).searchParams;
  const unnamed = Object.entries(settings).filter(([name]) => !named.has(name));
  const pool = createPool({ ...Object.fromEntries(unnamed), uri: url, trace: false });
  pool.on("connection", (connection) => {
    // A connection that breaks while it is idle leaves the pool by itself; nobody else has to hear of it.
    connection.on("error", () => {});
    connection.query(`SET SESSION innodb_lock_wait_timeout = ${lockWait}`, () => {});
  });
  return pool.promise();
}

async function loadMysql2(): Promise<typeof import("mysql2")> {
  try {
    return await import("mysql2");
  } catch (error) {
    throw new SojournError("config_dependency_missing", {
      detail: "The MySQL store needs the package mysql2. Install it: npm install mysql2",
      cause: error,
    });
  }
}

/**
 * Checks that values come and go as they are. A pool that is passed in has settings of its own, and
 * some of them would garble texts or turn times into strings.
 *
 * @throws {SojournError} `config_invalid`.
 */
export async function checkConnection(connection: MysqlConnection): Promise<void> {
  const [rows] = await connection.execute(
    queryOf(`SELECT @@character_set_client, @@character_set_connection, @@character_set_results,
      @@autocommit = 1, CAST(9007199254740991 AS SIGNED), X'00FF'`),
  );
  const [client, between, results, autocommit, number, bytes] = (rows as unknown[][])[0] ?? [];
  if ([client, between, results].some((charset) => charset !== "utf8mb4"))
    throw invalid("Its connections must use utf8mb4, which is mysql2's default: remove the option charset.");
  if (autocommit !== 1) throw invalid("Its connections must have autocommit on.");
  if (number !== Number.MAX_SAFE_INTEGER || !(bytes instanceof Uint8Array))
    throw invalid("Numbers and bytes must come as such: remove the options bigNumberStrings and typeCast.");
}

function invalid(detail: string): SojournError {
  return new SojournError("config_invalid", {
    detail: `The pool that was passed to mysql() does not fit. ${detail}`,
  });
}
