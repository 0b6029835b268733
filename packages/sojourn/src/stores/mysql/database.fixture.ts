import { createConnection } from "mysql2/promise";
import { describe } from "vitest";
import { serviceTest } from "../service-test.fixture.ts";

/** Where the tests find MariaDB or MySQL, with a user that may make databases; the variable says otherwise. */
const server: string = process.env["MYSQL_URL"] ?? "mysql://root@127.0.0.1:3306";

const isThere = await serviceTest(`MySQL at ${new URL(server).host}`, () => asAdmin("SELECT 1"));
/** `describe` where the server is there. */
export const describeMysql: typeof describe.skip = isThere ? describe : describe.skip;

const names: string[] = [];
const tables = ["session", "revocation", "user", "credential", "entry"].map((name) => `sojourn_${name}`);

/** The connection string of a database. */
export const urlOf = (name: string): string => `${server}/${name}`;

/** The name of the database that a connection string leads to. */
export const nameOf = (url: string): string => new URL(url).pathname.slice(1);

/** Makes an empty database of a name that nobody else has. @returns the name. */
export async function newDatabase(): Promise<string> {
  const name = `sojourn_test_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  names.push(name);
  await asAdmin(`CREATE DATABASE ${name}`);
  return name;
}

/** Empties the tables of a database, if it has them: quicker than a new one. */
export async function emptyDatabase(name: string): Promise<void> {
  if ((await asAdmin(`SHOW TABLES FROM ${name} LIKE 'sojourn_session'`)).length === 0) return;
  await asAdmin(
    ...tables.map((table) => `DELETE FROM ${name}.${table}`),
    `UPDATE ${name}.sojourn_feed SET last_seq = 0`,
  );
}

/** Removes every database that was made here. */
export async function dropDatabases(): Promise<void> {
  if (names.length > 0) await asAdmin(...names.splice(0).map((name) => `DROP DATABASE ${name}`));
}

/** Runs statements beside the store. @returns the rows of the last, by name. */
export async function asAdmin(...statements: string[]): Promise<Record<string, unknown>[]> {
  const connection = await createConnection(server);
  try {
    let rows: unknown = [];
    for (const statement of statements) [rows] = await connection.query(statement);
    return rows as Record<string, unknown>[];
  } finally {
    await connection.end();
  }
}

/** The connections that a database has open. */
export async function connectionsTo(name: string): Promise<number[]> {
  const rows = await asAdmin(`SELECT id AS n FROM information_schema.processlist WHERE db = '${name}'`);
  return rows.map(({ n }) => Number(n));
}

/** The connection that is busy with a statement that begins so; waits until there is one. */
export async function blockedIn(name: string, statement: string): Promise<number> {
  for (;;) {
    const [row] = await asAdmin(
      `SELECT id AS n FROM information_schema.processlist WHERE db = '${name}' AND info LIKE '${statement}%'`,
    );
    if (row !== undefined) return Number(row["n"]);
  }
}
