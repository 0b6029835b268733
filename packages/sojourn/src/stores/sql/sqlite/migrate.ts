import type { SqlExecutor } from "../executor.ts";
import { type AppliedMigration, type Migration, noteOf, pendingMigrations } from "../migrations.ts";
import { statementsOf } from "../statements-of.ts";
import { migrations, migrationTable } from "./schema.ts";

/**
 * Brings the tables up to date over a client that takes one statement at a time and may have no transactions.
 * Each statement makes what is not there yet, so many may begin at once, and whoever comes after one that broke
 * off goes on where it stopped; the step is noted last.
 *
 * @throws {SojournError} `store_schema_newer`; nothing has been changed then.
 */
export async function migrate(executor: SqlExecutor): Promise<void> {
  const steps = await pendingSteps(executor);
  if (steps.length === 0) return;
  await executor.run(migrationTable, [], "count");
  for (const step of steps) {
    for (const statement of statementsOf(step.sql)) await executor.run(repeatable(statement), [], "count");
    await executor.run(`${noteOf(step)} ON CONFLICT DO NOTHING`, [], "count");
  }
}

/** The steps that this database has yet to take. Changes nothing. @throws {SojournError} `store_schema_newer`. */
export async function pendingSteps(executor: SqlExecutor): Promise<readonly Migration[]> {
  return pendingMigrations(migrations, await appliedMigrations(executor));
}

const creation = /^CREATE (?:TABLE|(?:UNIQUE )?INDEX|TRIGGER|VIEW) /;

/** A statement that does no harm the second time. @throws for one that cannot be made so. */
export function repeatable(statement: string): string {
  if (!creation.test(statement)) throw new Error(`This may run once only: ${statement}`);
  return statement.replace(creation, "$&IF NOT EXISTS ");
}

async function appliedMigrations(executor: SqlExecutor): Promise<AppliedMigration[]> {
  const noted = "SELECT 1 AS noted FROM sqlite_schema WHERE type = 'table' AND name = 'sojourn_migration'";
  if ((await executor.run(noted, [])).rows.length === 0) return [];
  const { rows } = await executor.run("SELECT version, checksum FROM sojourn_migration ORDER BY version", []);
  return rows.map(([version, checksum]) => ({ version: Number(version), checksum: String(checksum) }));
}
