import type { SqlRow } from "../sql/driver.ts";
import { type AppliedMigration, type Migration, noteOf, pendingMigrations } from "../sql/migrations.ts";
import { migrationTable } from "../sql/sqlite/schema.ts";
import { shapeRows, type SqliteDatabase } from "./database.ts";

/**
 * Brings the tables up to date, also when several processes begin at once: whoever gets the write
 * lock first takes the steps, the others find them taken.
 *
 * @throws {SojournError} `store_schema_newer`; nothing has been changed then.
 */
export function migrate(database: SqliteDatabase, migrations: readonly Migration[]): void {
  // The usual case, an up-to-date file, is settled without the write lock.
  if (pendingIn(database, migrations).length === 0) return;

  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migrationTable);
    // Asked again under the lock: another process may have taken them meanwhile.
    for (const migration of pendingIn(database, migrations)) {
      database.exec(migration.sql);
      database.exec(noteOf(migration));
    }
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/** The steps that this database has yet to take. Changes nothing. @throws {SojournError} `store_schema_newer`. */
export function pendingIn(database: SqliteDatabase, migrations: readonly Migration[]): readonly Migration[] {
  return pendingMigrations(migrations, appliedMigrations(database));
}

function appliedMigrations(database: SqliteDatabase): AppliedMigration[] {
  const noted = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'sojourn_migration'";
  if (rowsOf(database, noted).length === 0) return [];
  return rowsOf(database, "SELECT version, checksum FROM sojourn_migration ORDER BY version").map(
    ([version, checksum]) => ({
      version: version as number,
      checksum: checksum as string,
    }),
  );
}

function rowsOf(database: SqliteDatabase, sql: string): SqlRow[] {
  const statement = database.prepare(sql);
  const shape = shapeRows(statement);
  const rows = statement.all() as object[];
  return shape === "array" ? (rows as SqlRow[]) : rows.map((row) => Object.values(row) as SqlRow);
}
