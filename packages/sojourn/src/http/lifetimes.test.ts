import { describe, expect, it } from "vitest";
import type { Auth } from "../auth.ts";
import type { SessionOptions } from "../domain/policy.ts";
import type { Principal } from "../domain/principal.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, createSite, origin, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

type State = Awaited<ReturnType<Auth<StoredUser>["authenticate"]>>;

/** Opens a page of the app, which renews what is due, as an adapter's middleware does. */
async function visit(site: Site, browser: Browser, maxAge?: 0): Promise<State> {
  const request = new Request(origin, {
    headers: { cookie: browser.cookie, "user-agent": browser.userAgent },
  });
  const state = await site.auth.authenticate(request, maxAge === undefined ? {} : { maxAge });
  if (state.status === "active" && state.renewal === "due") {
    const renewed = await site.auth.refresh(request);
    if (renewed.status === "renewed") browser.take(renewed.cookies);
  }
  return state;
}

/** How it is with a session: alive, or why it is over. */
async function outcome(site: Site, browser: Browser, maxAge?: 0): Promise<string> {
  const state = await visit(site, browser, maxAge);
  return state.status === "ended" ? state.reason : state.status;
}

/** A browser that holds a session which the app made. */
async function holding(site: Site, principal: Principal<StoredUser>, remember = false): Promise<Browser> {
  const browser = site.browser();
  const context = { ip: null, userAgent: browser.userAgent };
  const { cookies } = await site.auth.sessions.create(principal, { remember }, context);
  browser.take(cookies);
  return browser;
}

async function idOf(browser: Browser): Promise<string> {
  return (await browser.get("/session")).body.user.id;
}

describe.each(strategies)("SC-05: a preset, with %s sessions,", (strategy) => {
  const presets = [
    { preset: "aal1", idle: 7 * day, absolute: 30 * day, every: hour },
    { preset: "aal2", idle: hour, absolute: day, every: minute },
    { preset: "aal3", idle: 15 * minute, absolute: 12 * hour, every: minute },
  ] as const;

  it.each(presets)(
    "$preset ends a session at its absolute timeout, to the ms, however active its user is (SC-04)",
    { timeout: 60_000 },
    async ({ preset, absolute, every }) => {
      const site = createSite(strategy, { session: { preset } });
      const browser = await site.signedUp({}, { remember: true });
      for (let passed = every; passed < absolute; passed += every) {
        await site.pass(every);
        expect(await outcome(site, browser), `after ${passed / minute} min`).toBe("active");
      }
      await site.pass(every - 1);
      expect(await outcome(site, browser)).toBe("active");
      await site.pass(1);
      expect(await outcome(site, browser)).toBe("expired");
      expect((await browser.get("/me")).status).toBe(401);
    },
  );

  it.each(presets)(
    "$preset ends a session at its idle timeout, to the ms, and not before",
    async ({ preset, idle }) => {
      for (const rest of [0, 20 * minute].filter((ms) => ms < idle)) {
        const site = createSite(strategy, { session: { preset, resumeIdle: false } });
        const browser = await site.signedUp({}, { remember: true });
        await site.pass(rest);
        // Only what is written down slides a self-contained session: its token has to be made anew.
        if (rest > 0) await browser.post("/touch");
        await site.pass(idle - 1);
        expect(await outcome(site, browser.copy(), 0)).toBe("active");
        const late = createSite(strategy, { session: { preset, resumeIdle: false } });
        const other = await late.signedUp({}, { remember: true });
        await late.pass(rest);
        if (rest > 0) await other.post("/touch");
        await late.pass(idle);
        expect(await outcome(late, other)).toBe("idle");
      }
    },
  );

  it("is no longer for whoever asks to be remembered", async () => {
    const site = createSite(strategy, { session: { preset: "aal2" } });
    const { body, cookies } = await site.browser().post("/sign-up/password", { ...ada, remember: true });
    expect(Date.parse(body.session.absoluteExpiresAt) - site.clock.now()).toBe(day);
    for (const cookie of cookies) expect(cookie).toContain(`Max-Age=${day / 1000}`);
  });
});

describe.each(strategies)("the lifetimes of a %s session", (strategy) => {
  const short: SessionOptions = {
    byKind: { service: { idleTimeout: "10m", absoluteTimeout: "1h" } },
    byRole: { admin: { idleTimeout: "30m", absoluteTimeout: "12h" } },
    withoutRemember: { idleTimeout: "2h", absoluteTimeout: "1d" },
  };

  it("of an agent end after a quarter of an hour, whatever it does", async () => {
    const site = createSite(strategy);
    const userId = await idOf(await site.signedUp());
    const agent = await holding(site, { userId, method: "delegation", kind: "agent" });
    for (let i = 0; i < 14; i += 1) {
      await site.pass(minute);
      expect(await outcome(site, agent)).toBe("active");
      if (i === 7) await agent.post("/refresh");
    }
    await site.pass(minute);
    expect(await outcome(site, agent)).toBe("expired");
    expect((await agent.post("/refresh")).status).toBe(401);
  });

  it("of an agent are not begun anew by the password of its user", async () => {
    const site = createSite(strategy);
    const userId = await idOf(await site.signedUp());
    const agent = await holding(site, { userId, method: "delegation", kind: "agent" });
    await site.pass(10 * minute);
    const { body } = await agent.post("/step-up", { password });
    expect(body.session).toMatchObject({ kind: "agent", absoluteExpiresAt: "2030-01-01T00:15:00.000Z" });
  });

  it("of a service and of somebody anonymous are those of their kind", async () => {
    const site = createSite(strategy, { session: short });
    const userId = await idOf(await site.signedUp());
    const service = await holding(site, { userId, method: "mesh", kind: "service" });
    const visitor = await holding(site, { userId, method: "anonymous", kind: "anonymous" });
    await site.pass(10 * minute);
    expect([await outcome(site, service), await outcome(site, visitor)]).toEqual(["idle", "active"]);
    await site.pass(day - 11 * minute);
    expect(await outcome(site, visitor)).toBe("active");
    await site.pass(day);
    expect(await outcome(site, visitor)).toBe("idle");
  });

  it("of a role hold from the sign-in on", async () => {
    const site = createSite(strategy, { session: short });
    const browser = await site.signedUp();
    await site.accounts.users.setRole(await idOf(browser), "admin");
    const admin = site.browser();
    const { body } = await admin.post("/sign-in/password", { email, password, remember: true });
    expect(body.session.idleExpiresAt).toBe("2030-01-01T00:30:00.000Z");
    expect(body.session.absoluteExpiresAt).toBe("2030-01-01T12:00:00.000Z");
    await site.pass(30 * minute);
    expect(await outcome(site, admin)).toBe("idle");
  });

  it("of a role that was given since hold as soon as the store is asked", async () => {
    const site = createSite(strategy, { session: short });
    const browser = await site.signedUp({}, { remember: true });
    const { user, session } = (await browser.get("/session")).body;
    await site.pass(40 * minute);
    expect(await outcome(site, browser, 0)).toBe("active");
    await site.pass(40 * minute);
    await site.accounts.users.setRole(user.id, "admin");
    if (strategy === "stateful") expect(await outcome(site, browser)).toBe("idle");
    expect(await outcome(site, browser, 0)).toBe("idle");
    const stored = await site.auth.sessions.get(session.sid);
    expect([stored?.endReason, stored?.absoluteExpiresAt]).toEqual(["idle", "2030-01-01T12:00:00.000Z"]);
    expect(await site.auth.sessions.list(user.id)).toEqual([]);
    expect(await site.auth.sessions.touch(session.sid)).toBe(false);
    expect(await outcome(site, browser, 0)).toBe("idle");
  });

  it("of a role become no longer when it is taken away, but at the next sign-in", async () => {
    const site = createSite(strategy, { session: short });
    const id = await idOf(await site.signedUp());
    await site.accounts.users.setRole(id, "admin");
    const admin = site.browser();
    await admin.post("/sign-in/password", { email, password, remember: true });
    await site.accounts.users.setRole(id, "user");
    await site.pass(30 * minute);
    expect(await outcome(site, admin, 0)).toBe("idle");
    const { body } = await admin.post("/sign-in/password", { email, password, remember: true });
    expect(Date.parse(body.session.idleExpiresAt) - site.clock.now()).toBe(7 * day);
  });

  it("are shortened at once by a policy that became shorter for a kind or a role", async () => {
    const before = createSite(strategy);
    const { accounts, clock } = before;
    const id = await idOf(await before.signedUp());
    await accounts.users.setRole(id, "admin");
    const admin = before.browser();
    await admin.post("/sign-in/password", { email, password, remember: true });
    const service = await holding(before, { userId: id, method: "mesh", kind: "service" });
    await before.pass(20 * minute);
    const after = createSite(strategy, { accounts, clock, session: short });
    expect([await outcome(after, admin), await outcome(after, service)]).toEqual(["active", "idle"]);
    await before.pass(12 * hour);
    expect(await outcome(after, admin)).toBe("expired");
  });

  it("are not lengthened by a policy that became longer for a kind or a role", async () => {
    const before = createSite(strategy, { session: short });
    const { accounts, clock } = before;
    const userId = await idOf(await before.signedUp());
    const service = await holding(before, { userId, method: "mesh", kind: "service" });
    await accounts.users.setRole(userId, "admin");
    const admin = before.browser();
    await admin.post("/sign-in/password", { email, password, remember: true });
    await before.pass(30 * minute);
    const after = createSite(strategy, { accounts, clock });
    expect([await outcome(after, admin, 0), await outcome(after, service, 0)]).toEqual(["idle", "idle"]);
  });

  it("that a callback asks for stay within those of the role", async () => {
    const site = createSite(strategy, {
      session: short,
      callbacks: { lifetimes: () => ({ idleTimeout: "1h", absoluteTimeout: "1h" }) },
    });
    await site.accounts.users.setRole(await idOf(await site.signedUp()), "admin");
    const { body } = await site.browser().post("/sign-in/password", { email, password, remember: true });
    expect(body.session.idleExpiresAt).toBe("2030-01-01T00:30:00.000Z");
    expect(body.session.absoluteExpiresAt).toBe("2030-01-01T01:00:00.000Z");
  });

  it("SC-16: are shorter without being remembered where that is said, and the browser forgets the cookie", async () => {
    const site = createSite(strategy, { session: short });
    const passing = await site.signedUp();
    const remembered = site.browser();
    await remembered.post("/sign-in/password", { email, password, remember: true });
    const ages = ({ jar }: Browser): string[] =>
      [...jar.values()].flatMap(({ attributes }) => attributes.filter((one) => one.startsWith("Max-Age")));
    expect(ages(passing)).toEqual([]);
    expect(new Set(ages(remembered))).toEqual(new Set([`Max-Age=${(30 * day) / 1000}`]));
    await site.pass(2 * hour - 1);
    expect(await outcome(site, passing.copy(), 0)).toBe("active");
    await site.pass(2 * hour);
    expect([await outcome(site, passing), await outcome(site, remembered)]).toEqual(["idle", "active"]);
  });
});

describe("the refresh token of a hybrid session", () => {
  it("SC-15: is replaced in mid-session, and the one before is good only within the overlap", async () => {
    const site = createSite("hybrid", { session: { rotationGrace: "10s" } });
    const browser = await site.signedUp();
    const before = browser.copy();
    await site.pass(15 * minute);
    expect((await browser.post("/refresh")).status).toBe(200);
    for (const [name, { value }] of browser.jar) expect(value).not.toBe(before.value(name));
    expect((await browser.get("/me")).status).toBe(200);
    await site.pass(9000);
    for (const one of [before, browser]) expect((await one.copy().get("/me")).status).toBe(200);
    await site.pass(2000);
    expect((await before.get("/me")).status).toBe(401);
    expect((await browser.get("/me")).status).toBe(200);
  });
});

describe.each(strategies)("a limit per kind of %s sessions", (strategy) => {
  it("holds for each kind by itself", async () => {
    const site = createSite(strategy, {
      session: { limit: { user: { max: 1 }, agent: { max: 2, onExceed: "deny" } } },
    });
    const browser = await site.signedUp();
    const userId = await idOf(browser);
    const agent = (): Promise<Browser> => holding(site, { userId, method: "delegation", kind: "agent" });
    await agent();
    await agent();
    await expect(agent()).rejects.toMatchObject({ code: "session_limit_reached" });
    expect(await outcome(site, browser)).toBe("active");
    await site.browser().post("/sign-in/password", { email, password });
    expect(await outcome(site, browser)).toBe("limit");
    expect(await site.auth.sessions.list(userId)).toHaveLength(3);
  });
});
