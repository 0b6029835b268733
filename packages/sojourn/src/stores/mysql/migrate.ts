import { type AppliedMigration, checksumOf, type Migration, pendingMigrations } from "../sql/migrations.ts";
import { isMissingTable } from "./failures.ts";
import { type MysqlConnection, queryOf } from "./pool.ts";
import { migrationTable } from "./schema.ts";

/** How long a process waits for another that is changing the tables, in s. */
const patience = 30;

/** One lock for each database of a server, whose locks have names for all of them. */
const lockName = "CONCAT('sojourn.', LEFT(SHA2(DATABASE(), 256), 40))";

/**
 * Brings the tables up to date, also when several processes begin at once: one takes the steps, the
 * others wait and find them taken. MySQL commits at every definition, so a process that dies in between
 * leaves a step half taken; the next takes it again from the beginning, which is why each of its
 * statements can be repeated. Takes a lock and is slow: first ask {@link pendingIn} whether there is need.
 *
 * @throws {SojournError} `store_schema_newer`; nothing has been changed then.
 */
export async function migrate(connection: MysqlConnection, migrations: readonly Migration[]): Promise<void> {
  const [[locked] = []] = await rowsOf(connection, `SELECT GET_LOCK(${lockName}, ${patience})`);
  if (locked !== 1) throw new Error("Another process is still changing the tables.");
  try {
    await connection.query(queryOf(migrationTable));
    // Asked again under the lock: another process may have taken them meanwhile.
    for (const migration of await pendingIn(connection, migrations)) await take(connection, migration);
  } finally {
    await connection.query(queryOf(`DO RELEASE_LOCK(${lockName})`));
  }
}

/** The steps that this database has yet to take. Changes nothing. @throws {SojournError} `store_schema_newer`. */
export async function pendingIn(
  connection: MysqlConnection,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  return pendingMigrations(migrations, await appliedMigrations(connection));
}

async function take(connection: MysqlConnection, migration: Migration): Promise<void> {
  const statements = migration.sql.split(/;\s*(?:\n|$)/).filter((text) => text.trim() !== "");
  for (const statement of statements) await connection.query(queryOf(statement));
  // Noted last: until then the step counts as not taken. A cluster may have let two processes take it.
  await connection.execute(
    queryOf("INSERT IGNORE INTO sojourn_migration (version, checksum) VALUES (?, ?)", [
      migration.version,
      checksumOf(migration),
    ]),
  );
}

async function appliedMigrations(connection: MysqlConnection): Promise<AppliedMigration[]> {
  try {
    const rows = await rowsOf(connection, "SELECT version, checksum FROM sojourn_migration ORDER BY version");
    return rows.map(([version, checksum]) => ({ version: version as number, checksum: checksum as string }));
  } catch (error) {
    if (isMissingTable(error)) return [];
    throw error;
  }
}

async function rowsOf(connection: MysqlConnection, sql: string): Promise<unknown[][]> {
  const [rows] = await connection.query(queryOf(sql));
  return rows as unknown[][];
}
