import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { SojournError } from "../../domain/errors.ts";
import {
  accountDirectoryContract,
  credentialDirectoryContract,
  sampleLineage,
  sampleSession,
  storeContract,
} from "../../testing/index.ts";
import type { SqliteDatabase } from "./database.ts";
import { sqlite } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "sojourn-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = (): string => join(folder, `store-${(files += 1)}.db`);

/** The files of stores that a contract opened, so that it can open them again. */
const fileOf = new WeakMap<object, string>();
const openFile = (file: string): ReturnType<typeof sqlite> => {
  const store = sqlite(file);
  fileOf.set(store, file);
  return store;
};

/** A driver that gives rows as objects only, as node:sqlite before 22.16 does. */
function objectRows(database: DatabaseSync): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        get: (...parameters) => statement.get(...parameters),
        all: (...parameters) => statement.all(...parameters),
        run: (...parameters) => statement.run(...parameters),
      };
    },
  };
}

/** A driver with the manners of better-sqlite3, on a connection that gives bigints. */
function rawRows(database: DatabaseSync): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      const reader = statement.columns().length > 0;
      const onlyReaders = (): void => {
        if (!reader) throw new TypeError("This statement does not return data. Use run() instead");
      };
      return {
        get: (...parameters) => (onlyReaders(), statement.get(...parameters)),
        all: (...parameters) => (onlyReaders(), statement.all(...parameters)),
        run(...parameters) {
          if (reader)
            throw new TypeError("This statement returns data. Use get(), all(), or iterate() instead");
          return statement.run(...parameters);
        },
        raw: (enabled) => (onlyReaders(), statement.setReturnArrays(enabled)),
        safeIntegers: (enabled) => statement.setReadBigInts(enabled),
      };
    },
  };
}

storeContract({ name: "sqlite in memory", open: () => sqlite(":memory:"), describe, it });
storeContract({
  name: "sqlite in a file",
  open: () => openFile(newFile()),
  // Not closed: what a crash leaves behind is the file and its log as they are.
  reopen: (store) => openFile(fileOf.get(store) ?? ""),
  describe,
  it,
});
storeContract({
  name: "sqlite without users",
  open: () => sqlite(":memory:", { users: false }),
  describe,
  it,
});
storeContract({
  name: "sqlite over a driver with object rows",
  open: () => sqlite(objectRows(new DatabaseSync(":memory:"))),
  describe,
  it,
});
storeContract({
  name: "sqlite over a driver with raw rows",
  open: () => sqlite(rawRows(new DatabaseSync(":memory:", { readBigInts: true }))),
  describe,
  it,
});
credentialDirectoryContract({ name: "sqlite", open: () => sqlite(":memory:"), describe, it });
accountDirectoryContract({ name: "sqlite", open: () => sqlite(":memory:"), describe, it });
credentialDirectoryContract({ name: "sqlite in a file", open: () => sqlite(newFile()), describe, it });

const start = Date.UTC(2030, 0, 1);
const failure = (act: () => unknown): SojournError => {
  try {
    act();
  } catch (error) {
    return error as SojournError;
  }
  throw new Error("It did not fail.");
};

describe("a sqlite file", () => {
  it("is not touched before it is needed", async () => {
    const file = newFile();
    await sqlite(file).close();
    expect(existsSync(file)).toBe(false);
  });

  it("is made at first use, with its folder, for this user's eyes only", async () => {
    const parent = join(folder, "deep", "er");
    const file = join(parent, "app.db");
    const store = sqlite(file);
    await store.sessions.create(sampleSession(), null);
    if (process.platform !== "win32") {
      expect(statSync(parent).mode & 0o777).toBe(0o700);
      for (const name of readdirSync(parent))
        expect([name, statSync(join(parent, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(readdirSync(parent).length).toBeGreaterThan(1);
    await store.close();
    expect(readdirSync(parent)).toEqual(["app.db"]);
  });

  it("has a write-ahead log, foreign keys and patience", async () => {
    const file = newFile();
    const databases: DatabaseSync[] = [];
    const builtin = process.getBuiltinModule("node:sqlite");
    const DatabaseSyncSpy = function open(path: string): DatabaseSync {
      const database = new builtin.DatabaseSync(path);
      databases.push(database);
      return database;
    };
    const spy = vi.spyOn(process, "getBuiltinModule").mockReturnValue({ DatabaseSync: DatabaseSyncSpy });
    const store = sqlite(file);
    await store.migrate();
    spy.mockRestore();
    const pragma = (name: string): unknown =>
      Object.values(databases[0]?.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(["journal_mode", "synchronous", "foreign_keys", "busy_timeout"].map(pragma)).toEqual([
      "wal",
      1,
      1,
      5000,
    ]);
    await store.close();
  });

  it("that never was one is an outage, told without the path", () => {
    const { code, message, cause, retryAfter } = failure(() =>
      sqlite(import.meta.filename).sessions.find(sampleSession().sid),
    );
    expect([code, retryAfter]).toEqual(["store_unavailable", 1]);
    expect(cause).toBeInstanceOf(Error);
    expect(message).not.toMatch(/sqlite|SELECT|\//i);
  });

  it("where no file can be is an outage, until it can", async () => {
    const parent = join(folder, "blocked");
    const obstacle = sqlite(parent);
    await obstacle.migrate();
    const store = sqlite(join(parent, "app.db"));
    expect(failure(() => store.migrate()).code).toBe("store_unavailable");
    await obstacle.close();
    rmSync(parent);
    await store.migrate();
    await store.close();
  });

  it("is let go on close, after which every verb is an outage", async () => {
    const store = sqlite(newFile());
    const record = sampleSession({ refresh: sampleLineage() });
    await store.sessions.create(record, null);
    await store.sessions.find(record.sid);
    await store.close();
    await store.close();
    const { sessions, users } = store;
    const verbs: Record<string, () => unknown> = {
      create: () => sessions.create(sampleSession(), null),
      find: () => sessions.find(record.sid),
      touch: () => sessions.touch([{ sid: record.sid, seenAt: start, now: start, counter: null }]),
      rotate: () => sessions.rotate(record.sid, 0, start, "key-1"),
      update: () => sessions.update(record.sid, 0, {}, start),
      setData: () => sessions.setData(record.sid, "a", 1, start, 100),
      deleteData: () => sessions.deleteData(record.sid, "a", start),
      revoke: () => sessions.revoke(record.sid, start, "revoked"),
      revokeByUser: () => sessions.revokeByUser("user-1", start, "revoked", null),
      listByUser: () => sessions.listByUser("user-1", start, { limit: 1, offset: 0 }),
      revokedSince: () => sessions.revokedSince(null, 1),
      deleteExpired: () => sessions.deleteExpired(start, 1),
      findById: () => users.findById("user-1"),
      migrate: () => store.migrate(),
    };
    for (const [verb, act] of Object.entries(verbs))
      expect([verb, failure(act).code]).toEqual([verb, "store_unavailable"]);
  });

  it("that another connection keeps locked is an outage, told without the statement", async () => {
    const file = newFile();
    const holder = new DatabaseSync(file);
    const store = sqlite(new DatabaseSync(file));
    await store.migrate();
    holder.exec("BEGIN IMMEDIATE");
    const error = failure(() => store.sessions.create(sampleSession(), null));
    expect(error.code).toBe("store_unavailable");
    expect((error.cause as Error).message).toMatch(/locked/);
    expect(error.message).not.toMatch(/INSERT|sojourn_|\//);
    holder.exec("COMMIT");
    expect(store.sessions.create(sampleSession(), null)).toMatchObject({ created: true });
    holder.close();
  });
});

describe("a database that is passed open", () => {
  it("keeps its own tables, settings and life", async () => {
    const database = new DatabaseSync(newFile());
    database.exec("CREATE TABLE session (id); CREATE TABLE user (id); PRAGMA foreign_keys = OFF");
    const store = sqlite(database);
    await store.sessions.create(sampleSession(), null);
    await store.close();
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
    expect(database.prepare("PRAGMA foreign_keys").get()).toEqual({ foreign_keys: 0 });
    expect(database.prepare("SELECT count(*) AS n FROM session").get()).toEqual({ n: 0 });
    expect(database.prepare("SELECT count(*) AS n FROM sojourn_session").get()).toEqual({ n: 1 });
    database.close();
  });

  it("that its owner closes is an outage", async () => {
    const database = new DatabaseSync(":memory:");
    const store = sqlite(database);
    await store.migrate();
    database.close();
    expect(failure(() => store.sessions.find(sampleSession().sid)).code).toBe("store_unavailable");
  });
});

describe("sqlite on a Node without node:sqlite", () => {
  it("says what to do", () => {
    const spy = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    const error = failure(() => sqlite(":memory:").migrate());
    spy.mockRestore();
    expect(error.code).toBe("config_dependency_missing");
    expect(error.message).toMatch(/better-sqlite3/);
  });
});

describe("a text with U+0000", () => {
  it("is refused, because some versions of node:sqlite would cut it there", async () => {
    const { sessions, users } = sqlite(":memory:");
    const record = sampleSession();
    await sessions.create(record, null);
    const account = {
      id: "u",
      email: "a@example.com",
      emailVerified: false,
      name: "Ada",
      passwordHash: "$",
      createdAt: start,
    };
    await users.create(account);
    const refused: Record<string, () => unknown> = {
      create: () => sessions.create(sampleSession({ userId: "root\0x" }), null),
      update: () => sessions.update(record.sid, 0, { ip: "\0" }, start),
      createUser: () => users.create({ ...account, id: "v", email: "a\0@example.com" }),
      setRole: () => users.setRole("u", "admin\0"),
      setName: () => users.setName("u", "\0"),
    };
    for (const [verb, act] of Object.entries(refused)) {
      expect([verb, failure(act).code]).toEqual([verb, "invalid_input"]);
    }
  });
});

describe("the users of sqlite", () => {
  it("change for the next check of their sessions", async () => {
    const { users, sessions } = sqlite(":memory:");
    const record = sampleSession();
    await sessions.create(record, null);
    await users.create({
      id: record.userId,
      email: "a@example.com",
      emailVerified: false,
      name: "Ada",
      passwordHash: "$",
      createdAt: start,
    });
    expect(await users.setStatus(record.userId, "disabled")).toBe(true);
    expect(await users.setRole(record.userId, "admin")).toBe(true);
    expect(await users.setName(record.userId, null)).toBe(true);
    expect((await sessions.find(record.sid))?.user).toMatchObject({
      status: "disabled",
      role: "admin",
      name: null,
    });
    expect(await users.setStatus("nobody", "active")).toBe(false);
  });

  it("can be given a first password, once", async () => {
    const database = new DatabaseSync(":memory:");
    const { users, migrate } = sqlite(database);
    await migrate();
    database.exec("INSERT INTO sojourn_user (id, email, created_at) VALUES ('u', 'u@example.com', 0)");
    expect(await users.findCredential("u")).toMatchObject({ user: { id: "u" }, passwordHash: null });
    const stranger = {
      id: "u",
      email: "other@example.com",
      emailVerified: false,
      name: null,
      passwordHash: "$stranger",
      createdAt: start,
    };
    expect(await users.create(stranger)).toBeNull();
    expect(await users.findCredential("u")).toMatchObject({ passwordHash: null });
    expect(await users.replacePassword("u", "$other", "$new")).toBe(false);
    expect(await users.replacePassword("u", null, "$first")).toBe(true);
    expect(await users.replacePassword("u", null, "$again")).toBe(false);
    expect((await users.findByEmail("u@example.com"))?.passwordHash).toBe("$first");
  });
});

describe("a session's data in sqlite", () => {
  it("that somebody wrote by hand in another form cannot be taken, and that is said", async () => {
    const database = new DatabaseSync(":memory:");
    const { sessions } = sqlite(database);
    const record = sampleSession();
    await sessions.create(record, null);
    database.exec(`UPDATE sojourn_session SET data = '{"whole":1.0,"text":"a"}'`);
    expect(failure(() => sessions.takeData(record.sid, "whole", start)).code).toBe("store_unavailable");
    expect(sessions.takeData(record.sid, "text", start)).toBe("a");
    database.close();
  });
});
