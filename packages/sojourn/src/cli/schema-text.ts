import * as mysql from "../stores/mysql/schema.ts";
import { type Migration, noteOf } from "../stores/sql/migrations.ts";
import * as postgres from "../stores/sql/postgres/schema.ts";
import * as sqlite from "../stores/sql/sqlite/schema.ts";
import { statementsOf } from "../stores/sql/statements-of.ts";

interface Schema {
  readonly name: string;
  readonly migrationTable: string;
  readonly migrations: readonly Migration[];
}

/** A database whose schema can be had as a text. */
export type SchemaDialect = "sqlite" | "postgres" | "mysql";

const schemas: Readonly<Record<SchemaDialect, Schema>> = {
  sqlite: { name: "SQLite", ...sqlite },
  postgres: { name: "PostgreSQL", ...postgres },
  mysql: { name: "MySQL or MariaDB", ...mysql },
};

/** All of them. */
export const schemaDialects: readonly SchemaDialect[] = Object.keys(schemas) as SchemaDialect[];

/** Drizzle's sign between two statements, for clients that take one at a time; to all others a comment. */
const breakpoint = "\n--> statement-breakpoint\n";

/**
 * Everything that `migrate()` would do to an empty database, as SQL for a migration of the app's own. The steps are
 * noted as taken, so `migrate()` finds nothing left to do.
 */
export function schemaText(dialect: SchemaDialect): string {
  const { name, migrationTable, migrations } = schemas[dialect];
  const statements = [
    migrationTable,
    ...migrations.flatMap((step) => [...statementsOf(step.sql), noteOf(step)]),
  ];
  const head = `-- The tables of Sojourn in ${name}, up to step ${migrations.length}. After it migrate() has nothing to do.\n`;
  return `${head}${statements.map((statement) => `${statement};`).join(breakpoint)}\n`;
}
