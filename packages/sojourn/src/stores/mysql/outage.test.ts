import { createServer, type Server } from "node:net";
import { createPool } from "mysql2/promise";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { SojournError } from "../../domain/errors.ts";
import { sampleSession } from "../../testing/index.ts";
import { RemoteDriver } from "../sql/remote-driver.ts";
import {
  asAdmin,
  blockedIn,
  connectionsTo,
  dropDatabases,
  newDatabase,
  describeMysql,
  urlOf,
} from "./database.fixture.ts";
import { MysqlExecutor } from "./executor.ts";
import { judge } from "./failures.ts";
import { mysql, type MysqlConnection, type MysqlPool } from "./index.ts";
import { script } from "./script.ts";

const start = Date.UTC(2030, 0, 1);

/** A failure as mysql2 gives it. */
const failure = (fields: { code?: string; errno?: number; sqlState?: string; fatal?: boolean }): Error =>
  Object.assign(new Error(fields.code ?? String(fields.errno)), fields);
const answered = (errno: number): Error => failure({ errno, sqlState: "HY000" });
const lost = (): Error => failure({ code: "PROTOCOL_CONNECTION_LOST", fatal: true });

interface Told {
  readonly pool: MysqlPool;
  /** Everything that was sent, and what became of the connections. */
  readonly log: string[];
}

/** A pool whose connections fail as told: the text of a statement, and how it fails the first times. */
function failing(failures: Record<string, Error[]>): Told {
  const log: string[] = [];
  const send = async ({ sql }: { sql: string }): Promise<[unknown, unknown]> => {
    log.push(sql);
    const error = failures[sql]?.shift();
    if (error !== undefined) throw error;
    return [sql.startsWith("SELECT") ? [[1]] : { affectedRows: 1, info: "" }, undefined];
  };
  const connection: MysqlConnection = {
    query: send,
    execute: send,
    release: () => void log.push("released"),
    destroy: () => void log.push("destroyed"),
  };
  const getConnection = async (): Promise<MysqlConnection> => {
    const error = failures["connect"]?.shift();
    if (error !== undefined) throw error;
    return connection;
  };
  return { pool: { getConnection }, log };
}

const driverOn = (pool: MysqlPool, timeout = 1000): RemoteDriver =>
  new RemoteDriver({
    executor: new MysqlExecutor(async () => pool, timeout),
    translate: (text) => text,
    migrate: async () => {},
    judge,
    timeout: timeout * 10,
  });

const begin = ["SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION"];
const two = script({ sql: "UPDATE a" }, { sql: "UPDATE b" });
const unavailable = { code: "store_unavailable" };

describe("a statement of several steps", () => {
  it("is one transaction", async () => {
    const { pool, log } = failing({});
    expect(await driverOn(pool).command(two).run()).toBe(1);
    expect(log).toEqual([...begin, "UPDATE a", "UPDATE b", "COMMIT", "released"]);
  });

  it.each([1213, 1205, 1020])("is done anew when the server has undone it (%i)", async (errno) => {
    const { pool, log } = failing({ "UPDATE b": [answered(errno), answered(errno)] });
    expect(await driverOn(pool).command(two).run()).toBe(1);
    const undone = [...begin, "UPDATE a", "UPDATE b", "ROLLBACK", "released"];
    expect(log).toEqual([...undone, ...undone, ...begin, "UPDATE a", "UPDATE b", "COMMIT", "released"]);
  });

  it("is done anew when its connection breaks before the commit", async () => {
    for (const at of ["START TRANSACTION", "UPDATE b"]) {
      const { pool, log } = failing({ [at]: [lost()] });
      expect(await driverOn(pool).command(two).run()).toBe(1);
      expect(log.filter((line) => line === "destroyed" || line === "COMMIT")).toEqual([
        "destroyed",
        "COMMIT",
      ]);
    }
  });

  it("is not done anew when its connection breaks at the commit: it may have been done", async () => {
    const { pool, log } = failing({ COMMIT: [lost()] });
    await expect(driverOn(pool).command(two).run()).rejects.toMatchObject(unavailable);
    expect(log.slice(-2)).toEqual(["COMMIT", "destroyed"]);
  });

  it("is undone when the server refuses a step, and fails", async () => {
    const { pool, log } = failing({ "UPDATE b": [answered(1064)] });
    await expect(driverOn(pool).command(two).run()).rejects.toMatchObject(unavailable);
    expect(log.slice(-3)).toEqual(["UPDATE b", "ROLLBACK", "released"]);
  });

  it("ends its connection when it cannot be undone", async () => {
    const { pool, log } = failing({ "UPDATE b": [answered(1064)], ROLLBACK: [lost()] });
    await expect(driverOn(pool).command(two).run()).rejects.toMatchObject(unavailable);
    expect(log.slice(-2)).toEqual(["ROLLBACK", "destroyed"]);
  });
});

describe("a single step", () => {
  it("that only reads is done anew when its connection breaks, and one that writes is not", async () => {
    const reading = failing({ "SELECT 1": [lost()] });
    expect(await driverOn(reading.pool).query("SELECT 1").first()).toEqual([1]);
    const writing = failing({ "UPDATE a": [lost()] });
    await expect(driverOn(writing.pool).command("UPDATE a").run()).rejects.toMatchObject(unavailable);
    expect(writing.log).toEqual(["UPDATE a", "destroyed"]);
  });

  it.each([
    ["nobody listens", failure({ code: "ECONNREFUSED", fatal: true })],
    ["the connection breaks while it is made", lost()],
    ["there are too many", answered(1040)],
  ])("is done anew where no connection was to be had: %s", async (_, error) => {
    const { pool, log } = failing({ connect: [error, error] });
    expect(await driverOn(pool).command("UPDATE a").run()).toBe(1);
    expect(log).toEqual(["UPDATE a", "released"]);
  });

  it.each([1243, 1290, 1836, 4031])(
    "is done anew, on another connection, after a failover (%i)",
    async (errno) => {
      const { pool, log } = failing({ "UPDATE a": [answered(errno)] });
      expect(await driverOn(pool).command("UPDATE a").run()).toBe(1);
      expect(log).toEqual(["UPDATE a", "destroyed", "UPDATE a", "released"]);
    },
  );

  it("fails at once where trying again is of no use", async () => {
    const { pool, log } = failing({ connect: [answered(1045)] });
    await expect(driverOn(pool).query("SELECT 1").all()).rejects.toMatchObject(unavailable);
    expect(log).toEqual([]);
  });
});

describe("a database that does not answer", () => {
  it("is given up in time, and its connection ended", async () => {
    const { pool, log } = failing({});
    const connection = await pool.getConnection();
    const silent = { ...connection, execute: () => new Promise<never>(() => {}) };
    const driver = driverOn({ getConnection: async () => silent }, 20);
    await expect(driver.query("SELECT 1").first()).rejects.toMatchObject(unavailable);
    expect(log).toEqual(["destroyed"]);
  });

  it("is not asked any more by those who waited in vain for a connection", async () => {
    const { pool, log } = failing({});
    let give: (connection: MysqlConnection) => void = () => {};
    const waiting: MysqlPool = { getConnection: () => new Promise((resolve) => (give = resolve)) };
    await expect(driverOn(waiting, 20).command("UPDATE a").run()).rejects.toMatchObject(unavailable);
    give(await pool.getConnection());
    await new Promise(setImmediate);
    expect(log).toEqual(["released"]);
  });
});

describe("mysql", () => {
  let server: Server | null = null;
  afterEach(() => {
    vi.doUnmock("mysql2");
    vi.resetModules();
    server?.close();
  });

  it.each(["", "mysql", "postgres://localhost/db", "mysql//root:hidden@localhost"])(
    "refuses a connection string that is none, and does not repeat it: %j",
    (url) => {
      let caught: unknown;
      try {
        mysql(url);
      } catch (error) {
        caught = error;
      }
      expect(caught).toMatchObject({ code: "config_invalid" });
      expect(String(caught)).not.toContain("hidden");
    },
  );

  it("says what to install where mysql2 is missing", async () => {
    vi.doMock("mysql2", () => {
      throw new Error("Cannot find package");
    });
    vi.resetModules();
    const { mysql: lonely } = await import("./index.ts");
    const store = lonely("mysql://localhost/db");
    await expect(store.sessions.find(sampleSession().sid)).rejects.toMatchObject({
      code: "config_dependency_missing",
      message: expect.stringContaining("npm install mysql2") as string,
    });
    await store.close();
  });

  it("where nothing listens is an outage, told without the address or the statement", async () => {
    const store = mysql("mysql://root:hidden@127.0.0.1:9/db");
    const error = await Promise.resolve(store.sessions.find(sampleSession().sid)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: "store_unavailable",
      retryAfter: 1,
      cause: { code: "ECONNREFUSED" },
    });
    expect((error as SojournError).message).not.toMatch(/127|hidden|SELECT/);
    await store.close();
    await store.close();
  });

  it("where something else listens is an outage", async () => {
    server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0);
    const { port } = server.address() as { port: number };
    const store = mysql(`mysql://root@127.0.0.1:${port}/db`);
    await expect(store.sessions.find(sampleSession().sid)).rejects.toMatchObject(unavailable);
    await store.close();
  });
});

describeMysql("mysql on a server", () => {
  afterAll(dropDatabases);

  it("makes no connection before it is used, ten at most, and none stays", async () => {
    const name = await newDatabase();
    const store = mysql(urlOf(name));
    expect(await connectionsTo(name)).toEqual([]);
    await Promise.all(Array.from({ length: 50 }, async () => store.sessions.create(sampleSession(), null)));
    expect(await connectionsTo(name)).toHaveLength(10);
    await store.close();
    await expect.poll(() => connectionsTo(name)).toEqual([]);
    await expect(store.sessions.find(sampleSession().sid)).rejects.toMatchObject(unavailable);
    await expect(store.migrate()).rejects.toMatchObject(unavailable);
  });

  it("leaves a pool that was passed open, and its connections as they were", async () => {
    const pool = createPool({ uri: urlOf(await newDatabase()), connectionLimit: 1 });
    const state = async (): Promise<unknown> =>
      (
        await pool.query(
          "SHOW SESSION VARIABLES WHERE variable_name REGEXP 'isolation|lock_wait|autocommit|sql_mode|^character'",
        )
      )[0];
    const before = await state();
    const store = mysql(pool);
    const record = sampleSession();
    await store.sessions.create(record, { max: 1, onExceed: "evict-oldest" });
    await store.sessions.revoke(record.sid, start, "revoked");
    await store.close();
    expect(await state()).toEqual(before);
    await pool.end();
  });

  it.each([
    [{ charset: "latin1" }, /utf8mb4/],
    [{ supportBigNumbers: true, bigNumberStrings: true }, /bigNumberStrings/],
  ])("refuses a pool that would garble what it keeps: %j", async (option, message) => {
    const pool = createPool({ uri: urlOf(await newDatabase()), ...option });
    const store = mysql(pool);
    await expect(store.migrate()).rejects.toMatchObject({ code: "config_invalid" });
    await expect(store.sessions.find(sampleSession().sid)).rejects.toThrow(message);
    await pool.end();
  });

  it("goes on when the server has ended every idle connection", async () => {
    const name = await newDatabase();
    const store = mysql(urlOf(name));
    for (let round = 0; round < 5; round += 1) {
      const records = Array.from({ length: 10 }, () => sampleSession());
      await Promise.all(records.map(async (record) => store.sessions.create(record, null)));
      await asAdmin(...(await connectionsTo(name)).map((id) => `KILL ${id}`));
      const found = await Promise.all(records.map(async ({ sid }) => store.sessions.find(sid)));
      expect(found.map((one) => one?.record)).toEqual(records);
      await asAdmin(...(await connectionsTo(name)).map((id) => `KILL ${id}`));
      const ended = await store.sessions.revokeByUser("user-1", start, "revoked", null);
      expect(ended).toHaveLength(10);
    }
    expect((await store.sessions.revokedSince(null, 100)).revocations).toHaveLength(50);
    await store.close();
  });

  it("does a verb once whose connection the server ends in the middle of it", async () => {
    const name = await newDatabase();
    const store = mysql(urlOf(name));
    const records = Array.from({ length: 20 }, () => sampleSession());
    for (const record of records) await store.sessions.create(record, null);
    const holder = createPool({ uri: urlOf(name) });
    const held = await holder.getConnection();
    await held.query("START TRANSACTION");
    await held.query("SELECT * FROM sojourn_feed FOR UPDATE");
    const ending = store.sessions.revokeByUser("user-1", start, "revoked", null);
    await asAdmin(`KILL ${await blockedIn(name, "UPDATE sojourn_feed")}`);
    await held.query("COMMIT");
    expect(await ending).toHaveLength(20);
    expect((await store.sessions.revokedSince(null, 100)).revocations).toHaveLength(20);
    held.release();
    await holder.end();
    await store.close();
  });
});
