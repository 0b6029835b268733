import { describe, expect, it } from "vitest";
import type { Browser } from "./browser.fixture.ts";
import { ada, cookieName, createSite, serviceBasic, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };

/** Every route that must ask the store, with what it takes to get that far. */
const calls: Readonly<Record<string, (browser: Browser) => ReturnType<Browser["send"]>>> = {
  "GET /session": (browser) => browser.send("GET", "/session"),
  "GET /me": (browser) => browser.send("GET", "/me"),
  "POST /sign-in/password": (browser) => browser.send("POST", "/sign-in/password", { email, password }),
  "POST /password/login": (browser) => browser.send("POST", "/password/login", { email, password }),
  "POST /sign-up/password": (browser) =>
    browser.send("POST", "/sign-up/password", { email: "new@example.com", password }),
  "POST /sign-out": (browser) => browser.send("POST", "/sign-out", {}),
  "POST /sign-out everywhere": (browser) => browser.send("POST", "/sign-out", { everywhere: true }),
  "POST /refresh": (browser) => browser.send("POST", "/refresh", {}),
  "POST /touch": (browser) => browser.send("POST", "/touch", {}),
  "POST /step-up": (browser) => browser.send("POST", "/step-up", { password }),
  "POST /change-password": (browser) =>
    browser.send("POST", "/change-password", { currentPassword: password, newPassword: "another phrase" }),
  "GET /sessions": (browser) => browser.send("GET", "/sessions"),
  "DELETE /sessions/{sid}": (browser) =>
    browser.send("DELETE", "/sessions/0197f3a0-0000-7000-8000-000000000000"),
  "DELETE /sessions": (browser) => browser.send("DELETE", "/sessions"),
  "GET /events": (browser) => browser.send("GET", "/events"),
  "POST /introspect": (browser) =>
    browser.send("POST", "/introspect", `token=${browser.value(cookieName)}`, form),
  "POST /revoke": (browser) => browser.send("POST", "/revoke", `token=${browser.value(cookieName)}`, form),
};
/** A node that trusts its revocation feed answers these from the token alone. */
const local = new Set(["GET /session", "GET /me", "GET /events"]);

async function expectAllUnavailable(
  site: Site,
  browser: Browser,
  skip: ReadonlySet<string> = new Set(),
): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    if (skip.has(name)) continue;
    const { status, code, cookies, headers } = await call(browser);
    expect([status, code, cookies], name).toEqual([503, "store_unavailable", []]);
    expect(headers.get("retry-after"), name).toBe("1");
  }
  expect(site.events.some(({ type }) => type === "session_ended")).toBe(false);
}

describe.each(strategies)("while the store cannot be reached, with %s sessions", (strategy) => {
  it("every route says so, clears no cookie and ends no session; then all goes on as before", async () => {
    const site = createSite(strategy);
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
    const site = createSite(strategy);
    site.outage.sessions = true;
    site.outage.users = true;
    const stranger = site.browser();
    expect((await stranger.get("/session")).body).toBe(null);
    expect((await stranger.get("/me")).code).toBe("unauthenticated");
    expect((await stranger.get("/openapi.json")).status).toBe(200);
    expect((await stranger.get("/.well-known/jwks.json")).status).toBe(200);
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
      const site = createSite(strategy, { session: { maxRevocationLag: "2s" } });
      const browser = await site.signedUp();
      expect((await browser.get("/me")).status).toBe(200);
      site.outage.sessions = true;
      await site.pass(1900);
      expect((await browser.get("/me")).status).toBe(200);
      await site.pass(200);
      expect((await browser.get("/me")).code).toBe("store_unavailable");
      await expectAllUnavailable(site, browser, new Set(["POST /sign-in/password", "POST /password/login"]));
    });

    it("acts ask the store even while reads do not", async () => {
      const site = createSite(strategy);
      const browser = await site.signedUp();
      await browser.get("/me");
      site.outage.sessions = true;
      site.outage.users = true;
      await expectAllUnavailable(site, browser, local);
      for (const name of local) expect((await calls[name]?.(browser))?.status).toBe(200);
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
      createWithPassword: out,
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
