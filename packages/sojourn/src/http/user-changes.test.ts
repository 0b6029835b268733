import { describe, expect, it } from "vitest";
import type { StrategyName } from "../auth-options.ts";
import type { BaseUser } from "../domain/principal.ts";
import { memory } from "../stores/memory/index.ts";
import { at, createFleet, withHook } from "./fleet.fixture.ts";
import { ada, createSite, type Site, strategies } from "./http-test-kit.fixture.ts";

const lag = 2000;
const { email, password } = ada;
const roleOf = async (browser: {
  get(path: string): Promise<{ body: { role?: string } }>;
}): Promise<unknown> => (await browser.get("/me")).body.role;
const withTokens = strategies.filter((name) => name !== "stateful");

/** Reads a browser's session where it is told, with all that the app is told. */
const read = (site: Site, cookie: string) => site.auth.authenticate(new Headers({ cookie }));

describe.each(strategies)("a change of a user, with %s sessions", (strategy) => {
  it("shows at once on this node, and within maxRevocationLag on every other", async () => {
    const { here, there } = createFleet(strategy);
    const browser = await here.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    expect(await roleOf(at(there, browser))).toBe("user");
    await here.clock.advance(60_000);
    expect(await here.auth.users.setRole(userId, "admin")).toBe(true);
    expect(await roleOf(browser)).toBe("admin");
    await here.clock.advance(lag);
    expect(await roleOf(at(there, browser))).toBe("admin");
    expect(await here.auth.users.get(userId)).toMatchObject({ role: "admin" });
    expect(await here.auth.users.setName(userId, "Countess")).toBe(true);
    expect(await here.auth.users.get(userId)).toMatchObject({ name: "Countess" });
    expect(here.events.filter(({ type }) => type === "user_updated")).toMatchObject([
      { userId, field: "role" },
      { userId, field: "name" },
    ]);
  });

  it("shows within the bound where no news arrives any more", async () => {
    const { here, there, cut } = createFleet(strategy);
    const browser = await here.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    expect(await roleOf(at(there, browser))).toBe("user");
    cut.news = true;
    await here.auth.users.setRole(userId, "admin");
    await here.clock.advance(lag + 1);
    expect(await roleOf(at(there, browser))).toBe("admin");
    await here.auth.users.setStatus(userId, "disabled");
    const reply = await at(there, browser).get("/me");
    expect([reply.status, reply.body.reason]).toEqual([401, "user_disabled"]);
  });

  it("concerns nobody else", async () => {
    const site = createSite(strategy);
    const [browser, other] = [await site.signedUp(), await site.signedUp({ email: "bob@example.com" })];
    await site.auth.users.setStatus((await browser.get("/session")).body.session.userId, "disabled");
    expect((await browser.get("/me")).status).toBe(401);
    expect(await read(site, other.cookie)).toMatchObject({ status: "active", renewal: "none" });
  });

  it("of a user who is not there changes nothing and tells nobody", async () => {
    const site = createSite(strategy);
    site.eventTypes();
    expect(await site.auth.users.setRole("nobody", "admin")).toBe(false);
    expect(await site.auth.users.setStatus("nobody", "disabled")).toBe(false);
    expect(site.eventTypes()).toEqual([]);
  });

  it("lets somebody in again who was kept out, in a new session only", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    await site.auth.users.setStatus(userId, "disabled");
    expect((await site.browser().post("/sign-in/password", { email, password })).code).toBe(
      "account_disabled",
    );
    await site.auth.users.setStatus(userId, "active");
    expect((await browser.get("/me")).body.reason).toBe("user_disabled");
    expect((await site.browser().post("/sign-in/password", { email, password })).status).toBe(200);
  });

  it("leaves no session of a sign-in that ran while the account was disabled", async () => {
    const accounts = memory();
    const racing = { meanwhile: async (): Promise<unknown> => undefined };
    const site = createSite(strategy, {
      accounts: { ...accounts, sessions: withHook(accounts.sessions, "create", () => racing.meanwhile()) },
    });
    const { userId } = (await (await site.signedUp()).get("/session")).body.session;
    racing.meanwhile = () => site.auth.users.setStatus(userId, "disabled");
    const late = site.browser();
    const reply = await late.post("/sign-in/password", { email, password });
    expect([reply.status, reply.code, reply.cookies]).toEqual([403, "account_disabled", []]);
    await site.auth.users.setStatus(userId, "active");
    expect(await site.auth.sessions.list(userId)).toEqual([]);
  });

  it("removes a user with their sessions and what is kept of them", async () => {
    const { here, there } = createFleet(strategy);
    const browser = await here.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    const { entries } = here.accounts;
    const kept = { key: "google:1", value: {}, expiresAt: null };
    await entries?.add({ ...kept, space: "identity", owner: userId }, 0);
    await entries?.add({ ...kept, key: "google:2", space: "identity", owner: "bob" }, 0);
    expect(await here.auth.users.remove(userId)).toBe(true);
    await here.clock.advance(lag);
    for (const site of [here, there])
      expect((await at(site, browser).get("/me")).body.reason).toBe("user_disabled");
    expect(await here.auth.users.get(userId)).toBe(null);
    expect(await entries?.list("identity", null, 0, { limit: 10, after: null })).toMatchObject([
      { owner: "bob" },
    ]);
    expect(here.eventTypes()).toContain("user_deleted");
    expect(await here.auth.users.remove(userId)).toBe(false);
  });
});

describe.each(withTokens)("the tokens of a user who changed, with %s sessions", (strategy) => {
  it("are made anew, and then carry what is true and ask no store", async () => {
    const { here, there } = createFleet(strategy);
    const browser = await here.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    await here.auth.users.setRole(userId, "admin");
    await here.clock.advance(lag + 1000);
    const moved = at(there, browser);
    expect(await read(there, moved.cookie)).toMatchObject({ user: { role: "admin" }, renewal: "due" });
    expect((await moved.post("/refresh")).status).toBe(200);
    await here.clock.advance(1);
    there.outage.sessions = true;
    expect(await read(there, moved.cookie)).toMatchObject({ user: { role: "admin" }, renewal: "none" });
    // The old one cannot tell without the store.
    expect(await read(there, browser.cookie)).toMatchObject({ status: "unavailable" });
  });

  it("are not made anew while a new one would be taken for as old", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    await site.clock.advance(400);
    await site.auth.users.setRole(userId, "admin");
    const states: unknown[] = [];
    for (let ms = 0; ms <= 3000; ms += 500) {
      const state = await read(site, browser.cookie);
      states.push(state.status === "active" && [state.user.role, state.renewal]);
      await site.clock.advance(500);
    }
    // Changed at 0.4 s, so what is made from 2.4 s on is new: that is told by the third second.
    expect(states).toEqual([...Array.from({ length: 6 }, () => ["admin", "none"]), ["admin", "due"]]);
    expect((await browser.post("/refresh")).status).toBe(200);
    expect(await read(site, browser.cookie)).toMatchObject({ renewal: "none" });
  });

  it("of users of the app's own are told of by the app", async () => {
    const users = new Map<string, BaseUser & { role: string }>([["u1", { id: "u1", role: "user" }]]);
    const directory = { findById: (id: string) => users.get(id) ?? null };
    const { here, there } = createFleet(strategy, { users: directory as never, login: [] });
    const { cookies } = await here.auth.signIn({ userId: "u1", method: "sso" }, new Headers());
    const browser = here.browser();
    browser.take(cookies);
    await here.clock.advance(60_000);
    users.set("u1", { id: "u1", role: "admin" });
    expect(await roleOf(at(there, browser))).toBe("user");
    await here.auth.users.changed("u1");
    expect(await roleOf(browser)).toBe("admin");
    await here.clock.advance(lag);
    expect(await roleOf(at(there, browser))).toBe("admin");
    users.delete("u1");
    await here.auth.users.changed("u1");
    await here.clock.advance(lag);
    for (const site of [here, there])
      expect((await at(site, browser).get("/me")).body.reason).toBe("user_disabled");
    await expect(here.auth.users.setRole("u1", "user")).rejects.toMatchObject({
      code: "config_store_required",
    });
  });

  it("do not carry what was read before the change, however slow the sign-in", async () => {
    const accounts = memory();
    const racing = { meanwhile: async (): Promise<unknown> => undefined };
    const slow = createSite(strategy, {
      accounts,
      callbacks: {
        async user({ user }) {
          await racing.meanwhile();
          return user;
        },
      },
    });
    const { userId } = (await (await slow.signedUp()).get("/session")).body.session;
    racing.meanwhile = async () => {
      await slow.clock.advance(30_000);
      await slow.auth.users.setRole(userId, "admin");
      await slow.clock.advance(30_000);
    };
    const browser = slow.browser();
    await browser.post("/sign-in/password", { email, password });
    expect(await roleOf(browser)).toBe("admin");
  });
});

describe("sessions that are only in tokens", () => {
  it("refuse changes that they would not hear of, before anything is written", async () => {
    const accounts = memory();
    const site = createSite("stateless", { accounts, revocations: "none" });
    const { userId } = (await (await site.signedUp()).get("/session")).body.session;
    const refused = expect.objectContaining({ code: "strategy_unsupported" }) as Error;
    const { users } = site.auth;
    await expect(users.changed(userId)).rejects.toEqual(refused);
    await expect(users.setRole(userId, "admin")).rejects.toEqual(refused);
    await expect(users.setStatus(userId, "disabled")).rejects.toEqual(refused);
    await expect(users.remove(userId)).rejects.toEqual(refused);
    await expect(users.credentialsChanged(userId)).rejects.toEqual(refused);
    expect(await users.get(userId)).toMatchObject({ role: "user", status: "active" });
  });
});

describe("the verbs on users", () => {
  it("refuse what no directory could mean", async () => {
    const { users } = createSite("stateful").auth;
    expect(() => users.setRole("u1", "")).toThrow(expect.objectContaining({ code: "invalid_input" }));
    await expect(users.setStatus("u1", "gone" as never)).rejects.toMatchObject({ code: "invalid_input" });
  });

  it.each(strategies)(
    "say that the store is away rather than that all is done (%s)",
    async (strategy: StrategyName) => {
      const site = createSite(strategy);
      const { userId } = (await (await site.signedUp()).get("/session")).body.session;
      site.outage.sessions = true;
      await expect(site.auth.users.setStatus(userId, "disabled")).rejects.toMatchObject({
        code: "store_unavailable",
      });
      site.outage.sessions = false;
      expect(await site.auth.users.setStatus(userId, "disabled")).toBe(true);
      expect(await site.auth.sessions.list(userId)).toEqual([]);
    },
  );
});
