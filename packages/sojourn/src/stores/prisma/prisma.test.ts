import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { appConnectionSuite } from "../app-connection.fixture.ts";
import { type AppDatabase, appDatabases } from "../app-database.fixture.ts";
import { prismaOnPostgres, prismaOnSqlite, type TestClient } from "./client.fixture.ts";
import { prismaStore } from "./index.ts";

for (const [dialect, open] of [
  ["sqlite", prismaOnSqlite],
  ["postgres", prismaOnPostgres],
] as const) {
  appConnectionSuite({
    name: "prisma",
    dialect,
    reopens: true,
    connect(where) {
      const prisma = open(where);
      return {
        store: (options) => prismaStore(prisma, { dialect, ...options }),
        end: () => prisma.$disconnect(),
      };
    },
  });
}

describe("prisma on one connection", () => {
  let database: AppDatabase;
  let prisma: TestClient;
  beforeEach(async () => {
    database = await appDatabases.sqlite.make();
    prisma = prismaOnSqlite(database.where);
  });
  afterEach(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  it("does not take back a sign-out with whatever the app takes back meanwhile", async () => {
    const store = prismaStore(prisma, { dialect: "sqlite" });
    const record = sampleSession();
    await store.sessions.create(record, null);
    await prisma.$executeRawUnsafe("CREATE TABLE basket (item TEXT)");

    let ended: unknown = null;
    const takenBack = prisma.$transaction(async (inside) => {
      await inside.$executeRawUnsafe("INSERT INTO basket VALUES ('apple')");
      ended = store.sessions.revoke(record.sid, record.createdAt, "signed_out");
      await inside.$executeRawUnsafe("INSERT INTO basket VALUES ('pear')");
      throw new Error("The app changed its mind.");
    });
    await expect(takenBack).rejects.toThrow("changed its mind");
    expect(await ended).toMatchObject({ sid: record.sid });
    expect((await store.sessions.find(record.sid))?.record.endReason).toBe("signed_out");
    expect(await database.run("SELECT * FROM basket")).toEqual([]);
  });

  it("takes nothing of the app's back when a statement of its own fails", async () => {
    const store = prismaStore(prisma, { dialect: "sqlite" });
    await store.migrate();
    await prisma.$executeRawUnsafe("CREATE TABLE basket (item INTEGER)");
    await prisma.$executeRawUnsafe("DROP TABLE sojourn_session");
    const pairs = Array.from({ length: 20 }, async (_, item) => {
      const failed = Promise.resolve(store.sessions.create(sampleSession(), null)).catch(() => "failed");
      await prisma.$executeRawUnsafe(`INSERT INTO basket VALUES (${item})`);
      return failed;
    });
    expect(new Set(await Promise.all(pairs))).toEqual(new Set(["failed"]));
    expect(await database.run("SELECT count(*) AS items FROM basket")).toEqual([{ items: 20 }]);
  });
});
