import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createAuth } from "../../create-auth.ts";
import { isSojournError } from "../../domain/errors.ts";
import { sampleSession, storeContract } from "../../testing/index.ts";
import { sqlite, type UserTable } from "./index.ts";

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";

/** An app's database as it was before Sojourn came. */
function appDatabase(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(`
    CREATE TABLE "app user" ("user no" INTEGER PRIMARY KEY, "e-mail" TEXT, level TEXT, banned INTEGER);
    INSERT INTO "app user" VALUES (7, 'ada@example.com', 'editor', 0), (8, 'eve@example.com', 'reader', 1);`);
  return database;
}

interface AppUser {
  readonly id: string;
  readonly email: string;
  readonly role: string;
}

const users: UserTable = {
  table: "app user",
  id: "user no",
  idType: "integer",
  columns: { email: "e-mail", role: "level", banned: "banned" },
  isDisabled: ({ banned }) => banned !== 0,
};

storeContract({
  name: "sqlite with an app's users",
  open: () => sqlite<AppUser>(appDatabase(), { users }),
  describe,
  it,
});

describe("a table of the app's own users", () => {
  it("is joined to sessions, with the fields that the app names", async () => {
    const store = sqlite<AppUser>(appDatabase(), { users });
    const record = sampleSession({ userId: "7" });
    await store.sessions.create(record, null);
    expect((await store.sessions.find(record.sid))?.user).toEqual({
      id: "7",
      email: "ada@example.com",
      role: "editor",
      banned: 0,
    });
    expect(await store.directory?.findById("7")).toMatchObject({ id: "7", role: "editor" });
    expect(await store.directory?.findById("9")).toBeNull();
    expect(store.users).toBeUndefined();
  });

  it("decides who is signed in, and its changes count at once", async () => {
    const database = appDatabase();
    const auth = createAuth({ secret, store: sqlite<AppUser>(database, { users }) });
    const { cookies, user } = await auth.sessions.create({ userId: "7", method: "own" });
    expect(user.email).toBe("ada@example.com");
    const headers = { cookie: cookies[0]?.split(";")[0] ?? "" };
    expect((await auth.getSession({ headers }))?.user.role).toBe("editor");
    database.exec(`UPDATE "app user" SET level = 'admin' WHERE "user no" = 7`);
    expect((await auth.getSession({ headers }))?.user.role).toBe("admin");
    database.exec(`UPDATE "app user" SET banned = 1`);
    expect(await auth.authenticate({ headers })).toMatchObject({ status: "ended", reason: "user_disabled" });
    await expect(auth.sessions.create({ userId: "8", method: "own" })).rejects.toMatchObject({
      code: "account_disabled",
    });
    await expect(auth.sessions.create({ userId: "9", method: "own" })).rejects.toMatchObject({
      code: "account_disabled",
    });
    await auth.close();
  });

  it.each([
    { table: 'a" (', columns: {} },
    { table: "a", id: "x?", columns: {} },
    { table: "a", columns: { name: "" } },
    { table: "a", columns: { id: "id" } },
    { table: "a..b", columns: {} },
  ])("with names that cannot be some is refused: %j", (wrong) => {
    let caught: unknown;
    try {
      sqlite(":memory:", { users: wrong });
    } catch (error) {
      caught = error;
    }
    expect(isSojournError(caught, "config_invalid")).toBe(true);
  });
});
