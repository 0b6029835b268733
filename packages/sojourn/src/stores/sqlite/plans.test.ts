import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { EntryStore } from "../../ports/entry-store.ts";
import type { SessionStore } from "../../ports/session-store.ts";
import { sampleSession } from "../../testing/index.ts";
import type { AccountDirectory } from "../account-directory.ts";
import { sqlite, type SqliteDatabase } from "./index.ts";

const start = Date.UTC(2030, 0, 1);

async function useSessions(sessions: SessionStore): Promise<void> {
  const { sid } = sampleSession();
  await sessions.create(sampleSession({ sid }), { max: 1, onExceed: "evict-oldest" });
  await sessions.create(sampleSession(), { max: 1, onExceed: "deny" });
  await sessions.find(sid);
  await sessions.touch([{ sid, seenAt: start, now: start, counter: null }]);
  await sessions.rotate(sid, 0, start, "key-1");
  await sessions.update(sid, 0, { acr: "aal2", lastSeenAt: start }, start);
  await sessions.setData(sid, "key", "value", start, 1000);
  await sessions.takeData(sid, "key", start);
  await sessions.deleteData(sid, "key", start);
  await sessions.listByUser("user-1", start, { limit: 1, offset: 0 });
  await sessions.announce({ topic: "user", subject: "user-1", at: start, expiresAt: start });
  await sessions.revokedSince(null, 1);
  await sessions.deleteExpired(start, 1);
  await sessions.revokeByUser("user-1", start, "revoked", null);
  await sessions.revoke(sid, start, "revoked");
}

async function useEntries(entries: EntryStore): Promise<void> {
  const entry = { space: "things", key: "key", owner: "user-1", value: 1, expiresAt: start + 1 };
  for (const now of [start, start, start + 1]) await entries.add(entry, now);
  await entries.get("things", "key", start);
  await entries.replace("things", "key", 0, entry, start);
  for (const owner of ["user-1", null]) await entries.list("things", owner, start, { limit: 1, after: "z" });
  await entries.take("things", "key", start);
  await entries.removeOwned("things", "user-1");
  await entries.deleteExpired(start, 1);
}

async function useAccounts(users: AccountDirectory): Promise<void> {
  const account = {
    id: "u",
    email: "e",
    emailVerified: false,
    name: null,
    createdAt: start,
    passwordHash: "$",
  };
  await users.create(account);
  await users.findByEmail("e");
  await users.findCredential("u");
  await users.replacePassword("u", "$", "$2");
  await users.setStatus("u", "active");
  await users.setRole("u", "user");
  await users.setName("u", null);
  await users.setEmailVerified("u", "e");
  await users.remove("u");
}

/** What the database does for each statement that was prepared. */
async function plansOfEverything(): Promise<{ text: string; steps: string[] }[]> {
  const database = new DatabaseSync(":memory:");
  const texts: string[] = [];
  const recording: SqliteDatabase = {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => (texts.push(sql), database.prepare(sql)),
  };
  const store = sqlite(recording);
  await store.migrate();
  texts.length = 0;
  await useSessions(store.sessions);
  await useEntries(store.entries);
  await useAccounts(store.users);
  const plans = texts.map((text) => {
    const plan = database
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all(...Array.from(text.matchAll(/\?/g), () => null));
    return { text, steps: plan.map(({ detail }) => String(detail)) };
  });
  database.close();
  return plans;
}

describe("every statement of sqlite", () => {
  it("finds its rows by an index", async () => {
    const plans = await plansOfEverything();
    expect(plans.length).toBeGreaterThan(33);
    const scans = plans.filter(({ steps }) =>
      steps.some((step) => /^SCAN (s|u|c|r|sojourn_\w+)\b/.test(step)),
    );
    expect(scans).toEqual([]);
  });

  it("comes to the entries of a page by their keys, in their order", async () => {
    const lists = (await plansOfEverything()).filter(({ text }) => text.includes("ORDER BY key DESC"));
    expect(lists.map(({ steps }) => steps)).toEqual([
      ["SEARCH sojourn_entry USING INDEX sojourn_entry_by_owner (space=? AND owner=? AND key<?)"],
      ["SEARCH sojourn_entry USING PRIMARY KEY (space=? AND key<?)"],
    ]);
  });
});
