import Database from "better-sqlite3";
import { CamelCasePlugin, Kysely, ParseJSONResultsPlugin, PostgresDialect, sql, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import pg from "pg";
import { expect, it } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { appConnectionSuite } from "../app-connection.fixture.ts";
import { schemaText } from "../../cli/schema-text.ts";
import { kyselyStore } from "./index.ts";

// What an app may have for its own tables must not touch ours.
const plugins = [new CamelCasePlugin(), new ParseJSONResultsPlugin()];

appConnectionSuite({
  name: "kysely",
  dialect: "sqlite",
  connect(where) {
    const database = new Database(where);
    const db = new Kysely({ dialect: new SqliteDialect({ database }), plugins });
    return {
      store: (options) => kyselyStore(db, { dialect: "sqlite", ...options }),
      end: () => db.destroy(),
    };
  },
});

appConnectionSuite({
  name: "kysely",
  dialect: "postgres",
  connect(where) {
    const pool = new pg.Pool({ connectionString: where, max: 4 });
    const db = new Kysely({ dialect: new PostgresDialect({ pool }), plugins });
    return {
      store: (options) => kyselyStore(db, { dialect: "postgres", ...options }),
      end: () => db.destroy(),
    };
  },
});

it("kysely on one connection does not take back a sign-out with whatever the app takes back meanwhile", async () => {
  const db = new Kysely<object>({ dialect: new SqliteDialect({ database: new Database(":memory:") }) });
  const store = kyselyStore(db, { dialect: "sqlite" });
  const record = sampleSession();
  await store.sessions.create(record, null);

  let ended: unknown = null;
  const takenBack = db.transaction().execute(async (inside) => {
    await sql`CREATE TABLE basket (item TEXT)`.execute(inside);
    ended = store.sessions.revoke(record.sid, record.createdAt, "signed_out");
    await sql`INSERT INTO basket VALUES ('pear')`.execute(inside);
    throw new Error("The app changed its mind.");
  });
  await expect(takenBack).rejects.toThrow("changed its mind");
  expect(await ended).toMatchObject({ sid: record.sid });
  expect((await store.sessions.find(record.sid))?.record.endReason).toBe("signed_out");
  await db.destroy();
});

it("kysely takes the printed schema in a migration of its own, and migrate() has nothing to do", async () => {
  const db = new Kysely<object>({ dialect: new SqliteDialect({ database: new Database(":memory:") }) });
  const migrations = {
    sojourn: {
      async up(inside: Kysely<unknown>) {
        for (const part of schemaText("sqlite").split("--> statement-breakpoint")) {
          await sql.raw(part).execute(inside);
        }
      },
    },
  };
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  expect((await migrator.migrateToLatest()).error).toBeUndefined();
  expect(await kyselyStore(db, { dialect: "sqlite" }).pendingSteps?.()).toEqual([]);
  await db.destroy();
});
