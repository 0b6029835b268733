import { createPool } from "mysql2/promise";
import { afterAll, expect, it } from "vitest";
import type { Migration } from "../sql/migrations.ts";
import { asAdmin, dropDatabases, newDatabase, describeMysql, urlOf } from "./database.fixture.ts";
import { mysql } from "./index.ts";
import { migrate } from "./migrate.ts";
import { type MysqlConnection, queryOf } from "./pool.ts";
import { migrations } from "./schema.ts";

const create = (table: string): string => `CREATE TABLE IF NOT EXISTS ${table} (a INT);`;
const steps: readonly Migration[] = [
  { version: 1, sql: `${create("one")}\n\n${create("uno")}\n` },
  { version: 2, sql: create("two") },
];

const tablesOf = async (name: string): Promise<unknown[]> =>
  (await asAdmin(`SHOW TABLES FROM ${name}`))
    .flatMap((row) => Object.values(row))
    .filter((table) => table !== "sojourn_migration");

/** Runs `use` on a connection to a new database. */
async function onNewDatabase(
  use: (connection: MysqlConnection, name: string) => Promise<void>,
): Promise<void> {
  const name = await newDatabase();
  const pool = createPool({ uri: urlOf(name) });
  const connection = await pool.getConnection();
  try {
    await use(connection, name);
  } finally {
    connection.release();
    await pool.end();
  }
}

describeMysql("migrating mysql", () => {
  afterAll(dropDatabases);

  it("takes each step once, in order", () =>
    onNewDatabase(async (connection, name) => {
      await migrate(connection, steps.slice(0, 1));
      expect(await tablesOf(name)).toEqual(["one", "uno"]);
      await migrate(connection, steps);
      await migrate(connection, steps);
      expect(await tablesOf(name)).toEqual(["one", "two", "uno"]);
    }));

  it("only looks where all is up to date", async () => {
    const name = await newDatabase();
    const first = mysql(urlOf(name));
    await first.migrate();
    await first.close();
    const pool = createPool({ uri: urlOf(name) });
    const executed: string[] = [];
    const getConnection = async (): Promise<MysqlConnection> => {
      const connection = await pool.getConnection();
      return {
        query: (query) => (executed.push(query.sql), connection.query(query)),
        execute: (query) => (executed.push(query.sql), connection.execute(query)),
        release: () => connection.release(),
        destroy: () => connection.destroy(),
      };
    };
    await mysql({ getConnection }).migrate();
    expect(executed.map((sql) => sql.split(" ")[0])).toEqual(["SELECT", "SELECT"]);
    await pool.end();
  });

  it("refuses a database of a newer version, and touches nothing", () =>
    onNewDatabase(async (connection, name) => {
      await migrate(connection, steps);
      await expect(migrate(connection, steps.slice(0, 1))).rejects.toMatchObject({
        code: "store_schema_newer",
      });
      expect(await tablesOf(name)).toEqual(["one", "two", "uno"]);
    }));

  it("refuses a database whose steps were others", () =>
    onNewDatabase(async (connection, name) => {
      await migrate(connection, [{ version: 1, sql: create("something_else") }]);
      await expect(migrate(connection, steps)).rejects.toMatchObject({ code: "store_schema_newer" });
      expect(await tablesOf(name)).toEqual(["something_else"]);
    }));

  it("takes a step again that was cut short, and lets go of the lock", () =>
    onNewDatabase(async (connection, name) => {
      const broken = [{ version: 1, sql: `${create("one")}\n\nCREATE TABLE;\n` }];
      await expect(migrate(connection, broken)).rejects.toThrow(/syntax/);
      expect(await tablesOf(name)).toEqual(["one"]);
      await onSameDatabase(name, (other) => migrate(other, steps));
      expect(await tablesOf(name)).toEqual(["one", "two", "uno"]);
    }));

  it("can repeat every statement of its own steps", () =>
    onNewDatabase(async (connection, name) => {
      await migrate(connection, migrations);
      const tables = await tablesOf(name);
      await connection.query(queryOf("DELETE FROM sojourn_migration"));
      await connection.query(queryOf("UPDATE sojourn_feed SET last_seq = 7"));
      await migrate(connection, migrations);
      expect(await tablesOf(name)).toEqual(tables);
      expect(await asAdmin(`SELECT last_seq FROM ${name}.sojourn_feed`)).toEqual([{ last_seq: 7 }]);
      expect(await asAdmin(`SELECT count(*) AS n FROM ${name}.sojourn_lock`)).toEqual([{ n: 256 }]);
    }));

  it("numbers its own steps without a gap, and needs neither triggers nor routines", () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, at) => at + 1));
    for (const { sql } of migrations) expect(sql).not.toMatch(/TRIGGER|PROCEDURE|FUNCTION|EVENT|FOREIGN/i);
  });

  it("needs no privilege beyond its own database's tables", async () => {
    const name = await newDatabase();
    const user = `'${name.slice(-16)}'@'%'`;
    const password = crypto.randomUUID();
    await asAdmin(
      `CREATE USER ${user} IDENTIFIED BY '${password}'`,
      `GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON ${name}.* TO ${user}`,
    );
    const url = new URL(urlOf(name));
    url.username = name.slice(-16);
    url.password = password;
    const store = mysql(url.href);
    try {
      await store.migrate();
      expect(await store.sessions.listByUser("nobody", 0, { limit: 1, offset: 0 })).toEqual([]);
    } finally {
      await store.close();
      await asAdmin(`DROP USER ${user}`);
    }
  });
});

describeMysql("the steps that a mysql database has yet to take", () => {
  afterAll(dropDatabases);

  it("are all of them for a new one, which is left as it is", async () => {
    const name = await newDatabase();
    const store = mysql(urlOf(name));
    const due = await store.pendingSteps?.();
    expect(due?.map(({ version }) => version)).toEqual([1]);
    expect(due?.[0]?.sql).toContain("CREATE TABLE IF NOT EXISTS sojourn_session");
    expect(await asAdmin(`SHOW TABLES FROM ${name}`)).toEqual([]);
    await store.close();
  });

  it("are none once they have been taken", async () => {
    const store = mysql(urlOf(await newDatabase()));
    await store.migrate();
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.close();
  });

  it("cannot be told of a newer one, nor of one that cannot be reached", async () => {
    const name = await newDatabase();
    const store = mysql(urlOf(name));
    await store.migrate();
    await asAdmin(`INSERT INTO ${name}.sojourn_migration VALUES (99, 'x')`);
    await expect(store.pendingSteps?.()).rejects.toMatchObject({ code: "store_schema_newer" });
    await store.close();
    await expect(store.pendingSteps?.()).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

async function onSameDatabase(
  name: string,
  use: (connection: MysqlConnection) => Promise<void>,
): Promise<void> {
  const pool = createPool({ uri: urlOf(name) });
  const connection = await pool.getConnection();
  try {
    await use(connection);
  } finally {
    connection.release();
    await pool.end();
  }
}
