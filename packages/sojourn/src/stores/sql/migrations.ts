import { createHash } from "node:crypto";
import { SojournError } from "../../domain/errors.ts";

/** One step of the schema. Steps only go forward, and one that was published is never edited. */
export interface Migration {
  /** 1, 2, 3, ... without a gap. */
  readonly version: number;
  readonly sql: string;
}

/** A step that a database says it has taken. */
export interface AppliedMigration {
  readonly version: number;
  readonly checksum: string;
}

/** Tells two texts of one step apart. */
export function checksumOf(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}

/** The statement by which a database notes that it has taken a step. */
export function noteOf(migration: Migration): string {
  return `INSERT INTO sojourn_migration (version, checksum) VALUES (${migration.version}, '${checksumOf(migration)}')`;
}

/**
 * The steps that a database still has to take, in order.
 *
 * @throws {SojournError} `store_schema_newer` if it has taken a step that is not known here, or one
 * of another text: this version would misread what is stored, so it touches nothing.
 */
export function pendingMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  for (const { version, checksum } of applied) {
    const migration = known.find((step) => step.version === version);
    if (migration === undefined || checksumOf(migration) !== checksum) {
      throw new SojournError("store_schema_newer", {
        detail:
          `The store has schema step ${version} of another version of Sojourn; this version knows steps up to ` +
          `${known.length}. Update the sojourn package, or use the store that belongs to this version.`,
      });
    }
  }
  const taken = new Set(applied.map(({ version }) => version));
  return known.filter(({ version }) => !taken.has(version));
}
