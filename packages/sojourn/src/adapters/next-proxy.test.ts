import { NextRequest } from "next/server.js";
import { describe, expect, it } from "vitest";
import type { Browser } from "../http/browser.fixture.ts";
import { createSite, origin, type Site, testSecret } from "../http/http-test-kit.fixture.ts";
import { createVerifier } from "../verify/index.ts";
import { createProxy, type ProxyOptions } from "./next-proxy.ts";

const minute = 60_000;
const page = { "sec-fetch-mode": "navigate", accept: "text/html" };
const script = { "sec-fetch-mode": "cors", accept: "*/*" };

type Send = (path: string, headers?: Record<string, string>, method?: string) => Promise<Response>;

/** A site with a proxy before its pages. */
function behindProxy(options: object = {}, site: Site = createSite("hybrid")): { site: Site; send: Send } {
  const proxy = createProxy({
    auth: site.auth,
    protect: ["/dashboard"],
    signIn: "/sign-in",
    ...options,
  } as ProxyOptions<{ readonly id: string }, object>);
  const send: Send = (path, headers = {}, method = "GET") =>
    proxy(new NextRequest(`http://localhost:3000${path}`, { headers, method }));
  return { site, send };
}

/** The headers that reach the app: null if the request does not. */
function reaching(response: Response): Headers | null {
  if (response.headers.get("x-middleware-next") !== "1") return null;
  const names = (response.headers.get("x-middleware-override-headers") ?? "").split(",");
  return new Headers(
    names.map((name): [string, string] => [name, response.headers.get(`x-middleware-request-${name}`) ?? ""]),
  );
}

const expectPrivate = (response: Response): void =>
  expect(response.headers.get("cache-control")).toBe("private, no-store");
const as = (browser: Browser, more: Record<string, string> = page): Record<string, string> => ({
  ...more,
  cookie: browser.cookie,
  "user-agent": browser.userAgent,
});
const sidOf = async (browser: Browser): Promise<string> => (await browser.get("/session")).body.session.sid;

describe("a guarded page", () => {
  it("is shown to who is signed in, and kept out of caches", async () => {
    const { site, send } = behindProxy();
    const response = await send("/dashboard", as(await site.signedUp()));
    expect(reaching(response)).not.toBeNull();
    expectPrivate(response);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it("sends others to sign in and back, with the query", async () => {
    const { send } = behindProxy();
    const response = await send("/dashboard?year=2026&q=a%26b", page);
    expect(response.status).toBe(303);
    const target = new URL(response.headers.get("location") ?? "");
    expect([target.origin, target.pathname]).toEqual([origin, "/sign-in"]);
    expect(target.searchParams.get("returnTo")).toBe("/dashboard?year=2026&q=a%26b");
    expectPrivate(response);
  });

  it("tells why a session is over, and removes its cookies", async () => {
    const { site, send } = behindProxy();
    const browser = await site.signedUp();
    await site.auth.sessions.revoke(await sidOf(browser));
    await site.pass(3000);
    const response = await send("/dashboard", as(browser));
    expect(response.headers.get("location")).toContain("reason=revoked");
    expect(response.headers.getSetCookie().every((cookie) => cookie.includes("Max-Age=0"))).toBe(true);
    expect(response.headers.getSetCookie()).not.toEqual([]);
  });

  it("answers a script, the router among them, with 401, so that no sign-in page is kept as the page", async () => {
    const { send } = behindProxy();
    const response = await send("/dashboard", script);
    expect([response.status, response.headers.get("location")]).toEqual([401, null]);
    expect(await response.json()).toMatchObject({ code: "unauthenticated" });
  });

  it("answers 401 where there is no sign-in page", async () => {
    const { send } = behindProxy({ signIn: undefined });
    expect((await send("/dashboard", page)).status).toBe(401);
  });

  it("is not for a visitor who has not signed in", async () => {
    const site = createSite("hybrid");
    const visitor = site.browser();
    expect((await visitor.post("/sign-in/anonymous")).status).toBe(200);
    const { send } = behindProxy({}, site);
    expect((await send("/dashboard", as(visitor))).status).toBe(303);
    expect(reaching(await send("/", as(visitor)))?.get("x-session-kind")).toBe("anonymous");
  });

  it("sends to the app's own origin, whatever the request says of its host", async () => {
    const forged = { ...page, host: "evil.example", "x-forwarded-host": "evil.example" };
    const target = async (options: object): Promise<string | null> =>
      (await behindProxy(options).send("/dashboard", forged)).headers.get("location");
    const back = "/sign-in?returnTo=%2Fdashboard";
    expect(await target({})).toBe(`${origin}${back}`);
    expect(await target({ baseURL: "https://other.example" })).toBe(`https://other.example${back}`);
    const verifier = { authenticate: () => ({ status: "anonymous" }) };
    expect(await target({ auth: undefined, verifier })).toBe(`http://localhost:3000${back}`);
  });

  it("has the base path of next.config in the way to the sign-in page and back", async () => {
    const { site } = behindProxy();
    const proxy = createProxy({ auth: site.auth, protect: ["/dashboard"], signIn: "/sign-in" });
    const nextConfig = { basePath: "/app" };
    const request = new NextRequest("http://localhost:3000/app/dashboard?a=1", { headers: page, nextConfig });
    const location = new URL((await proxy(request)).headers.get("location") ?? "");
    expect(location.pathname + location.search).toBe("/app/sign-in?returnTo=%2Fapp%2Fdashboard%3Fa%3D1");
  });
});

describe("the sign-in page, Sojourn's routes and files", () => {
  it.each(["/sign-in", "/auth/session", "/auth/refresh", "/_next/static/a.js", "/favicon.ico"])(
    "are never redirected, %s behind a guard of everything",
    async (path) => {
      const { send } = behindProxy({ protect: ["/"] });
      expect(reaching(await send(path, page))).not.toBeNull();
      expect(reaching(await send(path, page, "POST"))).not.toBeNull();
    },
  );

  it("renew nothing by themselves: the client's own refresh goes through as it came", async () => {
    const { site, send } = behindProxy();
    const browser = await site.signedUp();
    await site.pass(16 * minute);
    site.eventTypes();
    const response = await send("/auth/refresh", as(browser, script), "POST");
    expect(reaching(response)?.get("cookie")).toBe(browser.cookie);
    expect([response.headers.getSetCookie(), site.eventTypes()]).toEqual([[], []]);
  });
});

describe("who is signed in", () => {
  it("is told to the app alone, by headers of the request", async () => {
    const { site, send } = behindProxy();
    const browser = await site.signedUp();
    const session = (await browser.get("/session")).body.session;
    const response = await send("/", as(browser));
    expect(Object.fromEntries(reaching(response) ?? [])).toMatchObject({
      "x-user-id": session.userId,
      "x-session-id": session.sid,
      "x-session-kind": "user",
      "x-actor-id": session.userId,
      "x-sojourn-path": "/",
      cookie: browser.cookie,
    });
    expect(response.headers.get("x-user-id")).toBeNull();
  });

  it.each(["/", "/dashboard", "/sign-in", "/auth/session", "/robots.txt", "/images/a.png"])(
    "is nobody's to claim, at %s",
    async (path) => {
      const { site, send } = behindProxy();
      const claims = {
        "x-user-id": "admin",
        "X-Session-Id": "1",
        "x-session-kind": "user",
        "x-actor-id": "root",
        "x-sojourn-path": "//evil.example",
        "x-sojourn-renewed": "1",
      };
      for (const cookie of [{}, as(await site.signedUp({ email: `p${path.length}@example.com` }))]) {
        const headers = reaching(await send(path, { ...claims, ...page, ...cookie }));
        const told = [...(headers?.values() ?? [])].filter((value) => ["admin", "1", "root"].includes(value));
        expect(told).toEqual([]);
        expect(headers?.get("x-sojourn-path") ?? path).toBe(path);
      }
    },
  );

  it("has an id that ends no header and is read in one way", async () => {
    const proxy = createProxy({
      verifier: {
        authenticate: () => ({
          status: "active",
          session: { sid: "s", kind: "user", actor: { userId: "100%" } },
          user: { id: "é\r\nx-role: admin\ud800" },
        }),
      },
      protect: [],
    });
    const headers = reaching(await proxy(new NextRequest("http://localhost:3000/")));
    expect(headers?.get("x-user-id")).toBe("%C3%A9%0D%0Ax-role:%20admin%EF%BF%BD");
    expect(headers?.get("x-actor-id")).toBe("100%25");
  });
});

describe("an access token that has run out", () => {
  it.each(["/", "/dashboard"])("is renewed at %s, with a response that no cache may keep", async (path) => {
    const { site, send } = behindProxy();
    const browser = await site.signedUp();
    await site.pass(16 * minute);
    const response = await send(path, as(browser));
    expect(response.headers.getSetCookie().some((cookie) => cookie.includes("-refresh="))).toBe(true);
    expectPrivate(response);
    // The page still gets what the browser sent: if this response is lost, the browser comes with it again.
    expect(reaching(response)?.get("cookie")).toBe(browser.cookie);
    expect(reaching(response)?.get("x-middleware-set-cookie") ?? null).toBeNull();
    expect(reaching(response)?.get("x-sojourn-renewed")).toBe("1");
  });

  it("is left as it is by what may sign in or out, so that the response has one cookie of a name", async () => {
    const { site, send } = behindProxy();
    const browser = await site.signedUp();
    await site.pass(16 * minute);
    site.eventTypes();
    const headers = as(browser, script);
    const change = await send("/dashboard", headers, "POST");
    expect(reaching(change)?.get("x-user-id")).toBeTruthy();
    expect(reaching(change)?.get("x-sojourn-renewed")).toBeNull();
    expect(change.headers.getSetCookie()).toEqual([]);
    expect(site.eventTypes()).not.toContain("session_renewed");
    await browser.copy().post("/sign-out");
    await site.pass(3000);
    expect((await send("/", headers, "POST")).headers.getSetCookie()).toEqual([]);
  });

  it("is renewed once by twenty requests of the router at once", async () => {
    const { site, send } = behindProxy();
    const browser = await site.signedUp();
    await site.pass(16 * minute);
    site.eventTypes();
    const all = await Promise.all(Array.from({ length: 20 }, () => send("/dashboard", as(browser, script))));
    expect(all.filter((response) => reaching(response) !== null)).toHaveLength(20);
    expect(site.eventTypes().filter((type) => type === "session_renewed")).toHaveLength(1);
    const refresh = all.map((response) =>
      response.headers.getSetCookie().find((one) => one.includes("-refresh=")),
    );
    expect([new Set(refresh).size, refresh[0]]).toEqual([1, expect.stringContaining("r1.")]);
  });

  it("does not make a prefetch a sign of the user", async () => {
    const { site, send } = behindProxy({}, createSite("stateful"));
    const browser = await site.signedUp();
    const sid = await sidOf(browser);
    const seen = async (): Promise<unknown> => (await site.auth.sessions.get(sid))?.lastSeenAt;
    const before = await seen();
    await site.pass(10 * minute);
    await send("/dashboard", as(browser, script));
    await site.pass(minute);
    expect(await seen()).toBe(before);
    await send("/dashboard", as(browser));
    await site.pass(minute);
    expect(await seen()).not.toBe(before);
  });
});

describe("while the store is away", () => {
  it("nobody is signed out: 503, or the app's own page for who opens one", async () => {
    const { site, send } = behindProxy({ outage: "/outage" });
    const browser = await site.signedUp();
    await site.pass(16 * minute);
    site.outage.sessions = true;
    const opened = await send("/dashboard", as(browser));
    expect([opened.status, opened.headers.get("x-middleware-rewrite")]).toEqual([
      503,
      "http://localhost:3000/outage",
    ]);
    const asked = await send("/dashboard", as(browser, script));
    expect([asked.status, ((await asked.json()) as { code: string }).code]).toEqual([
      503,
      "store_unavailable",
    ]);
    for (const response of [opened, asked]) {
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(response.headers.getSetCookie()).toEqual([]);
      expectPrivate(response);
    }
    expect(reaching(await send("/", as(browser)))?.has("x-user-id")).toBe(false);
  });
});

describe("a proxy at the edge", () => {
  const edge = (state: object, options: object = {}): Send =>
    behindProxy({ auth: undefined, verifier: { authenticate: () => Promise.resolve(state) }, ...options })
      .send;

  it("knows by the token alone who is signed in, while that is good", async () => {
    const site = createSite("hybrid");
    const verifier = createVerifier({
      baseURL: origin,
      secret: testSecret,
      revocations: false,
      clock: site.clock,
    });
    const { send } = behindProxy({ auth: undefined, verifier }, site);
    const browser = await site.signedUp();
    expect(reaching(await send("/dashboard", as(browser)))?.get("x-session-id")).toBe(await sidOf(browser));
    await site.pass(16 * minute);
    // What only the server can tell: it knows the refresh token.
    const later = reaching(await send("/dashboard", as(browser)));
    expect([later === null, later?.has("x-session-id")]).toEqual([false, false]);
    expect((await send("/dashboard", page)).status).toBe(303);
  });

  it("may go on behind the response", async () => {
    let waited: Promise<unknown> | null = null;
    const event = {
      waitUntil(work: Promise<unknown>) {
        expect(this).toBe(event);
        waited = work;
      },
    };
    const proxy = createProxy({
      verifier: {
        authenticate(_request, options) {
          options?.waitUntil?.(Promise.resolve());
          return { status: "anonymous" };
        },
      },
      protect: [],
    });
    await proxy(new NextRequest("http://localhost:3000/"), event);
    expect(waited).not.toBeNull();
  });

  it("lets through what only the server can tell, without a name", async () => {
    const headers = reaching(
      await edge({ status: "needs_origin" })("/dashboard", { ...page, "x-user-id": "admin" }),
    );
    expect(headers).not.toBeNull();
    expect(headers?.has("x-user-id")).toBe(false);
  });

  it("sends away who is not signed in", async () => {
    expect((await edge({ status: "anonymous" })("/dashboard", page)).status).toBe(303);
    const over = await edge({ status: "ended", reason: "expired" })("/dashboard", page);
    expect(over.headers.get("location")).toContain("reason=expired");
  });

  it("takes /auth for Sojourn's routes, unless it is told others", async () => {
    const send = edge({ status: "anonymous" }, { protect: ["/"] });
    expect(reaching(await send("/auth/session", script))).not.toBeNull();
    const other = edge({ status: "anonymous" }, { protect: ["/"], basePath: "/session" });
    expect(reaching(await other("/session/me", script))).not.toBeNull();
    expect(reaching(await other("/auth/session", script))).toBeNull();
  });
});
