import { spawnSync } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { checkSecret } from "../crypto/secrets.ts";
import {
  asAdmin,
  describeMysql,
  dropDatabases,
  newDatabase,
  urlOf,
} from "../stores/mysql/database.fixture.ts";
import { mysql } from "../stores/mysql/index.ts";
import { describePostgres, makeSchema } from "../stores/postgres/server.fixture.ts";
import { postgres } from "../stores/postgres/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";

function sojourn(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...words], {
    encoding: "utf8",
  });
}

describe("the command line", () => {
  it("prints a secret that the boot check takes, a new one each time", () => {
    const [first, second] = [sojourn("secret"), sojourn("secret")].map(({ stdout }) => stdout.trim());
    expect(() => checkSecret(first, "secret")).not.toThrow();
    expect(first).not.toBe(second);
  });

  it("shows how it is used", () => {
    expect(sojourn("--help")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("Usage: sojourn") as string,
    });
  });

  it.each([[[]], [["sekret"]], [["secret", "more"]], [["--what"]]])(
    "answers %j with its usage and exit code 2",
    (words) => {
      const result = sojourn(...words);
      expect(result.status).toBe(2);
      expect(result.stderr).toContain("Usage: sojourn");
      expect(result.stdout).toBe("");
    },
  );

  it("prints a schema for SQLite after which there is nothing to migrate", async () => {
    const { status, stdout } = sojourn("schema", "sqlite");
    expect(status).toBe(0);
    const database = new DatabaseSync(":memory:");
    database.exec(stdout);
    const store = sqlite(database);
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.migrate();
    const made = (of: DatabaseSync): unknown =>
      of.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
    const other = new DatabaseSync(":memory:");
    await sqlite(other).migrate();
    expect(made(database)).toEqual(made(other));
  });

  it.each([[[]], [["oracle"]], [["sqlite", "postgres"]], [["Sqlite"]]])(
    "answers schema %j with one line that says what to write, and exit code 2",
    (words) => {
      const { status, stdout, stderr } = sojourn("schema", ...words);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(
        /^Name one database: sojourn schema sqlite, or .*, or sojourn schema mysql\.\n$/,
      );
    },
  );
});

describePostgres("the command line", () => {
  it("prints a schema for PostgreSQL after which there is nothing to migrate", async () => {
    const schema = await makeSchema();
    await schema.run(sojourn("schema", "postgres").stdout);
    const before = await schema.run("SELECT * FROM sojourn_migration");
    expect(before.map(({ version }) => version)).toEqual([1]);
    const store = postgres(schema.url, { listen: false });
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.migrate();
    expect(await schema.run("SELECT * FROM sojourn_migration")).toEqual(before);
    await store.close();
    await schema.drop();
  });
});

describeMysql("the command line", () => {
  afterAll(dropDatabases);

  it("prints a schema for MySQL after which there is nothing to migrate", async () => {
    const name = await newDatabase();
    const statements = sojourn("schema", "mysql").stdout.split("--> statement-breakpoint");
    await asAdmin(`USE ${name}`, ...statements);
    const store = mysql(urlOf(name));
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.migrate();
    expect(await asAdmin(`SELECT version FROM ${name}.sojourn_migration`)).toEqual([{ version: 1 }]);
    await store.close();
  });
});
