import type { SqlExecutor } from "../executor.ts";
import { type AppliedMigration, type Migration, noteOf, pendingMigrations } from "../migrations.ts";
import { migrations, migrationTable } from "./schema.ts";

/** A number that no app is likely to lock for purposes of its own. */
const lock = 5_764_607_523_034_234;

/**
 * Brings the tables up to date, also when many nodes begin at once: the lock lets one of them take the
 * steps, and the others find them taken. All steps are one statement, so it is all or nothing.
 *
 * @throws {SojournError} `store_schema_newer`; nothing has been changed then.
 */
export async function migrate(executor: SqlExecutor): Promise<void> {
  const steps = await pendingSteps(executor);
  if (steps.length > 0) await executor.run(migrationScript(steps), [], "count");
}

/** The steps that this database has yet to take. Changes nothing. @throws {SojournError} `store_schema_newer`. */
export async function pendingSteps(executor: SqlExecutor): Promise<readonly Migration[]> {
  return pendingMigrations(migrations, await appliedMigrations(executor));
}

/** One statement that takes these steps, each only if nobody has meanwhile. */
function migrationScript(steps: readonly Migration[]): string {
  const taken = steps.map(
    (step) => `
IF NOT EXISTS (SELECT 1 FROM sojourn_migration WHERE version = ${step.version}) THEN
${step.sql.trim()}
${noteOf(step)};
END IF;`,
  );
  return `DO $migration$ BEGIN
PERFORM pg_advisory_xact_lock(${lock});
${migrationTable};${taken.join("")}
END $migration$`;
}

async function appliedMigrations(executor: SqlExecutor): Promise<AppliedMigration[]> {
  const { rows: known } = await executor.run(
    "SELECT to_regclass('sojourn_migration') IS NOT NULL AS known",
    [],
  );
  if (!known[0]?.[0]) return [];
  const { rows } = await executor.run(
    "SELECT version::float8 AS version, checksum FROM sojourn_migration ORDER BY version",
    [],
  );
  return rows.map(([version, checksum]) => ({ version: Number(version), checksum: String(checksum) }));
}
