import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { Migration } from "../sql/migrations.ts";
import { migrate } from "./migrate.ts";
import { migrations } from "../sql/sqlite/schema.ts";

const steps: readonly Migration[] = [
  { version: 1, sql: "CREATE TABLE one (a); CREATE TABLE uno (a);" },
  { version: 2, sql: "CREATE TABLE two (a);" },
];
const tablesOf = (database: DatabaseSync): unknown[] =>
  database
    .prepare("SELECT name FROM sqlite_schema WHERE name <> 'sojourn_migration' ORDER BY name")
    .all()
    .map(({ name }) => name);
const failure = (act: () => void): unknown => {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
};

describe("migrating", () => {
  it("takes each step once, in order", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, steps.slice(0, 1));
    expect(tablesOf(database)).toEqual(["one", "uno"]);
    migrate(database, steps);
    migrate(database, steps);
    expect(tablesOf(database)).toEqual(["one", "two", "uno"]);
  });

  it("does nothing to a database that is up to date, not even lock it", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, steps);
    const executed: string[] = [];
    migrate({ prepare: (sql) => database.prepare(sql), exec: (sql) => executed.push(sql) }, steps);
    expect(executed).toEqual([]);
  });

  it("refuses a database of a newer version, and touches nothing", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, steps);
    const error = failure(() => migrate(database, steps.slice(0, 1)));
    expect(error).toMatchObject({
      code: "store_schema_newer",
      message: expect.stringMatching(/step 2 .* up to 1\. Update/s) as string,
    });
    expect(tablesOf(database)).toEqual(["one", "two", "uno"]);
  });

  it("refuses a database whose steps were others", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, [{ version: 1, sql: "CREATE TABLE something_else (a);" }]);
    expect(failure(() => migrate(database, steps))).toMatchObject({ code: "store_schema_newer" });
    expect(tablesOf(database)).toEqual(["something_else"]);
  });

  it("takes all steps or none", () => {
    const database = new DatabaseSync(":memory:");
    const broken = [...steps, { version: 3, sql: "CREATE TABLE three (a); CREATE TABLE one (b);" }];
    expect(failure(() => migrate(database, broken))).toBeInstanceOf(Error);
    expect(tablesOf(database)).toEqual([]);
    expect(database.isTransaction).toBe(false);
    migrate(database, steps);
    expect(tablesOf(database)).toEqual(["one", "two", "uno"]);
  });

  it("numbers its own steps without a gap", () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, at) => at + 1));
  });
});
