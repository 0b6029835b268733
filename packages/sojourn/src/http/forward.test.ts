import { describe, expect, it } from "vitest";
import { hostileTargets } from "./hostile-targets.fixture.ts";
import {
  cookieName,
  createSite,
  origin,
  type Site,
  type SiteOptions,
  strategies,
} from "./http-test-kit.fixture.ts";
import { external } from "../login/external/index.ts";
import { memory } from "../stores/memory/index.ts";

const navigation = { "sec-fetch-mode": "navigate", accept: "text/html,*/*;q=0.8" };
const friend = "https://reports.example";
const withPage: SiteOptions = { redirects: { signIn: "/sign-in?theme=dark" }, trustedOrigins: [friend] };

/** What a proxy is told of a request. */
async function ask(site: Site, headers: Record<string, string> = {}, query = "", method = "GET") {
  const request = new Request(`${origin}/auth/forward${query}`, { method, headers });
  const reply = await site.send(request);
  const identity = [...reply.headers].filter(([name]) => /^x-(user|session|actor)-/.test(name));
  expect(reply.headers.getSetCookie()).toEqual([]);
  return {
    status: reply.status,
    ...(reply.code === undefined ? {} : { code: reply.code }),
    identity: Object.fromEntries(identity),
    location: reply.headers.get("location"),
    signIn: reply.headers.get("sojourn-sign-in"),
    retryAfter: reply.headers.get("retry-after"),
  };
}

/** What the proxies of the documentation send besides the headers of the request that they have. */
const proxies: Readonly<Record<string, (target: string, method?: string) => Record<string, string>>> = {
  nginx: (target, method = "GET") => ({
    "x-forwarded-for": "198.51.100.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "app.example",
    "x-forwarded-method": method,
    "x-forwarded-uri": target,
  }),
  "ingress-nginx": (target, method = "GET") => ({
    "x-original-url": `${origin}${target}`,
    "x-original-method": method,
    "x-sent-from": "nginx-ingress-controller",
  }),
  Caddy: (target, method = "GET") => ({
    "x-forwarded-for": "198.51.100.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "app.example",
    "x-forwarded-method": method,
    "x-forwarded-uri": target,
  }),
  Traefik: (target, method = "GET") => ({
    "x-forwarded-for": "198.51.100.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "app.example",
    "x-forwarded-port": "443",
    "x-forwarded-server": "gateway",
    "x-real-ip": "198.51.100.9",
    "x-forwarded-method": method,
    "x-forwarded-uri": target,
  }),
};

describe.each(strategies)("GET /forward with %s sessions", (strategy) => {
  it("tells who is signed in, in headers and nowhere else", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const { session, user } = (await ada.get("/session")).body;
    const reply = await ada.get("/forward");
    expect([reply.status, reply.text, reply.cookies]).toEqual([200, "", []]);
    expect(await ask(site, { cookie: ada.cookie })).toMatchObject({
      status: 200,
      identity: {
        "x-user-id": user.id,
        "x-session-id": session.sid,
        "x-session-kind": "user",
        "x-actor-id": user.id,
      },
    });
  });

  it("answers 401 where nobody is, and says nothing of who that is", async () => {
    expect(await ask(createSite(strategy, withPage))).toEqual({
      status: 401,
      code: "unauthenticated",
      identity: {},
      location: null,
      signIn: null,
      retryAfter: null,
    });
  });

  it.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "answers the same to %s: no method goes past it",
    async (method) => {
      const site = createSite(strategy, withPage);
      const ada = await site.signedUp();
      const own = { origin, "sec-fetch-site": "same-origin", "access-control-request-method": "POST" };
      expect((await ask(site, own, "", method)).status).toBe(401);
      expect(await ask(site, { ...own, cookie: ada.cookie }, "", method)).toMatchObject({
        status: 200,
        identity: { "x-session-kind": "user" },
      });
    },
  );

  it("S7: hands on nothing that the client says of itself", async () => {
    const site = createSite(strategy);
    const spoofed = { "x-user-id": "admin", "x-session-id": "1", "x-actor-id": "root" };
    expect(await ask(site, spoofed)).toMatchObject({ status: 401, identity: {} });
    const ada = await site.signedUp();
    const { identity } = await ask(site, { ...spoofed, cookie: ada.cookie });
    expect(Object.keys(identity)).toEqual(["x-actor-id", "x-session-id", "x-session-kind", "x-user-id"]);
    expect(Object.values(identity)).not.toContain("admin");
  });

  it.each(Object.keys(proxies))("sends who opens a page to the sign-in page, asked by %s", async (proxy) => {
    const site = createSite(strategy, withPage);
    const told = proxies[proxy]?.("/reports?year=2026&q=a%26b") ?? {};
    const target = `${origin}/sign-in?theme=dark&returnTo=${encodeURIComponent("/reports?year=2026&q=a%26b")}`;
    expect(await ask(site, { ...told, ...navigation })).toMatchObject({ status: 303, location: target });
    expect(await ask(site, { ...told, ...navigation }, "?signIn=header")).toMatchObject({
      status: 401,
      code: "unauthenticated",
      location: null,
      signIn: target,
    });
  });

  it("answers 401 to scripts, to what is sent, and where the app has no sign-in page", async () => {
    const site = createSite(strategy, withPage);
    const told = { "x-forwarded-uri": "/reports", "x-forwarded-method": "GET" };
    for (const headers of [
      { ...told, "sec-fetch-mode": "cors", accept: "*/*" },
      { ...told, accept: "application/json" },
      { ...told, ...navigation, "x-forwarded-method": "POST", origin },
      { ...navigation, "x-forwarded-uri": "/sign-in?returnTo=%2Freports" },
    ])
      expect(await ask(site, headers)).toMatchObject({ status: 401, location: null, signIn: null });
    expect(await ask(createSite(strategy), { ...told, ...navigation })).toMatchObject({ status: 401 });
  });

  it("leads by a path alone where the app has not said where it is", async () => {
    const site = createSite(strategy, { redirects: { signIn: "/sign-in" }, baseURL: undefined as never });
    const headers = { ...navigation, "x-forwarded-host": "evil.example", "x-forwarded-uri": "/reports" };
    const request = new Request("http://evil.example/auth/forward", { headers });
    expect((await site.send(request)).headers.get("location")).toBe("/sign-in?returnTo=%2Freports");
  });

  it("does not lead back where the proxy does not say what was asked for", async () => {
    const site = createSite(strategy, withPage);
    expect(await ask(site, navigation)).toMatchObject({
      status: 303,
      location: `${origin}/sign-in?theme=dark`,
    });
  });

  it("says at the sign-in page why the session is over, and leaves dead cookies to it", async () => {
    const site = createSite(strategy, withPage);
    const ada = await site.signedUp({}, { remember: true });
    const { sid } = (await ada.get("/session")).body.session;
    await site.auth.sessions.revoke(sid, "revoked_by_admin");
    const headers = { ...navigation, cookie: ada.cookie, "x-forwarded-uri": "/reports" };
    expect(await ask(site, headers)).toMatchObject({
      status: 303,
      location: `${origin}/sign-in?theme=dark&returnTo=%2Freports&reason=revoked_by_admin`,
    });
  });

  it("T-08: leads nowhere else, whatever was asked for, in all spellings", async () => {
    const site = createSite(strategy, withPage);
    expect(hostileTargets.length).toBeGreaterThan(1000);
    for (const target of hostileTargets) {
      // What cannot be in a header cannot come in one.
      const value = target.replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, "");
      for (const name of ["x-forwarded-uri", "x-original-url"]) {
        const { location } = await ask(site, { ...navigation, [name]: value });
        const page = new URL(location ?? "/", origin);
        expect(page.origin, value).toBe(origin);
        expect(new URL(page.searchParams.get("returnTo") ?? "/", origin).origin, value).toBe(origin);
      }
    }
  });

  it("S6: believes no Host and no X-Forwarded-Host that is not listed", async () => {
    const site = createSite(strategy, withPage);
    for (const headers of [
      { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-uri": "/reports" },
      { "x-forwarded-host": "evil.example, reports.example", "x-forwarded-uri": "/reports" },
      { "x-forwarded-host": "reports.example@evil.example", "x-forwarded-uri": "/reports" },
      { "x-forwarded-host": "reports.example", "x-forwarded-proto": "http", "x-forwarded-uri": "/reports" },
      { forwarded: "host=evil.example", "x-original-url": "https://evil.example/reports" },
    ])
      expect((await ask(site, { ...navigation, ...headers })).location).toBe(
        `${origin}/sign-in?theme=dark&returnTo=%2Freports`,
      );
  });

  it("leads back to an app on a trusted origin of its own", async () => {
    const site = createSite(strategy, withPage);
    const target = `${origin}/sign-in?theme=dark&returnTo=${encodeURIComponent(`${friend}/a?b=1`)}`;
    for (const headers of [
      { "x-forwarded-host": "reports.example", "x-forwarded-proto": "https", "x-forwarded-uri": "/a?b=1" },
      { "x-original-url": `${friend}/a?b=1` },
    ])
      expect((await ask(site, { ...navigation, ...headers })).location).toBe(target);
  });

  it.each(Object.keys(proxies))("knows by what method %s was asked", async (proxy) => {
    const site = createSite(strategy);
    const { cookie } = await site.signedUp();
    const foreign = { cookie, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const told = (method: string) => ask(site, { ...foreign, ...proxies[proxy]?.("/transfer", method) });
    expect([(await told("POST")).status, (await told("GET")).status]).toEqual([403, 200]);
  });

  it("refuses what another site makes a browser send, by the method of the request itself", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const foreign = {
      cookie: ada.cookie,
      origin: "https://evil.example",
      "sec-fetch-site": "cross-site",
      "x-forwarded-uri": "/transfer",
    };
    for (const method of ["POST", "delete", "CONNECT"])
      expect(await ask(site, { ...foreign, "x-forwarded-method": method })).toMatchObject({
        status: 403,
        code: "csrf_refused",
        identity: {},
      });
    expect(await ask(site, foreign, "", "POST")).toMatchObject({ status: 403 });
    expect(await ask(site, { ...foreign, "x-forwarded-method": "GET" })).toMatchObject({ status: 200 });
    const own = { ...foreign, origin, "sec-fetch-site": "same-origin", "x-forwarded-method": "POST" };
    expect(await ask(site, own)).toMatchObject({ status: 200 });
  });

  it("refuses a WebSocket that a page of another site opens", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const socket = { cookie: ada.cookie, "x-forwarded-uri": "/live", "x-forwarded-method": "GET" };
    for (const handshake of [{ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" }, { upgrade: "WebSocket" }]) {
      const from = (page: string) => ask(site, { ...socket, ...handshake, origin: page });
      expect(await from("https://evil.example")).toMatchObject({ status: 403, code: "csrf_refused" });
      expect(await from(origin)).toMatchObject({ status: 200 });
    }
  });

  it("is no place for visitors who have not signed in", async () => {
    const site = createSite(strategy);
    const visitor = site.browser();
    await visitor.post("/sign-in/anonymous");
    expect(await ask(site, { cookie: visitor.cookie })).toMatchObject({ status: 401, identity: {} });
  });

  it("answers 503 during an outage, and sends nobody to sign in", async () => {
    const site = createSite(strategy, withPage);
    const ada = await site.signedUp();
    await site.pass(60_000);
    Object.assign(site.outage, { sessions: true, users: true });
    expect(
      await ask(site, { ...navigation, cookie: ada.cookie, "x-forwarded-uri": "/reports" }),
    ).toMatchObject({
      status: 503,
      code: "store_unavailable",
      location: null,
      retryAfter: expect.stringMatching(/^\d+$/) as string,
    });
  });

  it("lets a revoked session through no more", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    expect((await ask(site, { cookie: ada.cookie })).status).toBe(200);
    await ada.copy().post("/sign-out");
    expect(await ask(site, { cookie: ada.cookie })).toMatchObject({ status: 401, code: "session_ended" });
  });

  it("keeps who is at work behind the proxy from idling, and not an open page that only asks", async () => {
    const lasts = async (headers: Record<string, string>): Promise<number> => {
      const site = createSite(strategy, { session: { idleTimeout: "1h" } });
      const ada = await site.signedUp();
      for (let i = 0; i < 4; i += 1) {
        await site.pass(20 * 60_000);
        await ask(site, { cookie: ada.cookie, ...headers });
        await site.pass(2000);
      }
      return (await ask(site, { cookie: ada.cookie })).status;
    };
    // A session without a record slides only by being made anew.
    expect(await lasts({ "x-forwarded-uri": "/reports" })).toBe(strategy === "stateless" ? 401 : 200);
    expect(await lasts({})).toBe(401);
    expect(await lasts({ "x-forwarded-uri": "/poll", "sojourn-passive": "1" })).toBe(401);
  });

  it("refuses a question that it does not know", async () => {
    expect(await ask(createSite(strategy), {}, "?signIn=maybe")).toMatchObject({
      status: 400,
      code: "invalid_input",
    });
  });
});

describe("GET /forward with hybrid sessions whose access token ran out", () => {
  it("still knows who it is, without rotating, however often it is asked", async () => {
    const site = createSite("hybrid");
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(16 * 60_000);
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask(site, { cookie: ada.cookie })));
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([200]));
    expect(site.events.some(({ type }) => type.includes("refresh"))).toBe(false);
    expect((await ada.post("/refresh")).status).toBe(200);
    expect((await ask(site, { cookie: ada.cookie })).status).toBe(200);
  });
});

describe("the identity headers", () => {
  it.each([
    ["ada", "ada"],
    ["Ada Lovelace", "Ada%20Lovelace"],
    ["é\r\nX-Role: admin", "%C3%A9%0D%0AX-Role:%20admin"],
    ["100%", "100%25"],
    ["%C3%A9", "%25C3%25A9"],
    ["日本", "%E6%97%A5%E6%9C%AC"],
    ["\ud83d\ude00\ud800", "%F0%9F%98%80%EF%BF%BD"],
  ])("name the user %j as %s", async (id, value) => {
    const user = { id, email: "ada@example.com", name: null, role: "user", status: "active" } as const;
    const users = { ...memory().users, findById: async () => user, findByEmail: async () => null };
    const site = createSite("stateful", {
      users: users as never,
      login: [external({ name: "own", verify: async () => ({ userId: id, user, amr: ["own"] }) })],
    });
    const browser = site.browser();
    expect((await browser.post("/sign-in/external/own")).status).toBe(200);
    expect((await ask(site, { cookie: browser.cookie })).identity["x-user-id"]).toBe(value);
    if (!id.includes("\ud800")) expect(decodeURIComponent(value)).toBe(id);
  });

  it("tell who acts as somebody else", async () => {
    const site = createSite("stateful", { impersonation: { allow: () => true } as never });
    const admin = await site.signedUp();
    const bob = await site.signedUp({ email: "bob@example.com" });
    const [boss, user] = [(await admin.get("/me")).body.id, (await bob.get("/me")).body.id];
    const acting = await site.auth.sessions.impersonate({ headers: { cookie: admin.cookie } }, user, {
      reason: "A question of theirs.",
    });
    const cookie = acting.cookies
      .map((one) => one.split(";", 1)[0] ?? "")
      .find((one) => one.startsWith(cookieName));
    expect((await ask(site, { cookie: cookie ?? "" })).identity).toMatchObject({
      "x-user-id": user,
      "x-actor-id": boss,
    });
  });
});
