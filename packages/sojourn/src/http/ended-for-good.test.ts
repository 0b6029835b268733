import { describe, expect, it } from "vitest";
import type { StrategyName } from "../auth-options.ts";
import { memory } from "../stores/memory/index.ts";
import { createFleet, type Fleet } from "./fleet.fixture.ts";
import { ada, cookieName, serviceBasic, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const lag = 2000;
const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
const refreshName = `${cookieName}-refresh`;

/** Everything that ends a user's sessions, each as its caller does it. */
const acts: Readonly<Record<string, (fleet: Fleet, userId: string, gone: Set<string>) => Promise<unknown>>> =
  {
    "revoking each session": async ({ here }, userId) => {
      for (const { sid } of await here.auth.sessions.list(userId)) await here.auth.sessions.revoke(sid);
    },
    "revoking all of them": ({ here }, userId) =>
      here.auth.sessions.revokeAll(userId, { reason: "revoked_by_admin" }),
    "disabling the account": ({ here }, userId) => here.auth.users.setStatus(userId, "disabled"),
    "deleting the account": ({ here }, userId) => here.auth.users.remove(userId),
    "changing a factor": ({ here }, userId) => here.auth.users.credentialsChanged(userId),
    "deleting an account of the app's own": ({ here }, userId, gone) => {
      gone.add(userId);
      return here.auth.users.changed(userId);
    },
    "signing out everywhere": async ({ here }) => {
      const browser = here.browser();
      await browser.post("/sign-in/password", { email, password });
      return browser.post("/sign-out", { everywhere: true });
    },
  };

/** All that somebody can hold of two sessions, each by itself, with how it is presented. */
async function everyCredential(site: Site): Promise<Readonly<Record<string, Record<string, string>>>> {
  const browser = site.browser();
  await browser.post("/sign-in/password", { email, password });
  const { tokens } = (
    await site.browser().post("/sign-in/password", { email, password, transport: "header" })
  ).body;
  const access = browser.value(cookieName);
  const refresh = browser.value(refreshName);
  return {
    "the cookie": { cookie: `${cookieName}=${access}` },
    "the bearer token": { authorization: `Bearer ${tokens.accessToken}` },
    ...(refresh === "" ? {} : { "the refresh cookie": { cookie: `${refreshName}=${refresh}` } }),
    ...(refresh === ""
      ? {}
      : { "both cookies": { cookie: `${cookieName}=${access}; ${refreshName}=${refresh}` } }),
    ...(tokens.refreshToken === undefined
      ? {}
      : { "the refresh token": { refreshToken: tokens.refreshToken } }),
  };
}

/** What a credential still gets anywhere: reading, renewing, and another service's opinion. */
async function replays(site: Site, { refreshToken, ...headers }: Record<string, string>): Promise<unknown[]> {
  const replies: unknown[] = [];
  if (refreshToken === undefined) replies.push((await site.browser().get("/me", headers)).status);
  const body = refreshToken === undefined ? {} : { refreshToken };
  replies.push((await site.browser().post("/refresh", body, headers)).status);
  const token =
    refreshToken ??
    Object.values(headers)
      .join()
      .replace(/^Bearer |^[^=]*=|;.*$/g, "");
  const told = await site.browser().request("POST", "/introspect", `token=${token}`, form);
  replies.push(told.body.active);
  return replies;
}

/** Two nodes whose users can also go without Sojourn's doing. */
function fleetOf(strategy: StrategyName): { fleet: Fleet; gone: Set<string> } {
  const accounts = memory();
  const gone = new Set<string>();
  const directory = new Proxy(accounts.users, {
    get(target, name) {
      if (name === "findById") return (id: string) => (gone.has(id) ? null : target.findById(id));
      const verb: unknown = Reflect.get(target, name, target);
      return typeof verb === "function" ? (verb as () => unknown).bind(target) : verb;
    },
  });
  const fleet = createFleet(strategy, { accounts, users: directory, transports: ["cookie", "header"] });
  return { fleet, gone };
}

describe.each(strategies)("SC-08: %s sessions, when they have to end", (strategy) => {
  it.each(Object.keys(acts))(
    "leave no credential that works on any node after the bound: %s",
    async (name) => {
      const { fleet, gone } = fleetOf(strategy);
      const { here, there } = fleet;
      const { userId } = (await (await here.signedUp()).get("/session")).body.session;
      const held = await everyCredential(here);
      // Each is good before, on both nodes; else its end would prove nothing.
      for (const site of [here, there]) {
        for (const [what, headers] of Object.entries(held)) {
          if (headers["refreshToken"] === undefined)
            expect((await site.browser().get("/me", headers)).status, what).toBe(200);
        }
      }
      await acts[name]?.(fleet, userId, gone);
      for (const [what, headers] of Object.entries(held)) {
        const expected = headers["refreshToken"] === undefined ? [401, 401, false] : [401, false];
        expect(await replays(here, headers), `${what}, here, at once`).toEqual(expected);
      }
      await here.clock.advance(lag);
      for (const [what, headers] of Object.entries(held)) {
        const expected = headers["refreshToken"] === undefined ? [401, 401, false] : [401, false];
        expect(await replays(there, headers), `${what}, there`).toEqual(expected);
        expect(await replays(here, headers), `${what}, here`).toEqual(expected);
      }
    },
  );

  it("end within the bound also where no news arrives any more", async () => {
    for (const name of Object.keys(acts)) {
      const { fleet, gone } = fleetOf(strategy);
      const { here, there, cut } = fleet;
      const { userId } = (await (await here.signedUp()).get("/session")).body.session;
      const held = await everyCredential(here);
      for (const headers of Object.values(held)) await there.browser().get("/me", headers);
      cut.news = true;
      await acts[name]?.(fleet, userId, gone);
      await here.clock.advance(lag + 1);
      for (const [what, headers] of Object.entries(held)) {
        const expected = headers["refreshToken"] === undefined ? [401, 401, false] : [401, false];
        expect(await replays(there, headers), `${name}: ${what}`).toEqual(expected);
      }
    }
  });
});

describe.each(strategies)("SC-09: signing out everywhere, with %s sessions", (strategy) => {
  it("ends all others after a factor has changed, and not the one in which it was", async () => {
    const { here, there } = createFleet(strategy);
    const own = await here.signedUp();
    const { sid, userId } = (await own.get("/session")).body.session;
    const others = [there.browser(), there.browser()];
    for (const other of others) await other.post("/sign-in/password", { email, password });
    expect(await here.auth.users.credentialsChanged(userId, { exceptSid: sid })).toBe(2);
    await here.clock.advance(lag);
    expect((await own.get("/me")).status).toBe(200);
    for (const other of others) expect((await other.get("/me")).body.reason).toBe("credentials_changed");
    expect(await here.auth.users.credentialsChanged(userId)).toBe(1);
    expect((await own.get("/me")).body.reason).toBe("credentials_changed");
  });

  it("ends all others with a new password", async () => {
    const { here, there } = createFleet(strategy);
    const own = await here.signedUp();
    const other = there.browser();
    await other.post("/sign-in/password", { email, password });
    await own.post("/change-password", { currentPassword: password, newPassword: "another phrase" });
    await here.clock.advance(lag);
    expect((await own.get("/me")).status).toBe(200);
    expect((await other.get("/me")).body.reason).toBe("credentials_changed");
  });

  it("is an operator's for one user, who alone is out, or for each of all", async () => {
    const { here, there } = createFleet(strategy);
    const names = ["ada@example.com", "bob@example.com", "eve@example.com"];
    const browsers = await Promise.all(names.map((name) => here.signedUp({ email: name })));
    const ids = await Promise.all(
      browsers.map(async (one) => (await one.get("/session")).body.session.userId),
    );
    const reason = "revoked_by_admin";
    expect(await there.auth.sessions.revokeAll(ids[0] as string, { reason })).toBe(1);
    await here.clock.advance(lag);
    const replies = async () =>
      Promise.all(browsers.map(async (one) => (await one.send("GET", "/me")).body.reason ?? "signed in"));
    expect(await replies()).toEqual([reason, "signed in", "signed in"]);
    for (const userId of ids) await there.auth.sessions.revokeAll(userId, { reason });
    await here.clock.advance(lag);
    expect(await replies()).toEqual([reason, reason, reason]);
    expect((await here.browser().post("/sign-in/password", { email, password })).status).toBe(200);
  });
});
