import { describe, expect, it } from "vitest";
import { providerRoutes } from "../contract/provider-routes.ts";
import { contract, type RouteName } from "../contract/routes.ts";
import { createKeyRing } from "../crypto/key-ring.ts";
import { createSealer } from "../crypto/seal.ts";
import type { Browser } from "./browser.fixture.ts";
import {
  ada,
  cookieName,
  createSite,
  serviceBasic,
  type Site,
  strategies,
  testSecret,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;
/** These need a provider; what they do without a store is told where there is one. */
const atProviders: ReadonlySet<string> = new Set(Object.keys(providerRoutes));
const routeNames = (Object.keys(contract) as RouteName[]).filter((name) => !atProviders.has(name));
const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };

type Send = (browser: Browser, path: string) => ReturnType<Browser["send"]>;
const get: Send = (browser, path) => browser.send("GET", path);
const remove: Send = (browser, path) => browser.send("DELETE", path);
const post =
  (body: object): Send =>
  (browser, path) =>
    browser.send("POST", path, body);
const ask: Send = (browser, path) => browser.send("POST", path, `token=${browser.value(cookieName)}`, form);

const nowhere = "0197f3a0-0000-7000-8000-000000000000";
/** A genuine way back, to a session that nobody has. */
const wayBack = createSealer(createKeyRing([testSecret])).seal(
  `${cookieName}-actor`,
  `${nowhere} s1.${nowhere}.${"A".repeat(43)}`,
);
const impersonation = { allow: () => true };

/** What it takes to get as far as the store, at every route of the contract; empty for those that need none. */
const calls: Readonly<Partial<Record<RouteName, readonly Send[]>>> = {
  getSession: [get],
  getMe: [get],
  signIn: [post({ email, password })],
  signUp: [post({ email: "new@example.com", password })],
  signInExternally: [post({ email })],
  signInAnonymously: [post({})],
  signOut: [
    post({}),
    post({ everywhere: true }),
    (browser, path) => post({})(browser, `${path}?everywhere=true`),
  ],
  refresh: [post({})],
  touch: [post({})],
  stepUp: [post({ password })],
  changePassword: [post({ currentPassword: password, newPassword: "another phrase" })],
  listSessions: [get],
  activity: [get],
  exportUser: [get],
  forward: [get],
  revokeSession: [remove],
  revokeOtherSessions: [remove],
  impersonate: [post({ userId: "somebody", reason: "Ticket 1" })],
  stopImpersonating: [post({ actorToken: wayBack })],
  events: [get],
  csrfToken: [],
  introspect: [ask],
  revokeToken: [ask],
  revocations: [(browser, path) => browser.get(path, { authorization: serviceBasic })],
  jwks: [],
  openapi: [],
};
/** A node that trusts its revocation feed answers these from the token alone. */
const local: ReadonlySet<RouteName> = new Set(["getSession", "getMe", "forward", "events"]);

/** The paths of a route, with something in the place of each parameter. */
function pathsOf(name: RouteName): readonly string[] {
  const { path, aliases = [] } = contract[name];
  return [path, ...aliases].map((one) =>
    one.replace("{method}", name === "signInExternally" ? "own" : "password").replace("{sid}", nowhere),
  );
}

async function expectAllUnavailable(
  site: Site,
  browser: Browser,
  skip: ReadonlySet<RouteName> = new Set(),
): Promise<void> {
  for (const name of routeNames.filter((one) => !skip.has(one))) {
    for (const [path, send] of pathsOf(name).flatMap((one) =>
      (calls[name] ?? []).map((call) => [one, call] as const),
    )) {
      const { status, code, cookies, headers } = await send(browser, path);
      expect([status, code, cookies], path).toEqual([503, "store_unavailable", []]);
      expect(headers.get("retry-after"), path).toBe("1");
    }
  }
  expect(site.events.some(({ type }) => type === "session_ended")).toBe(false);
}

it("every route of the contract is tried", () => {
  expect(Object.keys(calls).toSorted()).toEqual(routeNames.toSorted());
});

describe.each(strategies)("while the store cannot be reached, with %s sessions", (strategy) => {
  it("every route says so, clears no cookie and ends no session; then all goes on as before", async () => {
    const site = createSite(strategy, { audit: true, impersonation });
    const browser = await site.signedUp();
    await browser.get("/session");
    site.outage.sessions = true;
    site.outage.users = true;
    // The feed has grown old by now, so that nothing is believed without the store.
    await site.pass(20_000);
    await expectAllUnavailable(site, browser);
    expect(site.events.some(({ type }) => type === "store_unavailable")).toBe(true);

    site.outage.sessions = false;
    site.outage.users = false;
    await site.pass(2000);
    expect((await browser.get("/me")).status).toBe(200);
    expect((await browser.post("/refresh")).status).toBe(200);
    expect((await browser.post("/sign-out")).body).toEqual({ ended: 1 });
  });

  it("nobody is called anonymous: the state is unavailable, and the short forms throw", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    site.outage.sessions = true;
    await site.pass(20_000);
    const request = { headers: new Headers({ cookie: browser.cookie }) };
    expect(await site.auth.authenticate(request)).toEqual({ status: "unavailable", retryAfter: 1 });
    await expect(site.auth.getSession(request)).rejects.toMatchObject({
      code: "store_unavailable",
      status: 503,
    });
    await expect(site.auth.requireSession(request)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await site.auth.refresh(request)).toEqual({ status: "unavailable", retryAfter: 1 });
    await expect(site.auth.signOut(request)).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("those who present nothing are served", async () => {
    const site = createSite(strategy, { csrf: { token: true } });
    site.outage.sessions = true;
    site.outage.users = true;
    const stranger = site.browser();
    expect((await stranger.get("/session")).body).toBe(null);
    expect((await stranger.get("/me")).code).toBe("unauthenticated");
    for (const name of routeNames.filter((one) => calls[one]?.length === 0))
      for (const path of pathsOf(name)) expect((await stranger.get(path)).status, path).toBe(200);
  });

  it("the logger is told why, and the client is not", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    site.outage.sessions = true;
    await site.pass(20_000);
    const { text } = await browser.get("/me");
    expect(text).not.toContain("ECONNREFUSED");
    expect(JSON.stringify(site.logs)).toContain("ECONNREFUSED 10.1.2.3:5432");
  });
});

describe.each(["stateless", "hybrid"] as const)(
  "while the store is away for a moment, with %s sessions",
  (strategy) => {
    it("tokens are believed for as long as the feed's last word is, and not longer", async () => {
      const site = createSite(strategy, { audit: true, impersonation, session: { maxRevocationLag: "2s" } });
      const browser = await site.signedUp();
      expect((await browser.get("/me")).status).toBe(200);
      site.outage.sessions = true;
      await site.pass(1900);
      expect((await browser.get("/me")).status).toBe(200);
      await site.pass(200);
      expect((await browser.get("/me")).code).toBe("store_unavailable");
      await expectAllUnavailable(site, browser, new Set(["signIn"]));
    });

    it("acts ask the store even while reads do not", async () => {
      const site = createSite(strategy, { audit: true, impersonation });
      const browser = await site.signedUp();
      await browser.get("/me");
      site.outage.sessions = true;
      site.outage.users = true;
      await expectAllUnavailable(site, browser, local);
      for (const name of local)
        for (const path of pathsOf(name)) expect((await get(browser, path)).status, path).toBe(200);
    });
  },
);

describe("while only the user directory is away", () => {
  const directory = (site: {
    out: boolean;
  }): { findById(id: string): Promise<{ id: string; role: string }> } => ({
    async findById(id) {
      if (site.out) throw new Error("connect ETIMEDOUT ldap.internal:636");
      return { id, role: "user" };
    },
  });

  it.each(strategies)("nobody is signed out, with %s sessions", async (strategy) => {
    const outage = { out: false };
    const site = createSite(strategy, { users: directory(outage) as never });
    const browser = await site.signedUp();
    outage.out = true;
    await site.pass(20 * 60_000);
    const { status, code, cookies, text } = await browser.post("/refresh");
    expect([status, code, cookies]).toEqual([503, "store_unavailable", []]);
    expect(text).not.toContain("ldap");
    outage.out = false;
    expect((await browser.post("/refresh")).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("signing in says so too, also where the accounts are somebody else's and fail in their own way", async () => {
    const out = (): never => {
      throw new Error("connect ETIMEDOUT ldap.internal:636");
    };
    const users = {
      findById: out,
      findByEmail: out,
      findCredential: out,
      create: out,
      replacePassword: out,
    };
    const site = createSite("stateful", { password: { users } });
    for (const [path, body] of [
      ["/sign-in/password", { email, password }],
      ["/sign-up/password", ada],
    ] as const) {
      const { status, code, cookies, text } = await site.browser().post(path, body);
      expect([status, code, cookies], path).toEqual([503, "store_unavailable", []]);
      expect(text).not.toContain("ldap");
    }
  });
});
