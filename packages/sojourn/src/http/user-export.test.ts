import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../domain/session.ts";
import type { UserExport } from "../session/user-export.ts";
import type { AccountStore } from "../stores/account-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import { withHook } from "./fleet.fixture.ts";
import { ada, createSite, type Site, strategies } from "./http-test-kit.fixture.ts";
import { createSupport, reason } from "./impersonation.fixture.ts";

const { email, password } = ada;
const bob = { email: "bob@example.com", password: "another phrase of words", name: "Bob" };
const hour = 3_600_000;

async function exportOf(site: Site, userId: string): Promise<UserExport> {
  const document = await site.auth.users.export(userId);
  return (await new Response(document).json()) as UserExport;
}

/** Gives somebody many sessions, as copies of one that they have. */
async function multiply(store: AccountStore, sid: string, count: number): Promise<void> {
  const record = (await store.sessions.find(sid))?.record as SessionRecord;
  for (let i = 1; i < count; i += 1) {
    const copy = `${sid.slice(0, 24)}${String(i).padStart(12, "0")}`;
    await store.sessions.create({ ...record, sid: copy, lastSeenAt: record.lastSeenAt + i }, null);
  }
}

describe.each(strategies)("all that is held about a user (%s)", (strategy) => {
  it("is the user, their sessions and their events, and nothing of anybody else", async () => {
    const site = createSite(strategy, { audit: true });
    const browser = await site.signedUp();
    await site.signedUp(bob);
    const { session, user } = (await browser.get("/session")).body;
    const found = await exportOf(site, user.id);
    expect(found).toMatchObject({
      format: "sojourn-user-1",
      exportedAt: "2030-01-01T00:00:00.000Z",
      user: { id: user.id, email, name: "Ada" },
      identities: [],
      sessions: [{ sid: session.sid, ip: null, actor: null }],
    });
    expect(found.events?.map(({ type }) => type)).toEqual([
      "user_exported",
      "authn_login_success",
      "session_created",
      "user_created",
    ]);
    expect(JSON.stringify(found)).not.toContain("bob@");
    expect(site.eventTypes().at(-1)).toBe("user_exported");
  });

  it("is no credential and no hash", async () => {
    const site = createSite(strategy, { audit: { events: () => true } });
    const browser = await site.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    const text = await new Response(await site.auth.users.export(userId)).text();
    for (const { value } of browser.jar.values()) {
      const secret = value.split(".").at(-1) ?? "";
      expect(secret.length).toBeGreaterThan(20);
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/\$test\$|hash|refresh|"data"/i);
  });
});

describe("the document", () => {
  it("is null for who is not there", async () => {
    expect(await createSite("stateful").auth.users.export("nobody")).toBe(null);
  });

  it("leaves out what is not kept", async () => {
    const site = createSite("stateless", { revocations: "none" });
    const browser = await site.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    const found = await exportOf(site, userId);
    expect(Object.keys(found)).toEqual(["format", "exportedAt", "user", "identities"]);
  });

  it.each([
    ["memory", () => memory()],
    ["sqlite", () => sqlite(":memory:")],
  ])(
    "of thousands of sessions and events comes in small pieces, each thing once (%s)",
    async (_name, open) => {
      const accounts = open();
      const site = createSite("stateful", { audit: true, accounts });
      const browser = await site.signedUp();
      const { sid, userId } = (await browser.get("/session")).body.session;
      await multiply(accounts, sid, 5000);
      for (let i = 0; i < 5000; i += 1) {
        const entry = { at: "2030-01-01T00:00:00.000Z", ip: null, userAgent: null, userId, n: i };
        const value = { type: "authn_login_success", method: "password", ...entry };
        const key = `01900000${String(i).padStart(26, "0")}`;
        await accounts.entries?.add({ space: "event", key, owner: userId, value, expiresAt: null }, 0);
      }
      const stream = (await site.auth.users.export(userId)) as ReadableStream<Uint8Array>;
      let [text, largest, pieces] = ["", 0, 0];
      for await (const piece of stream) {
        largest = Math.max(largest, piece.byteLength);
        pieces += 1;
        text += Buffer.from(piece).toString();
      }
      const { sessions = [], events = [] } = JSON.parse(text) as UserExport;
      expect(new Set(sessions.map((session) => session.sid)).size).toBe(5000);
      expect(sessions).toHaveLength(5000);
      expect(new Set(events.map(({ id }) => id)).size).toBe(5004);
      expect(pieces).toBeGreaterThan(50);
      expect(largest).toBeLessThan(text.length / 20);
    },
    60_000,
  );

  it("reads no further than its reader wants", async () => {
    const accounts = memory();
    let reads = 0;
    const sessions = withHook(accounts.sessions, "listByUser", () => void (reads += 1));
    const site = createSite("stateful", { accounts: { ...accounts, sessions } });
    const browser = await site.signedUp();
    const { sid, userId } = (await browser.get("/session")).body.session;
    await multiply(accounts, sid, 2000);
    const stream = await site.auth.users.export(userId);
    const reader = stream?.getReader();
    await reader?.read();
    await site.pass(0);
    expect(reads).toBeLessThan(5);
    await reader?.cancel();
    expect(reads).toBeLessThan(5);
  });

  it("has each session once, also while they are used", async () => {
    const accounts = memory();
    const site = createSite("stateful", { accounts });
    const browser = await site.signedUp();
    const { sid, userId } = (await browser.get("/session")).body.session;
    await multiply(accounts, sid, 350);
    const all = (
      await accounts.sessions.listByUser(userId, site.clock.now(), { limit: 1000, offset: 0 })
    ).map((record) => record.sid);
    const stream = (await site.auth.users.export(userId)) as ReadableStream<Uint8Array>;
    let text = "";
    for await (const piece of stream) {
      text += Buffer.from(piece).toString();
      // The one that would come last is used now, and is first from now on.
      const last = all.pop() ?? "";
      const now = site.clock.now() + hour + all.length;
      await accounts.sessions.touch([{ sid: last, seenAt: now, now, counter: null }]);
    }
    const { sessions = [] } = JSON.parse(text) as UserExport;
    expect(new Set(sessions.map((one) => one.sid)).size).toBe(350);
    expect(sessions).toHaveLength(350);
  });

  it("breaks off when the store fails half-way, and never looks whole", async () => {
    const accounts = memory();
    const site = createSite("stateful", { accounts });
    const browser = await site.signedUp();
    const { sid, userId } = (await browser.get("/session")).body.session;
    await multiply(accounts, sid, 500);
    const stream = (await site.auth.users.export(userId)) as ReadableStream<Uint8Array>;
    site.outage.sessions = true;
    await expect(new Response(stream).text()).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(site.auth.users.export(userId)).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

describe("GET /export", () => {
  it("is a file to keep, that no cache has", async () => {
    const site = createSite("stateful", { audit: true });
    const browser = await site.signedUp();
    const { status, headers, text } = await browser.get("/export");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("content-disposition")).toMatch(/^attachment; /);
    expect(headers.get("cache-control")).toBe("private, no-store");
    expect((JSON.parse(text) as UserExport).user).toMatchObject({ email });
  });

  it("wants a recent proof of who is there, and says how to give it", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    await site.pass(2 * hour);
    const { status, code, body } = await browser.get("/export");
    expect([status, code]).toEqual([403, "step_up_required"]);
    expect(body).toMatchObject({ challenge: { methods: [{ method: "password", url: "/auth/step-up" }] } });
    expect(site.events.map(({ type }) => type)).not.toContain("user_exported");
    await browser.post("/step-up", { password });
    expect((await browser.get("/export")).status).toBe(200);
  });

  it("is not for who acts as the user, nor for visitors, nor for nobody", async () => {
    const support = await createSupport("stateful", { audit: true });
    await support.act();
    expect((await support.admin.get("/export")).code).toBe("impersonation_forbidden");
    const site = createSite("stateful");
    const visitor = site.browser();
    await visitor.post("/sign-in/anonymous");
    expect((await visitor.get("/export")).code).toBe("unauthenticated");
    expect((await site.browser().get("/export")).code).toBe("unauthenticated");
  });

  it("tells that somebody acted as the user, and not why", async () => {
    const support = await createSupport("stateful", { audit: true });
    await support.act();
    const { text } = await support.user.get("/export");
    const { sessions = [] } = JSON.parse(text) as UserExport;
    expect(sessions.map(({ actor }) => actor).filter((actor) => actor !== null)).toEqual([
      { userId: support.adminId },
    ]);
    expect(text).toContain("impersonation_started");
    expect(text).not.toContain(reason);
  });

  it("answers an outage as such, before it has promised anything", async () => {
    const site = createSite("stateful", { audit: true });
    const browser = await site.signedUp();
    site.outage.sessions = true;
    expect((await browser.get("/export")).code).toBe("store_unavailable");
  });
});
