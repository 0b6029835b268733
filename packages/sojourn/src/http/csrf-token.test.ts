import { describe, expect, it } from "vitest";
import { contract, type Route, type RouteName } from "../contract/routes.ts";
import { isSojournError } from "../domain/errors.ts";
import type { Browser } from "./browser.fixture.ts";
import {
  ada,
  cookieName,
  createSite,
  origin,
  serviceBasic,
  type Site,
  type SiteOptions,
  strategies,
  testSecret,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const visitorCookie = `${cookieName}-csrf`;
const createStrictSite = (strategy: (typeof strategies)[number], options: SiteOptions = {}): Site =>
  createSite(strategy, { csrf: { token: true }, ...options });

/** A token for the page that is open in a browser. */
async function tokenFor(browser: Browser): Promise<string> {
  const { status, body } = await browser.get("/csrf-token");
  expect(status).toBe(200);
  return body.token;
}

/** Signs a new browser up, by way of the sign-up page's token. */
async function signUp(site: Site, account: Partial<typeof ada> = {}): Promise<Browser> {
  const browser = site.browser();
  const headers = { "x-csrf-token": await tokenFor(browser) };
  const { status, text } = await browser.post("/sign-up/password", { ...ada, ...account }, headers);
  expect(status, text).toBe(200);
  return browser;
}

const cloak = (token: string): string => `${token.slice(0, -1)}${token.endsWith("A") ? "E" : "A"}`;

describe.each(strategies)("CS-02: with csrf.token and %s sessions", (strategy) => {
  it("an unsafe call with a cookie needs the token of its session, in a header", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const token = await tokenFor(browser);
    for (const headers of [
      {},
      { "x-csrf-token": "" },
      { "x-csrf-token": cloak(token) },
      { "csrf-token": token },
    ]) {
      const { status, code, cookies } = await browser.send("POST", "/touch", {}, headers);
      expect([status, code, cookies]).toEqual([403, "csrf_refused", []]);
    }
    expect((await browser.post("/touch", {}, { "x-csrf-token": token })).status).toBe(200);
    expect((await browser.post("/sign-out", {}, { "x-csrf-token": token })).body).toEqual({ ended: 1 });
  });

  it("or in a field of the form, which no route sees", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const csrfToken = await tokenFor(browser);
    expect((await browser.submit("/sign-out", {})).code).toBe("csrf_refused");
    expect((await browser.submit("/sign-out", { csrfToken: cloak(csrfToken) })).code).toBe("csrf_refused");
    expect((await browser.submit("/sign-out", { csrfToken })).status).toBe(303);
    const again = await tokenFor(browser);
    expect((await browser.submit("/sign-in/password", { email, password, csrfToken: again })).status).toBe(
      303,
    );
  });

  it("the token of another session is refused, also of another one of the same user", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const mallory = await signUp(site, { email: "mallory@example.com" });
    const elsewhere = site.browser();
    await elsewhere.post(
      "/sign-in/password",
      { email, password },
      { "x-csrf-token": await tokenFor(elsewhere) },
    );
    for (const other of [mallory, elsewhere]) {
      const headers = { "x-csrf-token": await tokenFor(other) };
      expect((await browser.send("POST", "/touch", {}, headers)).code).toBe("csrf_refused");
      expect((await browser.submit("/sign-out", { csrfToken: await tokenFor(other) })).code).toBe(
        "csrf_refused",
      );
    }
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("nobody gets the token of a session by knowing its sid", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const { sid } = (await browser.get("/session")).body.session;
    const attacker = site.browser();
    const claims = Buffer.from(JSON.stringify({ sid })).toString("base64url");
    const mac = "A".repeat(43);
    for (const forged of [`s1.${sid}.${mac}`, `e30.${claims}.${mac}`]) {
      for (const name of [cookieName, `${cookieName}-refresh`]) {
        const { body } = await attacker.send("GET", "/csrf-token", undefined, {
          cookie: `${name}=${forged}`,
        });
        const headers = { "x-csrf-token": body.token };
        expect((await browser.send("POST", "/touch", {}, headers)).code).toBe("csrf_refused");
      }
    }
  });

  it("a visitor's token is good for the sign-in page of its own browser only (login CSRF)", async () => {
    const site = createStrictSite(strategy);
    await signUp(site, { email: "mallory@example.com" });
    const [victim, attacker] = [site.browser(), site.browser()];
    const [own, foreign] = [await tokenFor(victim), await tokenFor(attacker)];
    const credentials = { email: "mallory@example.com", password };
    for (const csrfToken of ["", foreign, cloak(own)]) {
      const refused = await victim.submit("/sign-in/password", { ...credentials, csrfToken });
      expect([refused.code, refused.cookies]).toEqual(["csrf_refused", []]);
    }
    expect((await victim.submit("/sign-in/password", { ...credentials, csrfToken: own })).status).toBe(303);
  });

  it("a visitor keeps one cookie, which looks like the session's, and none is set for a session", async () => {
    const site = createStrictSite(strategy);
    const browser = site.browser();
    const first = await browser.get("/csrf-token");
    expect(first.cookies).toEqual([
      expect.stringMatching(
        new RegExp(`^${visitorCookie}=[A-Za-z0-9_-]{22}; Path=/; HttpOnly; Secure; SameSite=Lax$`),
      ),
    ]);
    expect((await browser.get("/csrf-token")).cookies).toEqual([]);
    browser.jar.set(visitorCookie, { value: "<script>", attributes: [] });
    expect((await browser.get("/csrf-token")).cookies).toHaveLength(1);
    const signedIn = await signUp(site);
    signedIn.jar.delete(visitorCookie);
    expect((await signedIn.get("/csrf-token")).cookies).toEqual([]);
  });

  it("a planted visitor cookie does not speak for a session", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const attacker = site.browser();
    const token = await tokenFor(attacker);
    browser.jar.set(visitorCookie, { value: attacker.value(visitorCookie), attributes: [] });
    expect((await browser.post("/touch", {}, { "x-csrf-token": token })).code).toBe("csrf_refused");
    const twice = `${visitorCookie}=${attacker.value(visitorCookie)}`;
    const stranger = { cookie: `${twice}; ${twice}`, "x-csrf-token": token };
    const reply = await site.browser().send("POST", "/sign-in/password", { email, password }, stranger);
    expect(reply.code).toBe("csrf_refused");
  });

  it("every token is another, and all are good while the session lasts", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const tokens = [await tokenFor(browser), await tokenFor(browser), await tokenFor(browser)];
    expect(new Set(tokens.map((token) => token.slice(-43))).size).toBe(3);
    await site.pass(86_400_000);
    if (strategy === "hybrid")
      expect((await browser.post("/refresh", {}, { "x-csrf-token": tokens[0] ?? "" })).status).toBe(200);
    for (const token of tokens)
      expect((await browser.post("/touch", {}, { "x-csrf-token": token })).status).toBe(200);
  });

  it("a new proof is a new session, whose pages need a new token", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const headers = { "x-csrf-token": await tokenFor(browser) };
    expect((await browser.post("/step-up", { password }, headers)).status).toBe(200);
    expect((await browser.post("/touch", {}, headers)).code).toBe("csrf_refused");
    expect((await browser.post("/touch", {}, { "x-csrf-token": await tokenFor(browser) })).status).toBe(200);
  });

  it("a page whose session is over may still sign out, and in again", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const headers = { "x-csrf-token": await tokenFor(browser) };
    await site.pass(31 * 86_400_000);
    expect((await browser.send("POST", "/sign-out", {}, headers)).body).toEqual({ ended: 0 });
    expect((await browser.send("POST", "/sign-in/password", { email, password }, headers)).status).toBe(200);
    const fresh = { "x-csrf-token": await tokenFor(browser) };
    expect((await browser.post("/sign-in/password", { email, password }, fresh)).status).toBe(200);
    // With no cookie left there is nothing to protect: the answer is that of a stranger.
    const stranger = site.browser();
    expect((await stranger.post("/sign-out")).body).toEqual({ ended: 0 });
    expect((await stranger.post("/touch")).code).toBe("unauthenticated");
    expect((await stranger.post("/refresh")).code).toBe("unauthenticated");
  });

  it("is told of as an event, and costs nobody their session", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    await browser.post("/sign-out", { everywhere: true });
    expect(site.events.at(-1)).toMatchObject({ type: "csrf_refused", check: "token", origin });
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("a secret that is changed leaves tokens good, and one that is dropped does not", async () => {
    const site = createStrictSite(strategy);
    const browser = await signUp(site);
    const headers = { "x-csrf-token": await tokenFor(browser) };
    const newer = "Yx0fP7sT3Lq9uW2bE5nKc8zHd1gJi4aVo6mCrQkOtBw";
    const changed = createStrictSite(strategy, { accounts: site.accounts, secret: [newer, testSecret] });
    const after = new URL(`${origin}/auth/touch`);
    const sent = { "content-type": "application/json", origin, cookie: browser.cookie, ...headers };
    const touch = (): Request => new Request(after, { method: "POST", body: "{}", headers: sent });
    expect((await changed.send(touch())).status).toBe(200);
    const dropped = createStrictSite(strategy, { accounts: site.accounts, secret: newer });
    expect((await dropped.send(touch())).code).toBe("csrf_refused");
  });
});

describe("CS-02: who has no use for cookies", () => {
  it.each(strategies)(
    "a bearer client needs no token, also on another origin, with %s sessions",
    async (strategy) => {
      const front = "https://front.example";
      const site = createStrictSite(strategy, { transports: ["cookie", "header"], trustedOrigins: [front] });
      await signUp(site);
      const away = { origin: front, "sec-fetch-site": "cross-site" };
      const client = site.browser();
      const signedIn = await client.send(
        "POST",
        "/sign-in/password",
        { email, password, transport: "header" },
        away,
      );
      expect(signedIn.status).toBe(200);
      const authorization = `Bearer ${signedIn.body.tokens.accessToken}`;
      expect((await client.send("POST", "/touch", {}, { ...away, authorization })).status).toBe(200);
      const cookies = await client.send("POST", "/sign-in/password", { email, password }, away);
      expect(cookies.code).toBe("csrf_refused");
    },
  );

  it("a program that sends nothing of a browser needs none", async () => {
    const site = createStrictSite("stateful");
    await signUp(site);
    const bare = { origin: null, "sec-fetch-site": null };
    const program = site.browser("curl/8");
    expect((await program.send("POST", "/sign-in/password", { email, password }, bare)).status).toBe(200);
  });

  it("a service proves itself by its secret", async () => {
    const site = createStrictSite("stateful");
    const browser = await signUp(site);
    const headers = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
    expect((await browser.post("/introspect", "token=x", headers)).body).toEqual({ active: false });
  });
});

describe("CS-02: every route that does something", () => {
  const sid = "0197f3a0-0000-7000-8000-000000000000";
  const acting = (Object.entries(contract) as [RouteName, Route<unknown, unknown>][]).filter(
    ([, { method, access, fromElsewhere }]) =>
      method !== "GET" && access !== "service" && fromElsewhere !== true,
  );

  it.each(acting)("%s refuses a cookie without a token, and does nothing", async (_name, route) => {
    const site = createStrictSite("hybrid");
    const browser = await signUp(site);
    site.eventTypes();
    const path = route.path
      .replace(/\{(?:method|provider)\}/, "password")
      .replace("{sid}", sid)
      .replace("{id}", "any");
    const body = {
      email,
      password,
      currentPassword: password,
      newPassword: "another phrase",
      userId: "somebody",
      reason: "Ticket 1",
    };
    const known = Object.entries(body).filter(
      ([name]) => "shape" in route.input && name in (route.input.shape as object),
    );
    const input = route.body === "none" ? undefined : Object.fromEntries(known);
    expect((await browser.send(route.method, path, input)).code).toBe("csrf_refused");
    expect(site.eventTypes()).toEqual(["csrf_refused"]);
  });
});

describe("the guard for an app's own routes", () => {
  const post = (headers: Readonly<Record<string, string>>): Request =>
    new Request(`${origin}/api/orders`, { method: "POST", headers });
  const refused = async (check: Promise<void>): Promise<boolean> => {
    try {
      await check;
      return false;
    } catch (error) {
      if (isSojournError(error, "csrf_refused")) return true;
      throw error;
    }
  };

  it("goes by the origin as Sojourn's own routes do, without any token", async () => {
    const site = createSite("stateful", { trustedOrigins: ["https://www.app.example"] });
    const { cookie } = await site.signedUp();
    const { auth } = site;
    expect(await refused(auth.checkCsrf(post({ cookie, "sec-fetch-site": "same-origin" })))).toBe(false);
    expect(await refused(auth.checkCsrf(post({ cookie, origin })))).toBe(false);
    expect(await refused(auth.checkCsrf(post({ cookie, origin: "https://www.app.example" })))).toBe(false);
    expect(await refused(auth.checkCsrf(post({ cookie, "sec-fetch-site": "same-site" })))).toBe(true);
    expect(await refused(auth.checkCsrf(post({ cookie, origin: "https://evil.example" })))).toBe(true);
    expect(await refused(auth.checkCsrf(post({ cookie })))).toBe(true);
    expect(site.events.at(-1)).toMatchObject({ type: "csrf_refused", check: "site" });
    const reading = new Request(origin, { headers: { cookie, "sec-fetch-site": "cross-site" } });
    expect(await refused(auth.checkCsrf(reading))).toBe(false);
  });

  it("takes a request of Node's, and bare headers, which it holds to be unsafe", async () => {
    const { auth } = createSite("stateful");
    const cookie = `${cookieName}=x`;
    const evil = { cookie, origin: "https://evil.example", host: "app.example" };
    for (const method of ["POST", "DELETE"])
      expect(await refused(auth.checkCsrf({ method, url: "/x", socket: {}, headers: evil } as never))).toBe(
        true,
      );
    expect(await refused(auth.checkCsrf({ method: "GET", url: "/x", headers: evil } as never))).toBe(false);
    expect(await refused(auth.checkCsrf(new Headers(evil)))).toBe(true);
    expect(await refused(auth.checkCsrf(new Headers({ cookie, origin })))).toBe(false);
  });

  it("knows its own origin by the Host header where none is configured", async () => {
    const { auth } = createSite("stateful", { baseURL: undefined as never });
    const headers = { cookie: "sojourn=x", host: "localhost:3000", origin: "http://localhost:3000" };
    const call = { method: "POST", url: "/x", socket: {} };
    expect(await refused(auth.checkCsrf({ ...call, headers } as never))).toBe(false);
    const other = { ...headers, origin: "http://localhost:3001" };
    expect(await refused(auth.checkCsrf({ ...call, headers: other } as never))).toBe(true);
    const secure = { ...headers, origin: "https://localhost:3000" };
    expect(await refused(auth.checkCsrf({ ...call, headers: secure } as never))).toBe(true);
    expect(
      await refused(auth.checkCsrf({ ...call, socket: { encrypted: true }, headers: secure } as never)),
    ).toBe(false);
    const absolute = {
      ...call,
      url: "http://evil.example/x",
      headers: { ...headers, origin: "http://evil.example" },
    };
    expect(await refused(auth.checkCsrf(absolute as never))).toBe(true);
  });

  it("asks for the token as well, where that is on", async () => {
    const site = createStrictSite("hybrid");
    const browser = await signUp(site);
    const headers = { cookie: browser.cookie, origin };
    const { token, cookies } = await site.auth.csrfToken(post(headers));
    expect(cookies).toEqual([]);
    expect(await refused(site.auth.checkCsrf(post(headers)))).toBe(true);
    expect(await refused(site.auth.checkCsrf(post({ ...headers, "x-csrf-token": token })))).toBe(false);
    expect(await refused(site.auth.checkCsrf(post(headers), { token }))).toBe(false);
    expect(await refused(site.auth.checkCsrf(post(headers), { token: cloak(token) }))).toBe(true);
  });

  it("gives a visitor's form a token, with the cookie that goes with it", async () => {
    const site = createStrictSite("stateful");
    const { token, cookies } = await site.auth.csrfToken(post({}));
    const cookie = (cookies[0] ?? "").split(";", 1)[0] ?? "";
    expect(await refused(site.auth.checkCsrf(post({ origin, cookie }), { token }))).toBe(false);
    expect(await refused(site.auth.checkCsrf(post({ origin }), { token }))).toBe(true);
  });

  it("has no tokens to give where they are off, and says how to turn them on", async () => {
    const { auth } = createSite("stateful");
    await expect(auth.csrfToken(post({}))).rejects.toThrow(/csrf: \{ token: true \}/);
  });

  it("does not take an outage for a forgery", async () => {
    const site = createStrictSite("stateful");
    const browser = await signUp(site);
    const headers = { "x-csrf-token": await tokenFor(browser) };
    site.outage.sessions = true;
    expect((await browser.send("POST", "/sign-out", {}, headers)).code).toBe("store_unavailable");
    expect((await browser.send("GET", "/csrf-token")).code).toBe("store_unavailable");
  });
});
