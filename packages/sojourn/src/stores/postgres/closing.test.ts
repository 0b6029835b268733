import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { postgres } from "./index.ts";
import { describePostgres, makeSchema, type TestSchema } from "./server.fixture.ts";

describePostgres("a PostgreSQL store", () => {
  let schema: TestSchema;
  beforeEach(async () => {
    schema = await makeSchema();
  });
  afterEach(() => schema.drop());

  it("may be closed twice", async () => {
    const store = postgres(schema.url);
    await store.migrate();
    await Promise.all([store.close(), store.close()]);
    await store.close();
  });

  it("stays closed when it was closed while it was being opened", async () => {
    const pool = new pg.Pool({ connectionString: schema.url });
    const store = postgres(pool);
    const opening = store.migrate();
    await store.close();
    await opening;
    await expect(store.sessions.find(sampleSession().sid)).rejects.toMatchObject({
      code: "store_unavailable",
    });
    await pool.end();
  });

  it("listens to an app's pool once, however many stores share it", async () => {
    const pool = new pg.Pool({ connectionString: schema.url });
    for (let count = 0; count < 20; count += 1) {
      const store = postgres(pool);
      await store.migrate();
      await store.close();
    }
    expect(pool.listenerCount("error")).toBe(1);
    await pool.end();
  });

  it("refuses a pool with room for the listening connection alone", async () => {
    const pool = new pg.Pool({ connectionString: schema.url, max: 1 });
    expect(() => postgres(pool)).toThrow(/at least two/);
    const store = postgres(pool, { listen: false });
    await store.migrate();
    await store.close();
    await pool.end();
  });

  it("takes up again after an app altered a column that sessions are joined with", async () => {
    await schema.run(
      "CREATE TABLE person (id text PRIMARY KEY, age integer); INSERT INTO person VALUES ('ada', 36)",
    );
    const pool = new pg.Pool({ connectionString: schema.url, max: 2 });
    const store = postgres<{ id: string; age: unknown }>(pool, {
      users: { table: "person", columns: { age: "age" } },
    });
    const record = sampleSession({ userId: "ada" });
    await store.sessions.create(record, null);
    for (let times = 0; times < 4; times += 1) await store.sessions.find(record.sid);
    await schema.run("ALTER TABLE person ALTER COLUMN age TYPE text");
    for (let times = 0; times < 4; times += 1)
      expect((await store.sessions.find(record.sid))?.user).toEqual({ id: "ada", age: "36" });
    await store.close();
    await pool.end();
  });
});
