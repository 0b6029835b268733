import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createPool } from "mysql2";
import { createPool as createPromisePool } from "mysql2/promise";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonValue } from "../../domain/session.ts";
import type { Store } from "../../ports/session-store.ts";
import {
  accountDirectoryContract,
  credentialDirectoryContract,
  sampleSession,
  storeContract,
} from "../../testing/index.ts";
import {
  asAdmin,
  dropDatabases,
  emptyDatabase,
  newDatabase,
  describeMysql,
  urlOf,
} from "./database.fixture.ts";
import { type AccountStore, mysql } from "./index.ts";

const start = Date.UTC(2030, 0, 1);

/** Opens stores on one database, which is emptied each time. */
function opener<Opened extends Store>(
  open: (name: string) => Opened,
  prepare: (name: string) => Promise<unknown> = async () => {},
): () => Promise<Opened> {
  let name: string | null = null;
  return async () => {
    if (name === null) {
      name = await newDatabase();
      await prepare(name);
    }
    await emptyDatabase(name);
    return open(name);
  };
}

/** Ends a pool that was passed with the store that it was passed to. */
const withPool = <Opened extends Store>(store: Opened, end: () => Promise<void>): Opened => ({
  ...store,
  close: async () => {
    await store.close();
    await end();
  },
});

const databaseOf = new WeakMap<object, string>();
const openOwn = opener((name): AccountStore => {
  const store = mysql(urlOf(name));
  databaseOf.set(store, name);
  return store;
});

describeMysql("mysql", () => {
  afterAll(dropDatabases);

  storeContract({
    name: "mysql with a connection string",
    open: openOwn,
    reopen: (store) => mysql(urlOf(databaseOf.get(store) ?? "")),
    describe,
    it,
  });

  storeContract({
    name: "mysql with a pool of peculiar settings, without users",
    open: opener((name) => {
      const pool = createPromisePool({
        uri: urlOf(name),
        // Affected rows are then those that were different before.
        flags: ["-FOUND_ROWS"],
        namedPlaceholders: true,
        nestTables: true,
        supportBigNumbers: true,
        dateStrings: true,
        multipleStatements: true,
        typeCast: (field, next) => (field.type === "TINY" ? field.string() === "1" : next()),
      });
      return withPool(mysql(pool, { users: false }), () => pool.end());
    }),
    describe,
    it,
  });

  storeContract({
    name: "mysql with a pool of callbacks and an app's users",
    open: opener(
      (name) => {
        const pool = createPool({ uri: urlOf(name) });
        const store = mysql(pool, { users: { table: "member", columns: { email: "mail" } } });
        return withPool(store, () => pool.promise().end());
      },
      (name) => asAdmin(`CREATE TABLE ${name}.member (id VARCHAR(64) PRIMARY KEY, mail TEXT)`),
    ),
    describe,
    it,
  });

  credentialDirectoryContract({ name: "mysql", open: openOwn, describe, it });
  accountDirectoryContract({ name: "mysql", open: openOwn, describe, it });

  describe("what an app keeps with a session", () => {
    it("is never parsed by the database, so it stays as it was", async () => {
      const store = await openOwn();
      const { sessions } = store;
      const data = { z: 1e21, a: "\uD800 \0 \\u0000 \n", '\n"a"': { "\n": '\n"a":1,' }, "1": -0.1 };
      const record = sampleSession({ data });
      await sessions.create(record, null);
      const expected: Record<string, JsonValue> = { ...data };
      for (const [key, value] of [
        ["a", '}\n"z":'],
        ["aa", 5e-324],
        ["A", ["\uDFFF"]],
        ['\n"a"', ","],
      ] as const) {
        expect(await sessions.setData(record.sid, key, value, start, 10_000)).toBe("stored");
        expected[key] = value;
        expect((await sessions.find(record.sid))?.record.data).toEqual(expected);
      }
      for (const key of ["z", "a", "1", "aa", "A"]) {
        expect(await sessions.deleteData(record.sid, key, start)).toBe(true);
        delete expected[key];
        expect((await sessions.find(record.sid))?.record.data).toEqual(expected);
      }
      await store.close();
    });

    it("is measured as JSON to the byte, whatever has been done to it before", async () => {
      const store = await openOwn();
      const { sessions } = store;
      const record = sampleSession({ data: { é: 1, b: [1, 2], "\n": "\n" } });
      await sessions.create(record, null);
      await sessions.deleteData(record.sid, "b", start);
      const bytes = Buffer.byteLength(JSON.stringify({ é: 22, "\n": "\n" }));
      expect(await sessions.setData(record.sid, "é", 22, start, bytes - 1)).toBe("too_large");
      expect(await sessions.setData(record.sid, "é", 22, start, bytes)).toBe("stored");
      await store.close();
    });
  });

  describe("a user", () => {
    it("is told from others by case, accents and spaces at the end", async () => {
      const store = await openOwn();
      const names = ["ada", "Ada", "adá", "ada ", "ada\t"];
      for (const [at, id] of names.entries()) {
        const account = {
          id,
          email: `${id}@example.com`,
          emailVerified: false,
          name: null,
          createdAt: start,
          passwordHash: `$${at}`,
        };
        expect(await store.users.create(account)).toMatchObject({ id });
        await store.sessions.create(sampleSession({ userId: id }), null);
      }
      for (const [at, id] of names.entries()) {
        expect((await store.users.findByEmail(`${id}@example.com`))?.passwordHash).toBe(`$${at}`);
        const listed = await store.sessions.listByUser(id, start, { limit: 9, offset: 0 });
        expect(listed.map(({ userId }) => userId)).toEqual([id]);
        expect((await store.sessions.find(listed[0]?.sid ?? ""))?.user).toMatchObject({ id });
        expect(await store.sessions.revokeByUser(id, start, "revoked", null)).toHaveLength(1);
      }
      await store.close();
    });

    it("whose row an operator removed leaves no password to a newcomer", async () => {
      const store = await openOwn();
      const account = {
        id: "u",
        email: "u@example.com",
        emailVerified: false,
        name: "U",
        createdAt: start,
        passwordHash: "$old",
      };
      await store.users.create(account);
      await asAdmin(`DELETE FROM ${databaseOf.get(store)}.sojourn_user`);
      expect(await store.users.findCredential("u")).toBeNull();
      await store.users.create({ ...account, passwordHash: "$new" });
      expect((await store.users.findCredential("u"))?.passwordHash).toBe("$new");
      await store.close();
    });

    it("changes for the next check of their sessions", async () => {
      const store = await openOwn();
      const { users, sessions } = store;
      const record = sampleSession();
      await sessions.create(record, null);
      const account = {
        id: record.userId,
        email: "a",
        emailVerified: false,
        name: "Ada",
        passwordHash: "$",
        createdAt: start,
      };
      await users.create(account);
      expect(await users.setStatus(record.userId, "disabled")).toBe(true);
      expect(await users.setStatus(record.userId, "disabled")).toBe(true);
      expect(await users.setRole(record.userId, "admin")).toBe(true);
      expect(await users.setName(record.userId, null)).toBe(true);
      const user = (await sessions.find(record.sid))?.user;
      expect(user).toMatchObject({ status: "disabled", role: "admin", name: null });
      expect(await users.setStatus("nobody", "active")).toBe(false);
      await store.close();
    });
  });

  describe("the feed", () => {
    it("loses no end with its row: the end fails instead", async () => {
      const store = await openOwn();
      const name = databaseOf.get(store);
      const record = sampleSession();
      await store.sessions.create(record, null);
      await asAdmin(`DELETE FROM ${name}.sojourn_feed`);
      await expect(store.sessions.revoke(record.sid, start, "revoked")).rejects.toMatchObject({
        code: "store_unavailable",
      });
      await asAdmin(`INSERT INTO ${name}.sojourn_feed VALUES (1, 0)`);
      expect(await store.sessions.revoke(record.sid, start, "revoked")).toEqual(record);
      await store.close();
    });
  });

  describe("the statements of the docs for a restored backup", () => {
    it("end every session that is not over, and tell the feed of each", async () => {
      const store = await openOwn();
      const records = Array.from({ length: 5 }, () => sampleSession());
      for (const record of records) await store.sessions.create(record, null);
      await store.sessions.revoke(records[0]?.sid ?? "", start, "signed_out");
      const { cursor } = await store.sessions.revokedSince(null, 10);
      const page = readFileSync(join(import.meta.dirname, "../../../../../docs/stores/mysql.md"), "utf8");
      const [, sql = ""] = /^```sql\n([^]*?)^```/m.exec(page) ?? [];
      await asAdmin(`USE ${databaseOf.get(store)}`, ...sql.split(/;\n/).filter((text) => text !== ""));
      expect(await store.sessions.listByUser("user-1", start, { limit: 9, offset: 0 })).toEqual([]);
      const { revocations, more } = await store.sessions.revokedSince(cursor, 10);
      expect(revocations.map(({ sid }) => sid)).toEqual(records.slice(1).map(({ sid }) => sid));
      expect([revocations[0]?.reason, more]).toEqual(["revoked_by_admin", false]);
      await store.close();
    });
  });
});
