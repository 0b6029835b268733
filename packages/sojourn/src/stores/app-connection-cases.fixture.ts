import Database from "better-sqlite3";
import { expect, it, vi } from "vitest";
import type { Auth } from "../auth.ts";
import type { AuthOptions } from "../auth-options.ts";
import { schemaText } from "../cli/schema-text.ts";
import { createAuth } from "../create-auth.ts";
import type { SojournError } from "../domain/errors.ts";
import { password } from "../login/password/index.ts";
import type { Store } from "../ports/session-store.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import { fakeClock, sampleLineage, sampleSession } from "../testing/index.ts";
import type { AccountStore } from "./account-directory.ts";
import { type AppDatabase, appUsers, appUserTable, type Dialect } from "./app-database.fixture.ts";
import { postgres } from "./postgres/index.ts";
import { migrations as postgresSteps } from "./sql/postgres/schema.ts";
import { migrations as sqliteSteps } from "./sql/sqlite/schema.ts";
import { statementsOf } from "./sql/statements-of.ts";
import type { UserTable } from "./sql/user-table.ts";
import { sqlite } from "./sqlite/index.ts";

/** A node of the app: a connection of its own, and a store on it. */
export interface Node {
  readonly store: Store;
  /** Closes the connection under the store. */
  cut(): Promise<void>;
}

/** What a test works with. */
export interface Kit {
  database(): AppDatabase;
  node(options?: { readonly users?: boolean | UserTable }, where?: string): Node;
}

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
const baseURL = "https://app.example.com";
const start = Date.UTC(2030, 0, 1);
const steps = { sqlite: sqliteSteps, postgres: postgresSteps };

/** Cases on who the users are. */
export function userCases(kit: Kit, dialect: Dialect): void {
  it("signs up, in and out, and another node sees each at once", async () => {
    const [here, there] = twoNodes(kit, { login: [password()] });
    const post = (path: string, cookie: string, body?: object): Promise<Response> =>
      here.handler(
        new Request(`${baseURL}/auth/${path}`, {
          method: "POST",
          headers: { cookie, "content-type": "application/json", "sec-fetch-site": "same-origin" },
          ...(body && { body: JSON.stringify(body) }),
        }),
      );
    const ada = { email: "ada@example.com", password: "correct horse battery" };
    expect((await post("sign-up/password", "", ada)).status).toBeLessThan(300);
    expect((await post("sign-in/password", "", { ...ada, password: "wrong" })).status).toBe(401);
    const signedIn = await post("sign-in/password", "", ada);
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const live = await there.getSession({ headers: { cookie } });
    expect(live?.user).toMatchObject({ email: ada.email, role: "user", status: "active" });
    const sid = live?.session.sid ?? "";
    await here.sessions.setData(sid, "cart", [1, 2]);
    expect(await there.sessions.getData(sid, "cart")).toEqual([1, 2]);
    expect(await there.sessions.list(live?.user.id ?? "")).toHaveLength(2);
    expect((await post("sign-out", cookie)).status).toBeLessThan(300);
    expect(await there.getSession({ headers: { cookie } })).toBeNull();
    await here.close();
    await there.close();
  });

  it("hears on another node of an end, although nothing calls out", async () => {
    const clock = fakeClock();
    expect(kit.node().store.signals).toBeUndefined();
    const [here, there] = twoNodes(kit, { clock, strategy: "hybrid" });
    const account = {
      email: "ada@example.com",
      emailVerified: false,
      name: null,
      passwordHash: "$",
      createdAt: start,
    };
    await (kit.node().store as AccountStore).users.create({ ...account, id: "ada" });
    const { cookies, session } = await here.sessions.create({ userId: "ada", method: "own" });
    const headers = { cookie: cookies.map((cookie) => cookie.split(";")[0]).join("; ") };
    expect((await there.authenticate({ headers })).status).toBe("active");
    await here.sessions.revoke(session.sid);
    await clock.advance(2000);
    // The clock is a test's own; what was asked by it comes from a real database, in its own time.
    await vi.waitFor(async () =>
      expect(await there.authenticate({ headers })).toMatchObject({ status: "ended", reason: "revoked" }),
    );
    await here.close();
    await there.close();
  });

  it("keeps its own users, who decide at once who is signed in", async () => {
    await kit.database().run(appUsers[dialect]);
    const store = kit.node({ users: appUserTable }).store;
    const auth = createAuth({ secret, baseURL, store: store as Store<{ id: string; role: string }> });
    const { cookies, user } = await auth.sessions.create({ userId: "7", method: "own" });
    expect(user).toEqual({ id: "7", email: "ada@example.com", role: "editor", banned: 0 });
    expect(await store.directory?.findById("7")).toEqual(user);
    expect(await store.directory?.findById("9")).toBeNull();
    const headers = { cookie: cookies[0]?.split(";")[0] ?? "" };
    await kit.database().run(`UPDATE "app user" SET level = 'admin' WHERE "user no" = 7`);
    expect((await auth.getSession({ headers }))?.user.role).toBe("admin");
    await kit.database().run(`UPDATE "app user" SET banned = 1`);
    expect(await auth.authenticate({ headers })).toMatchObject({ status: "ended", reason: "user_disabled" });
    await expect(auth.sessions.create({ userId: "8", method: "own" })).rejects.toMatchObject({
      code: "account_disabled",
    });
    await auth.close();
  });

  it("that keeps its users elsewhere gets sessions without them", async () => {
    const { store } = kit.node({ users: false });
    const record = sampleSession();
    await store.sessions.create(record, null);
    expect(await store.sessions.find(record.sid)).toEqual({ record, user: undefined });
    expect([store.users, store.directory]).toEqual([undefined, undefined]);
  });

  it("gets back numbers, bytes and nothing as such, whatever the client makes of them", async () => {
    const { store } = kit.node();
    const seed = Uint8Array.from({ length: 32 }, (_, at) => 255 - at);
    const record = sampleSession({ secretHash: seed, refresh: sampleLineage({ seed }), ip: null });
    await store.sessions.create(record, null);
    await store.sessions.revoke(sampleSession().sid, start, "revoked");
    for (const found of [
      (await store.sessions.find(record.sid))?.record,
      (await store.sessions.listByUser(record.userId, start, { limit: 1, offset: 0 }))[0],
      await store.sessions.rotate(record.sid, 0, start, "key-2"),
    ]) {
      expect(found?.secretHash).toBeInstanceOf(Uint8Array);
      expect([...(found?.refresh?.seed ?? [])]).toEqual([...seed]);
      expect([found?.createdAt, found?.version, found?.ip, found?.endedAt]).toEqual([start, 0, null, null]);
    }
  });
}

/** Cases on tables that are made, by the store or by the app. */
export function migrationCases(kit: Kit, dialect: Dialect): void {
  const versions = async (): Promise<unknown[]> =>
    (await kit.database().run("SELECT version FROM sojourn_migration ORDER BY version")).map(
      ({ version }) => version,
    );

  it("has its tables made once, however many nodes begin at once", async () => {
    const stores = Array.from({ length: 8 }, () => kit.node().store);
    await Promise.all(stores.map(async (store) => store.migrate()));
    expect(await versions()).toEqual(steps[dialect].map(({ version }) => version));
    const record = sampleSession();
    await stores[0]!.sessions.create(record, null);
    expect((await stores[7]!.sessions.find(record.sid))?.record).toEqual(record);
  });

  it("gets the very tables that the store of the database's own makes", async () => {
    const { where } = kit.database();
    const own = dialect === "sqlite" ? sqlite(new Database(where)) : postgres(where);
    await kit.node().store.migrate();
    expect(await own.pendingSteps?.()).toEqual([]);
    const record = sampleSession();
    await own.sessions.create(record, { max: 1, onExceed: "evict-oldest" });
    expect((await kit.node().store.sessions.find(record.sid))?.record).toEqual(record);
    await own.close();
  });

  it("is told what is due, and nothing is changed by asking", async () => {
    const { store } = kit.node();
    const known = steps[dialect].map(({ version, sql }) => ({ version, sql }));
    expect(await store.pendingSteps?.()).toEqual(known);
    await expect(versions()).rejects.toThrow(/sojourn_migration/);
    await store.migrate();
    expect(await store.pendingSteps?.()).toEqual([]);
  });

  it("may make them by a script of its own, which can be split at its marks", async () => {
    const script = schemaText(dialect);
    await kit.database().run(script);
    const { store } = kit.node();
    expect(await store.pendingSteps?.()).toEqual([]);
    const before = await kit.database().run("SELECT * FROM sojourn_migration");
    await store.migrate();
    expect(await kit.database().run("SELECT * FROM sojourn_migration")).toEqual(before);
    const record = sampleSession();
    await store.sessions.create(record, null);
    expect((await store.sessions.find(record.sid))?.record).toEqual(record);
    expect(script.split("--> statement-breakpoint").map((part) => statementsOf(part).length)).toEqual(
      statementsOf(script).map(() => 1),
    );
  });

  it("with tables of a later version is stopped, and told what to do", async () => {
    await kit.node().store.migrate();
    await kit.database().run("INSERT INTO sojourn_migration (version, checksum) VALUES (99, 'later')");
    const { store } = kit.node();
    const refusal = {
      code: "store_schema_newer",
      message: expect.stringMatching(/step 99 .* Update/) as string,
    };
    await expect(store.migrate()).rejects.toMatchObject(refusal);
    await expect(store.pendingSteps?.()).rejects.toMatchObject(refusal);
    await expect(store.sessions.find(sampleSession().sid)).rejects.toMatchObject(refusal);
  });

  it.runIf(dialect === "sqlite")("whose first start broke off half-way goes on with the next", async () => {
    for (const statement of statementsOf(sqliteSteps[0]!.sql).slice(0, 6))
      await kit.database().run(statement);
    const { store } = kit.node();
    await store.migrate();
    expect(await versions()).toEqual(steps.sqlite.map(({ version }) => version));
    await store.sessions.create(sampleSession(), { max: 1, onExceed: "evict-oldest" });
    expect((await store.sessions.revokedSince(null, 10)).revocations).toEqual([]);
  });
}

/** Cases on a database that fails. */
export function failureCases(kit: Kit, dialect: Dialect, reopens: boolean): void {
  const failure = async (act: () => unknown): Promise<SojournError> => {
    try {
      await act();
    } catch (error) {
      return error as SojournError;
    }
    throw new Error("It did not fail.");
  };

  it("whose tables are gone is told of an outage, without the statement or what was in it", async () => {
    const { store } = kit.node();
    await store.migrate();
    await kit.database().run(`DROP TABLE sojourn_session${dialect === "postgres" ? " CASCADE" : ""}`);
    const record = sampleSession({ userId: "marked-user", ip: "192.0.2.99" });
    const error = await failure(() => store.sessions.create(record, null));
    expect([error.code, error.retryAfter]).toEqual(["store_unavailable", 1]);
    expect(error.message).not.toMatch(/INSERT|sojourn_/);
    // The cause is for the log, where hashes and addresses have no business either.
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      expect(cause.message).not.toMatch(/marked-user|192\.0\.2\.99/);
    }
  });

  it("whose database cannot be reached is told of an outage, until it can", async () => {
    const nowhere = {
      // No database at all.
      sqlite: import.meta.filename,
      postgres: "postgres://postgres@127.0.0.1:1/test",
    }[dialect];
    const { store } = kit.node({}, nowhere);
    for (const act of [() => store.migrate(), () => store.sessions.find(sampleSession().sid)]) {
      const { code, message } = await failure(act);
      expect([code, message]).toEqual(["store_unavailable", expect.not.stringMatching(/SELECT|127|\//)]);
    }
  });

  it.skipIf(reopens)("whose connection is gone is told of an outage by every verb", async () => {
    const { store, cut } = kit.node();
    await store.migrate();
    await cut();
    const { sessions } = store;
    const { sid } = sampleSession();
    const verbs: Record<string, () => unknown> = {
      create: () => sessions.create(sampleSession(), null),
      find: () => sessions.find(sid),
      revoke: () => sessions.revoke(sid, start, "revoked"),
      revokedSince: () => sessions.revokedSince(null, 1),
      pendingSteps: () => store.pendingSteps?.(),
    };
    for (const [verb, act] of Object.entries(verbs))
      expect([verb, (await failure(act)).code]).toEqual([verb, "store_unavailable"]);
  });

  it("that has closed its store finds it closed, and its connection open", async () => {
    const { store } = kit.node();
    await store.migrate();
    await store.close();
    expect((await failure(() => store.sessions.find(sampleSession().sid))).code).toBe("store_unavailable");
    expect(await store.pendingSteps?.()).toEqual([]);
  });

  it.runIf(dialect === "postgres")("loses nothing to a deadlock: the statement is run again", async () => {
    const { store } = kit.node();
    await store.migrate();
    await kit.database()
      .run(`CREATE SEQUENCE attempt; CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF nextval('attempt') = 1 THEN RAISE EXCEPTION 'once' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER fail_once BEFORE INSERT ON sojourn_session FOR EACH ROW EXECUTE FUNCTION fail_once()`);
    expect(await store.sessions.create(sampleSession(), null)).toMatchObject({ created: true });
    expect(await kit.database().run("SELECT last_value::int AS attempts FROM attempt")).toEqual([
      { attempts: 2 },
    ]);
  });
}

/** Two nodes of one app, each with a connection of its own. */
function twoNodes(kit: Kit, options: AuthOptions<StoredUser>): [Auth<StoredUser>, Auth<StoredUser>] {
  const node = (): Auth<StoredUser> =>
    createAuth({ secret, baseURL, ...options, store: kit.node().store as AccountStore });
  return [node(), node()];
}
