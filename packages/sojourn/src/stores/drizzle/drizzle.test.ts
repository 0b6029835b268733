import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { drizzle as onBetterSqlite } from "drizzle-orm/better-sqlite3";
import { migrate as migrateBetterSqlite } from "drizzle-orm/better-sqlite3/migrator";
import { drizzle as onPg } from "drizzle-orm/node-postgres";
import { migrate as migratePg } from "drizzle-orm/node-postgres/migrator";
import { drizzle as onPostgresJs } from "drizzle-orm/postgres-js";
import { migrate as migratePostgresJs } from "drizzle-orm/postgres-js/migrator";
import pg from "pg";
import type postgresJs from "postgres";
import { afterAll, describe, expect, it } from "vitest";
import { appConnectionSuite } from "../app-connection.fixture.ts";
import { describePostgres, drivers, makeSchema } from "../postgres/server.fixture.ts";
import { type SchemaDialect, schemaText } from "../../cli/schema-text.ts";
import { drizzleStore } from "./index.ts";

appConnectionSuite({
  name: "drizzle by better-sqlite3",
  dialect: "sqlite",
  connect(where) {
    const database = new Database(where);
    const db = onBetterSqlite(database);
    return {
      store: (options) => drizzleStore(db, { dialect: "sqlite", ...options }),
      end: async () => void database.close(),
    };
  },
});

appConnectionSuite({
  name: "drizzle by pg",
  dialect: "postgres",
  connect(where) {
    const pool = new pg.Pool({ connectionString: where, max: 4 });
    const db = onPg(pool);
    return {
      store: (options) => drizzleStore(db, { dialect: "postgres", ...options }),
      end: () => pool.end(),
    };
  },
});

appConnectionSuite({
  name: "drizzle by postgres",
  dialect: "postgres",
  connect(where) {
    const { client, end } = drivers.postgres(where);
    const db = onPostgresJs(client as unknown as postgresJs.Sql);
    return { store: (options) => drizzleStore(db, { dialect: "postgres", ...options }), end };
  },
});

const folder = mkdtempSync(join(tmpdir(), "sojourn-drizzle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder as drizzle-kit makes it for a migration written by hand. */
function migrationsFor(dialect: SchemaDialect): { migrationsFolder: string } {
  const migrationsFolder = join(folder, dialect);
  mkdirSync(join(migrationsFolder, "meta"), { recursive: true });
  const entries = [{ idx: 0, version: "7", when: 1_893_456_000_000, tag: "0000_sojourn", breakpoints: true }];
  writeFileSync(
    join(migrationsFolder, "meta/_journal.json"),
    JSON.stringify({ version: "7", dialect, entries }),
  );
  writeFileSync(join(migrationsFolder, "0000_sojourn.sql"), schemaText(dialect));
  return { migrationsFolder };
}

describe("the printed schema, as a migration of drizzle's own", () => {
  it("makes the tables in SQLite, and migrate() has nothing to do", async () => {
    const db = onBetterSqlite(new Database(":memory:"));
    migrateBetterSqlite(db, migrationsFor("sqlite"));
    const store = drizzleStore(db, { dialect: "sqlite" });
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.migrate();
  });
});

describePostgres("the printed schema, as a migration of drizzle's own", () => {
  it.each(["pg", "postgres"] as const)(
    "makes the tables by %s, and migrate() has nothing to do",
    async (driver) => {
      const schema = await makeSchema();
      const { client, end } = drivers[driver](schema.url);
      const config = { ...migrationsFor("postgres"), migrationsSchema: schema.name };
      const onClient = {
        pg: async () => {
          const db = onPg(client as unknown as pg.Pool);
          await migratePg(db, config);
          return db;
        },
        postgres: async () => {
          const db = onPostgresJs(client as unknown as postgresJs.Sql);
          await migratePostgresJs(db, config);
          return db;
        },
      };
      const store = drizzleStore(await onClient[driver](), { dialect: "postgres" });
      expect(await store.pendingSteps?.()).toEqual([]);
      await store.migrate();
      await end();
      await schema.drop();
    },
  );
});
