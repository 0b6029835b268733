import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { SojournEvent } from "../domain/events.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { AuditPage } from "../session/audit-reader.ts";
import type { AccountStore } from "../stores/account-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import { createFleet, withHook } from "./fleet.fixture.ts";
import { ada, createSite, type Site } from "./http-test-kit.fixture.ts";
import { createSupport, reason } from "./impersonation.fixture.ts";

const { email, password } = ada;
const bob = { email: "bob@example.com", password: "another phrase of words", name: "Bob" };
const day = 86_400_000;
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const folder = mkdtempSync(join(tmpdir(), "sojourn-audit-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const stores: readonly (readonly [string, () => AccountStore])[] = [
  ["memory", () => memory()],
  ["sqlite", () => sqlite(join(folder, `${(files += 1)}.db`))],
];

const typesOf = (events: readonly { readonly type: string }[]): string[] => events.map(({ type }) => type);
const userIdOf = async (site: Site, address: string): Promise<string> =>
  (await site.accounts.users.findByEmail(address))?.user.id ?? "";

describe.each(stores)("the kept events (%s)", (_name, open) => {
  it("are those that were told, newest first, each with its device and an id of its own", async () => {
    const site = createSite("stateful", { audit: true, accounts: open() });
    const browser = site.browser(firefox);
    await browser.post("/sign-up/password", ada);
    await site.pass(60_000);
    await browser.post("/sign-out");
    const { events, next } = await site.auth.audit.list();
    expect(typesOf(events)).toEqual([
      "session_ended",
      "authn_login_success",
      "session_created",
      "user_created",
    ]);
    expect(next).toBe(null);
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    expect(events.map(({ id: _id, device: _device, ...event }) => event)).toEqual(site.events.toReversed());
    expect(events[0]).toMatchObject({
      at: "2030-01-01T00:01:00.000Z",
      device: { name: "Firefox on Linux", type: "desktop" },
      reason: "signed_out",
    });
  });

  it("name the device also where no user agent is kept, and no more of the address than is told", async () => {
    const privacy = { ip: "truncated", userAgent: "device" } as const;
    const site = createSite("stateful", { audit: true, accounts: open(), privacy });
    await site.browser(firefox).post("/sign-up/password", ada);
    const { events } = await site.auth.audit.list();
    expect(events[0]).toMatchObject({
      userAgent: "Firefox on Linux",
      device: { name: "Firefox on Linux", type: "desktop", browser: "Firefox", os: "Linux" },
    });
    const none = createSite("stateful", { audit: true, accounts: open(), privacy: { userAgent: "none" } });
    await none.browser(firefox).post("/sign-up/password", ada);
    expect((await none.auth.audit.list()).events[0]).toMatchObject({
      userAgent: null,
      device: { name: "Unknown device" },
    });
  });

  it("of one user are never another's", async () => {
    const site = createSite("stateful", { audit: { events: () => true }, accounts: open() });
    await site.signedUp();
    await site.signedUp(bob);
    await site.browser().post("/sign-in/password", { email, password: "wrong" });
    await site.browser().post("/sign-in/password", { email: "nobody@example.com", password });
    const [adaId, bobId] = [await userIdOf(site, email), await userIdOf(site, bob.email)];
    const { events } = await site.auth.audit.list({ userId: adaId });
    expect(typesOf(events)).toEqual([
      "authn_login_fail",
      "authn_login_success",
      "session_created",
      "user_created",
    ]);
    for (const event of events) expect(event).toHaveProperty("userId", adaId);
    const bobs = await site.auth.audit.list({ userId: bobId });
    for (const event of bobs.events) expect(event).toHaveProperty("userId", bobId);
    expect(bobs.events).toHaveLength(3);
    // Nobody's: only who lists everything sees it.
    expect((await site.auth.audit.list()).events).toHaveLength(8);
  });

  it("are read page by page, and what comes meanwhile moves nothing", async () => {
    const site = createSite("stateful", { audit: true, accounts: open() });
    await site.signedUp();
    for (let i = 0; i < 6; i += 1) await site.browser().post("/sign-in/password", { email, password });
    const userId = await userIdOf(site, email);
    const all = (await site.auth.audit.list({ userId, limit: 500 })).events;
    expect(all).toHaveLength(15);
    const read: string[] = [];
    let before: string | null = null;
    do {
      const page: AuditPage = await site.auth.audit.list({ userId, limit: 4, before });
      read.push(...page.events.map(({ id }) => id));
      before = page.next;
      await site.browser().post("/sign-in/password", { email, password });
    } while (before !== null);
    expect(read).toEqual(all.map(({ id }) => id));
  });

  it("are gone after the retention, from the lists at once and from the store with the next cleaning", async () => {
    const accounts = open();
    const site = createSite("stateful", { audit: { retention: "30d" }, accounts, sweep: false });
    await site.signedUp();
    await site.auth.audit.list();
    await site.pass(29 * day);
    await site.browser().post("/sign-in/password", { email, password });
    const kept = async (): Promise<number> => (await site.auth.audit.list({ limit: 500 })).events.length;
    expect(await kept()).toBe(5);
    await site.pass(day);
    expect(await kept()).toBe(2);
    await site.pass(61_000);
    while ((await site.auth.sessions.deleteExpired()) > 0) continue;
    const since = site.clock.now() - 90 * day;
    const left = await accounts.entries?.list("event", null, since, { limit: 100, after: null });
    expect(left).toHaveLength(2);
  });

  it("of a user go with the user, but that they were removed", async () => {
    const accounts = open();
    const site = createSite("stateful", { audit: true, accounts });
    const browser = await site.signedUp();
    await site.signedUp(bob);
    const userId = await userIdOf(site, email);
    await browser.post("/sign-out");
    expect(await site.auth.users.remove(userId)).toBe(true);
    expect((await site.auth.audit.list({ userId })).events).toEqual([]);
    const { events } = await site.auth.audit.list();
    expect(events[0]).toMatchObject({ type: "user_deleted", userId });
    expect(JSON.stringify(events.slice(1))).not.toContain(userId);
    expect(events).toHaveLength(4);
  });

  it("of a user of the app's own go with audit.erase", async () => {
    const site = createSite("stateful", { audit: true, accounts: open() });
    await site.signedUp();
    const userId = await userIdOf(site, email);
    expect(await site.auth.audit.erase(userId)).toBe(3);
    expect((await site.auth.audit.list()).events).toEqual([]);
  });

  it("of two nodes that write at once are all there, in the order of their times", async () => {
    const { here, there } = createFleet("stateful", { audit: true, accounts: open() });
    await here.signedUp();
    for (let i = 0; i < 10; i += 1) {
      await Promise.all(
        [here, there].map((site) => site.browser().post("/sign-in/password", { email, password })),
      );
      await here.pass(1);
    }
    await there.auth.audit.list();
    const { events } = await here.auth.audit.list({ limit: 500 });
    expect(events).toHaveLength(3 + 2 * 10 * 2);
    const told = [...here.events, ...there.events].map((event) => JSON.stringify(event)).toSorted();
    const kept = events.map(({ id: _id, device: _device, ...event }) => JSON.stringify(event)).toSorted();
    expect(kept).toEqual(told);
    const times = events.map(({ at }) => at);
    expect(times).toEqual(times.toSorted().toReversed());
  });
});

describe("asking for events", () => {
  it("of certain types goes on where a page had none", async () => {
    const site = createSite("stateful", { audit: true });
    await site.signedUp();
    for (let i = 0; i < 3; i += 1) await site.browser().post("/sign-in/password", { email, password });
    const { events } = await site.auth.audit.list({
      types: ["user_created", "authn_login_success"],
      limit: 3,
    });
    expect(typesOf(events)).toEqual(["authn_login_success", "authn_login_success", "authn_login_success"]);
    const { events: made, next } = await site.auth.audit.list({ types: ["user_created"] });
    // The type of what is found is narrowed by what was asked for.
    expect(made.map(({ method }) => method)).toEqual(["password"]);
    expect(next).toBe(null);
  });

  it("since a moment leaves out what was before", async () => {
    const site = createSite("stateful", { audit: true });
    await site.signedUp();
    await site.pass(day);
    await site.browser().post("/sign-in/password", { email, password });
    for (const since of ["1h", "2030-01-01T00:00:00.001Z", new Date("2030-01-01T12:00:00Z")])
      expect((await site.auth.audit.list({ since })).events).toHaveLength(2);
    expect((await site.auth.audit.list({ since: "1d" })).events).toHaveLength(5);
  });

  it.each([
    ["an empty user id", { userId: "" }],
    ["a user id that is missing", { userId: undefined }],
    ["a limit of 0", { limit: 0 }],
    ["a limit of 501", { limit: 501 }],
    ["half an event", { limit: 1.5 }],
    ["a cursor of somebody's making", { before: "zzz" }],
    ["a cursor that is none", { before: 7 }],
    ["a time that is none", { since: "yesterday" }],
    ["a date that is none", { since: new Date(Number.NaN) }],
    ["types that are no list", { types: "session_created" }],
  ])("with %s is refused", async (_what, query) => {
    const site = createSite("stateful", { audit: true });
    await site.signedUp();
    await expect(site.auth.audit.list(query as object)).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("where none are kept says how to have them kept", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    await expect(site.auth.audit.list()).rejects.toMatchObject({ code: "not_found" });
    await expect(site.auth.audit.status()).rejects.toThrow(/audit: true/);
    expect((await browser.get("/activity")).code).toBe("not_found");
  });
});

describe("which events are kept", () => {
  it("is by default none that strangers can cause without end", async () => {
    const site = createSite("hybrid", { audit: true, transports: ["cookie", "header"] });
    const browser = await site.signedUp();
    const before = (await site.auth.audit.list()).events.length;
    await site.browser().get("/session", { authorization: "Bearer nonsense" });
    await site.browser().get("/session?access_token=s1.sid.secret");
    await site.browser().post("/sign-in/password", { email: "nobody@example.com", password });
    await browser.post("/sign-out", {}, { origin: "https://evil.example", "sec-fetch-site": "cross-site" });
    await site.pass(60_000);
    await browser.post("/refresh");
    expect(site.events.length).toBeGreaterThanOrEqual(before + 5);
    expect((await site.auth.audit.list()).events).toHaveLength(before);
  });

  it("is the app's to say, by type or one by one", async () => {
    const byType = createSite("stateful", { audit: { events: ["user_created"] } });
    await byType.signedUp();
    expect(typesOf((await byType.auth.audit.list()).events)).toEqual(["user_created"]);
    const events = (event: SojournEvent): boolean => event.type === "authn_login_success";
    const byWord = createSite("stateful", { audit: { events } });
    await byWord.signedUp();
    expect(typesOf((await byWord.auth.audit.list()).events)).toEqual(["authn_login_success"]);
  });

  it("is told as lost where the app's word fails, and nobody's sign-in is", async () => {
    const events = (): boolean => {
      throw new Error("no idea");
    };
    const site = createSite("stateful", { audit: { events } });
    await site.signedUp();
    expect(await site.auth.audit.status()).toMatchObject({ lost: 3, waiting: 0 });
    expect(site.logs.map(({ message }) => message)).toContain("sojourn: an event could not be kept");
  });

  it.each([
    ["nothing at all", false],
    ["an unknown field", { keep: "90d" }],
    ["a retention of nothing", { retention: 0 }],
    ["a retention that is no time", { retention: "long" }],
    ["events that are neither", { events: "all" }],
  ])("is refused as %s", (_what, audit) => {
    expect(() => createSite("stateful", { audit: audit as never })).toThrow(
      expect.objectContaining({ code: "config_invalid" }) as Error,
    );
  });

  it("needs a store that keeps small records", () => {
    const { entries: _entries, ...accounts } = memory();
    expect(() => createSite("stateful", { audit: true, accounts: accounts as AccountStore })).toThrow(
      expect.objectContaining({ code: "config_store_required" }) as Error,
    );
  });
});

describe("while the store takes no events", () => {
  /** A site whose store fails at nothing but that. */
  function withoutLog(): { site: Site; log: { out: boolean } } {
    const log = { out: true };
    const accounts = memory();
    const entries = withHook(accounts.entries as EntryStore, "add", () => {
      if (log.out) throw new Error("disk full");
    });
    return { site: createSite("stateful", { audit: true, accounts: { ...accounts, entries } }), log };
  }

  it("people sign in and out as ever, operators are told, and all is there when it is over", async () => {
    const { site, log } = withoutLog();
    const browser = await site.signedUp();
    expect((await browser.get("/me")).status).toBe(200);
    expect((await browser.post("/sign-out")).body).toEqual({ ended: 1 });
    await site.pass(0);
    expect(await site.auth.audit.status()).toEqual({ waiting: 4, lost: 0 });
    expect(site.logs.filter(({ level }) => level === "error")).toMatchObject([
      {
        message: "sojourn: events wait for the store, to be kept when it is back",
        fields: { error: { message: "disk full" } },
      },
    ]);
    expect((await site.auth.audit.list()).events).toEqual([]);
    log.out = false;
    await site.pass(60_000);
    const { events } = await site.auth.audit.list();
    expect(typesOf(events)).toEqual([
      "session_ended",
      "authn_login_success",
      "session_created",
      "user_created",
    ]);
    // When they happened, not when they were written.
    for (const { at } of events) expect(at).toBe("2030-01-01T00:00:00.000Z");
  });

  it("what is given up at the end is told", async () => {
    const { site } = withoutLog();
    await site.signedUp();
    await site.auth.close();
    expect(site.events.at(-1)).toMatchObject({ type: "audit_events_lost", count: 3 });
    expect(site.logs.at(-1)).toMatchObject({ level: "warn", message: "sojourn: audit_events_lost" });
  });
});

describe("a sign-in that failed", () => {
  it("names its account in the events, and to nobody else", async () => {
    const site = createSite("stateful", { audit: true });
    const browser = await site.signedUp();
    const wrong = { password: "wrong" };
    const known = await site.browser().post("/sign-in/password", { email, ...wrong });
    const unknown = await site.browser().post("/sign-in/password", { email: "nobody@example.com", ...wrong });
    expect(known.text).toBe(unknown.text);
    await browser.post("/step-up", wrong);
    const { events } = await site.auth.audit.list({ types: ["authn_login_fail"] });
    const userId = await userIdOf(site, email);
    expect(events.map((event) => [event.userId, event.code])).toEqual([
      [userId, "invalid_credentials"],
      [userId, "invalid_credentials"],
    ]);
    await site.auth.users.setStatus(userId, "disabled");
    await site.browser().post("/sign-in/password", { email, password });
    expect(site.events.at(-1)).toMatchObject({ type: "authn_login_fail", code: "account_disabled", userId });
  });
});

describe("GET /activity", () => {
  it("is what happened to whoever asks, and to nobody else", async () => {
    const site = createSite("stateful", { audit: true });
    const browser = await site.signedUp();
    await site.signedUp(bob);
    const { status, text } = await browser.get("/activity?limit=2");
    expect(status).toBe(200);
    const first = JSON.parse(text) as { events: { type: string; userId: string }[]; next: string };
    expect(typesOf(first.events)).toEqual(["authn_login_success", "session_created"]);
    const rest = JSON.parse(
      (await browser.get(`/activity?limit=100&before=${first.next}`)).text,
    ) as typeof first;
    expect([typesOf(rest.events), rest.next]).toEqual([["user_created"], null]);
    const userId = await userIdOf(site, email);
    for (const event of [...first.events, ...rest.events]) expect(event.userId).toBe(userId);
  });

  it.each(["limit=0", "limit=101", "limit=two", "limit=1&limit=2", "before=../../x", "before="])(
    "refuses ?%s",
    async (query) => {
      const site = createSite("stateful", { audit: true });
      const { status, code } = await (await site.signedUp()).get(`/activity?${query}`);
      expect([status, code]).toEqual([400, "invalid_input"]);
    },
  );

  it("cannot be asked for somebody else's", async () => {
    const site = createSite("stateful", { audit: true });
    const browser = await site.signedUp();
    await site.signedUp(bob);
    const { text } = await browser.get(`/activity?userId=${await userIdOf(site, bob.email)}`);
    expect(text).not.toContain(await userIdOf(site, bob.email));
  });
});

describe("acts of who acts as somebody else", () => {
  it("are the user's, name who it was, and tell the operator alone why", async () => {
    const support = await createSupport("stateful", { audit: true });
    const { here, admin, adminId, user, userId } = support;
    await support.act();
    await admin.post("/impersonate/stop");
    const { events } = await here.auth.audit.list({
      userId,
      types: ["impersonation_started", "session_ended", "impersonation_ended"],
    });
    expect(typesOf(events)).toEqual(["impersonation_ended", "session_ended", "impersonation_started"]);
    for (const event of events) expect(event).toMatchObject({ userId, actorUserId: adminId });
    expect(events[0]).toMatchObject({ reason });
    const { text } = await user.get("/activity");
    expect(text).toContain(adminId);
    expect(text).toContain("impersonation_started");
    expect(text).not.toContain(reason);
    expect(text).not.toContain("actorSid");
  });
});
