import { createPool, type Pool } from "mysql2/promise";
import { afterAll, expect, it } from "vitest";
import type { EntryStore } from "../../ports/entry-store.ts";
import type { SessionStore } from "../../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { asAdmin, dropDatabases, newDatabase, describeMysql, urlOf } from "./database.fixture.ts";
import {
  type AccountDirectory,
  type AccountStore,
  mysql,
  type MysqlConnection,
  type MysqlPool,
} from "./index.ts";

const start = Date.UTC(2030, 0, 1);
const users = 3000;

/** A pool that notes every statement with the values of its last use. */
function recording(pool: Pool, seen: Map<string, unknown[]>): MysqlPool {
  return {
    async getConnection(): Promise<MysqlConnection> {
      const connection = await pool.getConnection();
      return {
        query: (query) => connection.query(query),
        execute(query) {
          seen.set(query.sql, query.values ?? []);
          return connection.execute(query);
        },
        release: () => connection.release(),
        destroy: () => connection.destroy(),
      };
    },
  };
}

/** Many rows, without which a database rightly reads the whole table. */
async function populate(name: string): Promise<void> {
  const numbers = `WITH RECURSIVE digit (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM digit WHERE i < 99),
    number (n) AS (SELECT a.i * 100 + b.i + 1 FROM digit AS a CROSS JOIN digit AS b WHERE a.i * 100 + b.i < ${users})`;
  const key = (text: string): string => `UNHEX(SHA2(${text}, 256))`;
  await asAdmin(
    `USE ${name}`,
    `INSERT INTO sojourn_session (sid, user_key, user_id, kind, method, transport, remember, created_at, auth_time,
        last_seen_at, idle_timeout, expires_at, ended_by, version, amr, data)
      ${numbers} SELECT LEFT(${key("n")}, 16), ${key("n % 1000")}, n % 1000, 'user', 'password', 'cookie', 0, ${start}, ${start},
        ${start}, n, ${start} + n, LEFT(${key("n")}, 16), 0, '[]', '{}' FROM number`,
    `INSERT INTO sojourn_revocation (seq, sid, user_id, reason, ended_at, expires_at)
      ${numbers} SELECT n, LEFT(${key("n")}, 16), n, 'revoked', ${start}, ${start} + n FROM number`,
    `UPDATE sojourn_feed SET last_seq = ${users}`,
    `INSERT INTO sojourn_user (id_key, email_key, id, email, role, created_at)
      ${numbers} SELECT ${key("n")}, ${key("n")}, n, n, 'user', ${start} FROM number`,
    `INSERT INTO sojourn_credential (user_key, password_hash) ${numbers} SELECT ${key("n")}, '$' FROM number`,
    `INSERT INTO sojourn_entry (space, name, owner, value, expires_at)
      ${numbers} SELECT IF(n % 2, 'odd', 'even'), n, n % 1000, '1', IF(n % 3, ${start} + n, NULL) FROM number`,
    "ANALYZE TABLE sojourn_entry, sojourn_session, sojourn_revocation, sojourn_user, sojourn_credential",
  );
}

async function useEverything(store: AccountStore): Promise<void> {
  await useSessions(store.sessions);
  await useUsers(store.users);
  if (store.entries !== undefined) await useEntries(store.entries);
}

async function useSessions(sessions: SessionStore): Promise<void> {
  const record = sampleSession({ refresh: sampleLineage() });
  const { sid } = record;
  await sessions.create(record, null);
  await sessions.create(sampleSession(), { max: 1, onExceed: "evict-oldest" });
  await sessions.create(sampleSession(), { max: 1, onExceed: "deny" });
  await Promise.all([record, sampleSession(), sampleSession()].map(async (one) => sessions.find(one.sid)));
  await sessions.touch([{ sid, seenAt: start, now: start, counter: null }]);
  const live = sampleSession({ refresh: sampleLineage() });
  await sessions.create(live, null);
  await sessions.rotate(live.sid, 0, start, "key-1");
  await sessions.update(live.sid, 0, { acr: "aal2", lastSeenAt: start }, start);
  await sessions.setData(live.sid, "key", "value", start, 1);
  await sessions.takeData(live.sid, "key", start);
  await sessions.setData(live.sid, "key", "value", start, 100);
  await sessions.takeData(live.sid, "key", start);
  await sessions.deleteData(live.sid, "key", start);
  await sessions.announce({ topic: "user", subject: "user-1", at: start, expiresAt: start + users });
  await sessions.listByUser("user-1", start, { limit: 1, offset: 0 });
  await sessions.revokedSince(String(users - 10), 5);
  await sessions.deleteExpired(start + 5, 10);
  await sessions.revoke(live.sid, start, "revoked");
  await sessions.revokeByUser("user-1", start, "revoked", null);
}

async function useUsers(accounts: AccountDirectory): Promise<void> {
  const account = {
    id: "u",
    email: "e",
    emailVerified: false,
    name: null,
    createdAt: start,
    passwordHash: "$",
  };
  await accounts.create(account);
  await accounts.findByEmail("e");
  await accounts.findCredential("u");
  await accounts.replacePassword("u", "$", "$2");
  await accounts.setStatus("u", "active");
  await accounts.setRole("u", "user");
  await accounts.setName("u", null);
  await accounts.setEmailVerified("u", "e");
  await accounts.remove("u");
}

async function useEntries(entries: EntryStore): Promise<void> {
  const entry = { space: "odd", key: "new", owner: "17", value: 1, expiresAt: start };
  await entries.add(entry, start);
  await entries.add({ ...entry, expiresAt: null }, start);
  await entries.get("odd", "new", start);
  await entries.replace("odd", "new", 0, { value: 2, expiresAt: null }, start);
  await entries.list("odd", "17", start, { limit: 5, after: "3" });
  await entries.list("odd", null, start, { limit: 5, after: "1000" });
  await entries.take("odd", "new", start);
  await entries.removeOwned("odd", "17");
  await entries.deleteExpired(start + 5, 10);
}

describeMysql("every statement of mysql", () => {
  afterAll(dropDatabases);

  it("finds its rows by an index, however many there are", async () => {
    const name = await newDatabase();
    const pool = createPool({ uri: urlOf(name) });
    const seen = new Map<string, unknown[]>();
    const store = mysql(recording(pool, seen));
    await store.migrate();
    await populate(name);
    seen.clear();
    await useEverything(store);

    const wrong: string[] = [];
    for (const [sql, values] of seen) {
      const [plan] = await pool.execute(`EXPLAIN ${sql}`, values as string[]);
      for (const { table, rows, type } of plan as Record<string, string | number | null>[]) {
        // A row that names no table of ours: a list of parameters, or the little that came out of one.
        const isOurs = /^(?:s|u|c|r|sojourn_(?:session|revocation|user|credential|entry))$/.test(
          String(table),
        );
        const isInsert = type === "ALL" && rows === null;
        if (isOurs && !isInsert && (type === "ALL" || type === "index" || Number(rows) > 50))
          wrong.push(`${table} ${type} ${rows}: ${sql}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(seen.size).toBeGreaterThan(28);
    await pool.end();
  });

  it("comes to sessions by their sid or their user, even where their end seems the shorter way", async () => {
    const name = await newDatabase();
    const pool = createPool({ uri: urlOf(name) });
    const seen = new Map<string, unknown[]>();
    const { sessions } = mysql(recording(pool, seen));
    for (let at = 0; at < 200; at += 1) await sessions.create(sampleSession({ expiresAt: start + at }), null);
    const now = start + 300;
    const record = sampleSession({ refresh: sampleLineage(), createdAt: now });
    const { sid } = record;
    await asAdmin(`ANALYZE TABLE ${name}.sojourn_session`);
    await sessions.create(record, { max: 1, onExceed: "evict-oldest" });
    await sessions.create(sampleSession({ createdAt: now }), { max: 1, onExceed: "deny" });
    await sessions.listByUser("user-1", now, { limit: 1, offset: 0 });
    await sessions.touch([{ sid, seenAt: now, now, counter: 0 }]);
    await sessions.rotate(sid, 0, now, "key-2");
    await sessions.update(sid, 0, { lastSeenAt: now }, now);
    await sessions.setData(sid, "key", 1, now, 1);
    await sessions.deleteData(sid, "key", now);
    await sessions.revoke(sid, now, "revoked");
    await sessions.revokeByUser("user-1", now, "revoked", null);
    const ways: string[] = [];
    for (const [sql, values] of seen) {
      if (!sql.includes("over_at")) continue;
      const [plan] = await pool.execute(`EXPLAIN ${sql}`, values as string[]);
      for (const { table, key } of plan as Record<string, unknown>[])
        if (table === "sojourn_session" || table === "s") ways.push(`${String(key)}: ${sql}`);
    }
    expect(ways.length).toBeGreaterThan(10);
    expect(ways.filter((way) => !/^(?:PRIMARY|sojourn_session_by_user):/.test(way))).toEqual([]);
    await pool.end();
  });
});
