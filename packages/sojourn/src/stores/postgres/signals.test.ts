import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { postgres } from "./index.ts";
import type { PgPool } from "./pg.ts";
import type { PostgresJsSql } from "./postgres-js.ts";
import { administer, describePostgres, drivers, makeSchema, type TestSchema } from "./server.fixture.ts";

const within = { timeout: 8000, interval: 5 };

describePostgres("calls of PostgreSQL", () => {
  let schema: TestSchema;
  beforeEach(async () => {
    schema = await makeSchema();
  });
  afterEach(() => schema.drop());

  for (const driver of ["pg", "postgres"] as const) {
    it(`wake a listening node by ${driver}, once it listens, with each end and each notice`, async () => {
      const { client, end } = drivers[driver](schema.url);
      const store = postgres(client as PgPool);
      await store.migrate();
      const heard: number[] = [];
      const failures: unknown[] = [];
      const stop = store.signals?.listen(
        () => void heard.push(performance.now()),
        (error) => void failures.push(error),
      );
      await vi.waitFor(() => expect(heard).toHaveLength(1), within);

      const records = [sampleSession(), sampleSession(), sampleSession()];
      for (const record of records) await store.sessions.create(record, null);
      await store.sessions.touch([
        { sid: records[0]!.sid, seenAt: Date.UTC(2030, 0, 2), now: Date.UTC(2030, 0, 2), counter: null },
      ]);
      await store.sessions.revoke(records[0]!.sid, Date.UTC(2030, 0, 2), "revoked");
      await vi.waitFor(() => expect(heard).toHaveLength(2), within);
      // Two ends in one statement are one call.
      await store.sessions.revokeByUser("user-1", Date.UTC(2030, 0, 2), "revoked", null);
      await vi.waitFor(() => expect(heard).toHaveLength(3), within);
      const at = Date.UTC(2030, 0, 2);
      await store.sessions.announce({ topic: "user", subject: "user-1", at, expiresAt: at + 1000 });
      await vi.waitFor(() => expect(heard).toHaveLength(4), within);

      stop?.();
      await store.close();
      await end();
      expect(failures).toEqual([]);
    });

    it(`are heard again by ${driver} after the connection was cut, with a call for what was missed`, async () => {
      const { client, end } = drivers[driver](schema.url);
      const store = postgres(client as PostgresJsSql);
      await store.migrate();
      let heard = 0;
      const stop = store.signals?.listen(
        () => void (heard += 1),
        () => {},
      );
      await vi.waitFor(() => expect(heard).toBe(1), within);
      const cut = await administer(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = '${schema.name}' AND query ILIKE 'listen%sojourn_revoked%'`,
      );
      expect(cut).toHaveLength(1);
      await vi.waitFor(() => expect(heard).toBeGreaterThanOrEqual(2), within);
      const before = heard;
      const record = sampleSession();
      await store.sessions.create(record, null);
      await store.sessions.revoke(record.sid, Date.UTC(2030, 0, 2), "revoked");
      await vi.waitFor(() => expect(heard).toBeGreaterThan(before), within);
      stop?.();
      await store.close();
      await end();
    });
  }

  it("do not concern those who keep their tables in another schema", async () => {
    const neighbour = await makeSchema();
    const [store, other] = [postgres(schema.url), postgres(neighbour.url)];
    await store.migrate();
    await other.migrate();
    const heard = [0, 0];
    const stops = [store, other].map((one, at) =>
      one.signals?.listen(
        () => void (heard[at]! += 1),
        () => {},
      ),
    );
    await vi.waitFor(() => expect(heard).toEqual([1, 1]), within);
    // It takes a moment more until each knows where its tables are.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const record = sampleSession();
    await store.sessions.create(record, null);
    await store.sessions.revoke(record.sid, Date.UTC(2030, 0, 2), "revoked");
    await vi.waitFor(() => expect(heard[0]).toBe(2), within);
    expect(heard[1]).toBe(1);
    stops.forEach((stop) => stop?.());
    await Promise.all([store, other].map(async (one) => one.close()));
    await neighbour.drop();
  });

  it("are heard where the tables are not in the first schema of the search path", async () => {
    const empty = await makeSchema();
    const home = postgres(schema.url);
    await home.migrate();
    const url = new URL(schema.url);
    url.searchParams.set("options", `-c search_path=${empty.name},${schema.name}`);
    const store = postgres(url.href);
    let heard = 0;
    const stop = store.signals?.listen(
      () => void (heard += 1),
      () => {},
    );
    await vi.waitFor(() => expect(heard).toBe(1), within);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const record = sampleSession();
    await store.sessions.create(record, null);
    await store.sessions.revoke(record.sid, Date.UTC(2030, 0, 2), "revoked");
    await vi.waitFor(() => expect(heard).toBe(2), within);
    stop?.();
    await Promise.all([home, store].map(async (one) => one.close()));
    await empty.drop();
  });

  it("are not asked for where connections cannot listen", () => {
    expect(postgres(schema.url, { listen: false }).signals).toBeUndefined();
  });

  it("do not keep a store of ours from closing", async () => {
    const store = postgres(schema.url);
    await store.migrate();
    let heard = 0;
    store.signals?.listen(
      () => void (heard += 1),
      () => {},
    );
    await vi.waitFor(() => expect(heard).toBe(1), within);
    await store.close();
    await expect(store.sessions.find(sampleSession().sid)).rejects.toMatchObject({
      code: "store_unavailable",
    });
  });
});
