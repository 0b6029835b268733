import { afterEach, beforeEach, expect, it } from "vitest";
import { createAuth } from "../../create-auth.ts";
import { sampleSession } from "../../testing/index.ts";
import { type AccountStore, postgres } from "./index.ts";
import { describePostgres, makeSchema, type TestSchema } from "./server.fixture.ts";

describePostgres("migrating PostgreSQL", () => {
  let schema: TestSchema;
  const opened: AccountStore[] = [];
  const open = (): AccountStore => {
    const store = postgres(schema.url);
    opened.push(store);
    return store;
  };
  const tables = async (): Promise<unknown[]> =>
    (await schema.run(`SELECT tablename FROM pg_tables WHERE schemaname = '${schema.name}' ORDER BY 1`)).map(
      ({ tablename }) => tablename,
    );

  beforeEach(async () => {
    schema = await makeSchema();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (store) => store.close()));
    await schema.drop();
  });

  it("makes the tables with the first use, and then leaves them alone", async () => {
    const record = sampleSession();
    await open().sessions.create(record, null);
    const before = await schema.run("SELECT version, checksum, taken_at FROM sojourn_migration");
    expect(before.map(({ version }) => version)).toEqual([1]);
    expect((await open().sessions.find(record.sid))?.record).toEqual(record);
    expect(await schema.run("SELECT version, checksum, taken_at FROM sojourn_migration")).toEqual(before);
  });

  it("takes each step once when many nodes begin at once", async () => {
    for (let round = 0; round < 5; round += 1) {
      const stores = Array.from({ length: 8 }, open);
      await Promise.all(stores.map(async (store) => store.migrate()));
      expect(await schema.run("SELECT version FROM sojourn_migration")).toEqual([{ version: 1 }]);
      expect(await schema.run("SELECT count(*)::int AS count FROM sojourn_feed")).toEqual([{ count: 1 }]);
      await schema.run(`DROP SCHEMA ${schema.name} CASCADE; CREATE SCHEMA ${schema.name}`);
    }
  });

  it("tells what is due, in the database's own words, and changes nothing", async () => {
    const auth = createAuth({ store: open() });
    const due = await auth.migrate({ dryRun: true });
    expect(due.map(({ version }) => version)).toEqual([1]);
    expect(due[0]?.sql).toContain("CREATE TABLE sojourn_session");
    expect(await tables()).toEqual([]);
    expect(await auth.migrate()).toEqual(due);
    expect(await tables()).toContain("sojourn_session");
    expect(await auth.migrate({ dryRun: true })).toEqual([]);
    await auth.close();
  });

  it("stops before a newer schema, touches nothing, and says what to do", async () => {
    await open().migrate();
    await schema.run("INSERT INTO sojourn_migration (version, checksum) VALUES (2, 'of a later version')");
    const store = open();
    const refusal = {
      code: "store_schema_newer",
      message: expect.stringMatching(/step 2 .* Update/) as string,
    };
    await expect(store.migrate()).rejects.toMatchObject(refusal);
    await expect(store.pendingSteps?.()).rejects.toMatchObject(refusal);
    await expect(store.sessions.find(sampleSession().sid)).rejects.toMatchObject(refusal);
    expect(await schema.run("SELECT count(*)::int AS count FROM sojourn_session")).toEqual([{ count: 0 }]);
  });

  it("takes all of a step or nothing of it", async () => {
    await schema.run("CREATE TABLE sojourn_user (id text)");
    await expect(open().migrate()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await tables()).toEqual(["sojourn_user"]);
    await schema.run("DROP TABLE sojourn_user");
    // What failed is tried again with the next use.
    await opened[0]?.migrate();
    expect(await tables()).toContain("sojourn_session");
  });
});
