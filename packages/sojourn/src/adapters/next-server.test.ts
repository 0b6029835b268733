import { describe, expect, it } from "vitest";
import type { Auth } from "../auth.ts";
import type { Browser } from "../http/browser.fixture.ts";
import { createSite, origin, type Site, type SiteOptions } from "../http/http-test-kit.fixture.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import type { NextCookie } from "./next-cookies.ts";
import { toRouteHandlers } from "./next-handlers.ts";
import { routeVerbs } from "./next-routes.ts";
import { serverVerbs } from "./next-server.ts";
import type { ServerVerbs } from "./next-verbs.ts";

const minute = 60_000;

/** What Next.js throws to redirect. */
class Redirected extends Error {}

interface Rendering extends ServerVerbs<StoredUser, object> {
  readonly set: NextCookie[];
}

/** A request as Next.js sees it, from which components and actions ask. */
function rendering(
  site: Site,
  browser: Browser | null,
  more: Record<string, string> = {},
  basePath = "",
): Rendering {
  const set: NextCookie[] = [];
  const headers = new Headers({ host: "app.example", ...more });
  if (browser !== null && browser.cookie !== "") headers.set("cookie", browser.cookie);
  if (browser !== null) headers.set("user-agent", browser.userAgent);
  const host = {
    headers: () => Promise.resolve(headers),
    cookies: () => Promise.resolve({ set: (cookie: NextCookie) => set.push(cookie) }),
    redirect: (location: string): never => {
      throw new Redirected(location);
    },
  };
  return { ...serverVerbs(site.auth, host, basePath), set };
}

const withSignIn: SiteOptions = { redirects: { signIn: "/sign-in" } };
const names = (set: readonly NextCookie[]): string[] => set.map(({ name }) => name).toSorted();
const signOuts = (set: readonly NextCookie[]): boolean[] => set.map(({ maxAge }) => maxAge === 0);
const own = { origin, "sec-fetch-site": "same-origin" };

describe("a server component", () => {
  it("reads who is signed in, once however many ask, and writes nothing", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    await site.pass(16 * minute);
    let reads = 0;
    const visit: Auth["visit"] = (...args) => {
      reads += 1;
      return site.auth.visit(...args) as ReturnType<Auth["visit"]>;
    };
    const { getSession, set } = rendering(
      { ...site, auth: { ...site.auth, visit } as Site["auth"] },
      browser,
    );
    const [first, second] = await Promise.all([getSession(), getSession()]);
    expect(first?.user.id).toBe((await browser.get("/me")).body.id);
    expect(second?.session).toEqual(first?.session);
    expect([reads, set]).toEqual([1, []]);
    expect(site.eventTypes()).not.toContain("session_renewed");
  });

  it("finds nobody where nobody is", async () => {
    const { getSession, snapshot } = rendering(createSite("hybrid"), null);
    expect([await getSession(), await snapshot()]).toEqual([null, null]);
  });

  it("fails while the store is away, rather than show somebody as signed out", async () => {
    const site = createSite("stateful", withSignIn);
    const browser = await site.signedUp();
    site.outage.sessions = true;
    const verbs = rendering(site, browser);
    for (const ask of [verbs.getSession, verbs.requireSession])
      await expect(ask()).rejects.toMatchObject({ code: "store_unavailable", status: 503 });
    // A layout is shown all the same, and its client asks later; null would say that nobody is there.
    expect(await verbs.snapshot()).toBe(undefined);
  });

  it("gives the provider what the session route would say, without a credential", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const found = await rendering(site, browser).snapshot();
    const { serverTime: _told, ...said } = (await browser.get("/session")).body;
    expect(found).toMatchObject(said);
    for (const { value } of browser.jar.values())
      if (value.length > 10) expect(JSON.stringify(found)).not.toContain(value);
  });
});

describe("a page for who is signed in", () => {
  it("has the session", async () => {
    const site = createSite("hybrid", withSignIn);
    const { session, user } = await rendering(site, await site.signedUp()).requireSession();
    expect(session.userId).toBe(user.id);
  });

  it.each([
    ["as it says itself", { returnTo: "/dashboard?a=1" }, {}, "/sign-in?returnTo=%2Fdashboard%3Fa%3D1"],
    ["as the proxy knows", {}, { "x-sojourn-path": "/d?a=1" }, "/sign-in?returnTo=%2Fd%3Fa%3D1"],
    ["nowhere, if that is elsewhere", { returnTo: "//evil.example" }, {}, "/sign-in"],
    [
      "to this site alone, whatever the client says",
      {},
      { "x-sojourn-path": "https://evil.example/d" },
      "/sign-in?returnTo=%2Fd",
    ],
    ["nowhere, if nobody knows", {}, {}, "/sign-in"],
  ])("sends others to sign in and back %s", async (_where, options, headers, target) => {
    const { requireSession } = rendering(createSite("hybrid", withSignIn), null, headers);
    await expect(requireSession(options)).rejects.toThrow(new Redirected(target));
  });

  it("does so also where the router fetches it, and for a proof that is too old", async () => {
    const site = createSite("hybrid", withSignIn);
    const browser = await site.signedUp();
    await site.pass(10 * minute);
    const { requireSession } = rendering(site, browser, { "sec-fetch-mode": "cors", accept: "*/*" });
    await expect(requireSession({ freshFor: "5m", returnTo: "/pay" })).rejects.toThrow(
      new Redirected("/sign-in?returnTo=%2Fpay&reason=step_up_required"),
    );
  });

  it("throws where there is no sign-in page", async () => {
    const site = createSite("hybrid");
    await expect(rendering(site, null).requireSession()).rejects.toMatchObject({ code: "unauthenticated" });
    const browser = await site.signedUp();
    await site.pass(10 * minute);
    await expect(rendering(site, browser).requireSession({ freshFor: "5m" })).rejects.toMatchObject({
      code: "step_up_required",
      extra: { challenge: { freshFor: 300 } },
    });
  });

  it("leaves to Next.js what Next.js puts before every redirect", async () => {
    const site = createSite("hybrid", { redirects: { signIn: "/app/sign-in" } });
    const { requireSession } = rendering(site, null, {}, "/app");
    await expect(requireSession({ returnTo: "/app/d" })).rejects.toThrow(
      new Redirected("/sign-in?returnTo=%2Fapp%2Fd"),
    );
  });
});

const ours = ["__Host-Http-sojourn", "__Host-Http-sojourn-refresh", "__Host-sojourn-hint"];

describe("a server action", () => {
  it("signs in, with the cookies that a sign-in sets, and what is rendered behind it sees that", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const { id } = (await browser.get("/me")).body;
    const { getSession, signIn, set } = rendering(site, null);
    expect(await getSession()).toBeNull();
    const { session } = await signIn({ userId: id, method: "app" }, { remember: true });
    expect(session).toMatchObject({ userId: id, method: "app" });
    expect(names(set)).toEqual(ours);
    for (const { name, httpOnly, secure, path, sameSite, maxAge } of set)
      expect([name, Boolean(httpOnly), secure, path, sameSite, (maxAge ?? 0) > minute]).toEqual([
        name,
        !name.endsWith("hint"),
        true,
        "/",
        "lax",
        true,
      ]);
    expect((await getSession())?.session.sid).toBe(session.sid);
  });

  it("signs out, removes the cookies, and what is rendered behind it sees that", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const { getSession, snapshot, signOut, set } = rendering(site, browser);
    expect(await getSession()).not.toBeNull();
    await signOut();
    expect(names(set)).toEqual(ours);
    expect(signOuts(set)).not.toContain(false);
    expect([await getSession(), await snapshot()]).toEqual([null, null]);
    expect((await browser.get("/session")).body).toBeNull();
  });

  it("signs nobody out while the store is away", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    site.outage.sessions = true;
    const { signOut, set } = rendering(site, browser);
    await expect(signOut()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(set).toEqual([]);
  });

  it("ends another session of the user", async () => {
    const site = createSite("hybrid");
    const phone = await site.signedUp();
    const desk = site.browser();
    await desk.post("/sign-in/password", { email: "ada@example.com", password: "correct horse battery" });
    const { sid } = (await phone.get("/session")).body.session;
    const { revoke, set } = rendering(site, desk, own);
    await revoke(sid);
    expect(set).toEqual([]);
    expect((await site.auth.sessions.get(sid))?.endReason).toBe("revoked");
    await expect(revoke(sid)).rejects.toMatchObject({ code: "session_not_found" });
  });

  it("ends its own with its cookies, and nobody else's", async () => {
    const site = createSite("hybrid");
    const ada = await site.signedUp();
    const bob = await site.signedUp({ email: "bob@example.com" });
    const { sid } = (await ada.get("/session")).body.session;
    await expect(rendering(site, bob, own).revoke(sid)).rejects.toMatchObject({ code: "session_not_found" });
    await expect(rendering(site, bob, own).revoke("../me?x")).rejects.toMatchObject({
      code: "session_not_found",
    });
    await expect(rendering(site, null, own).revoke(sid)).rejects.toMatchObject({ code: "unauthenticated" });
    const { revoke, set } = rendering(site, ada, own);
    await revoke(sid);
    expect(signOuts(set)).not.toContain(false);
    expect(set).not.toEqual([]);
  });

  it("ends none for another site, and with tokens none without one", async () => {
    const site = createSite("hybrid", { csrf: { token: true } });
    const browser = site.browser();
    const csrf = async (): Promise<string> => (await browser.get("/csrf-token")).body.token;
    const signUp = { email: "ada@example.com", password: "correct horse battery" };
    const made = await browser.post("/sign-up/password", signUp, { "x-csrf-token": await csrf() });
    const { sid } = made.body.session;
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    await expect(rendering(site, browser, foreign).revoke(sid)).rejects.toMatchObject({
      code: "csrf_refused",
    });
    await expect(rendering(site, browser, own).revoke(sid)).rejects.toMatchObject({ code: "csrf_refused" });
    await rendering(site, browser, own).revoke(sid, { csrfToken: await csrf() });
    expect((await browser.get("/session")).body).toBeNull();
  });
});

describe("a route handler", () => {
  const ask = (browser: Browser | null, more: Record<string, string> = {}, method = "GET"): Request =>
    new Request(`${origin}/api/me`, {
      method,
      headers: {
        ...(browser !== null && { cookie: browser.cookie, "user-agent": browser.userAgent }),
        ...more,
      },
    });

  it("is for who is signed in, and its answer for nobody else", async () => {
    const site = createSite("hybrid");
    const { protect } = routeVerbs(site.auth);
    const me = protect((_request, { user }, context: { id: string }) =>
      Response.json({ id: user.id, context }),
    );
    const browser = await site.signedUp();
    const answer = await me(ask(browser), { id: "7" });
    expect(await answer.json()).toMatchObject({
      id: (await browser.get("/me")).body.id,
      context: { id: "7" },
    });
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    expect((await me(ask(null), { id: "7" })).status).toBe(401);
    const elsewhere = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await me(ask(browser, elsewhere, "POST"), { id: "7" })).status).toBe(403);
  });

  it("may say itself how long its answer is good, unless that carries a cookie", async () => {
    const site = createSite("hybrid");
    const me = routeVerbs(site.auth).protect(() =>
      Response.json(1, { headers: { "cache-control": "private, max-age=60" } }),
    );
    const browser = await site.signedUp();
    expect((await me(ask(browser), {})).headers.get("cache-control")).toBe("private, max-age=60");
    await site.pass(16 * minute);
    const renewing = await me(ask(browser), {});
    expect(renewing.headers.getSetCookie()).not.toEqual([]);
    expect(renewing.headers.get("cache-control")).toBe("private, no-store");
  });

  it("leaves the renewal to the proxy where that has done it, and still sets what it does itself", async () => {
    const site = createSite("hybrid");
    const { route, protect } = routeVerbs(site.auth);
    const browser = await site.signedUp();
    await site.pass(16 * minute);
    const behind = { "x-sojourn-renewed": "1" };
    const guarded = await protect(() => Response.json(1))(ask(browser, behind), {});
    const read = await route(async (_request, visit) => Response.json((await visit.read()).status))(
      ask(browser, behind),
      {},
    );
    expect([guarded.status, await read.json()]).toEqual([200, "active"]);
    expect([...guarded.headers.getSetCookie(), ...read.headers.getSetCookie()]).toEqual([]);
    const leaving = route(async (_request, visit) => {
      await visit.signOut();
      return Response.json(1);
    });
    expect((await leaving(ask(browser, behind), {})).headers.getSetCookie()).not.toEqual([]);
  });

  it("that asks while the store is away answers 503, and leaves what Next.js throws to it", async () => {
    const site = createSite("stateful");
    const { route } = routeVerbs(site.auth);
    const browser = await site.signedUp();
    site.outage.sessions = true;
    const asks = route(async (_request, visit) => Response.json(await visit.getSession()));
    expect((await asks(ask(browser), {})).status).toBe(503);
    const redirects = route(() => {
      throw new Redirected("/");
    });
    await expect(redirects(ask(null), {})).rejects.toThrow(Redirected);
  });

  it("of Sojourn's finds its routes also where Next.js has taken its base path away", async () => {
    const site = createSite("hybrid", { basePath: "/app/auth" });
    const { GET } = toRouteHandlers(site.auth);
    const status = async (path: string): Promise<number> => (await GET(new Request(origin + path))).status;
    for (const path of ["/app/auth/session", "/auth/session", "/auth/session/"])
      expect(await status(path), path).toBe(200);
    for (const path of ["/session", "/other/auth/session", "/authors/session", "/", "/auth/auth/session"])
      expect(await status(path), path).toBe(404);
  });

  it("of Sojourn's answers every method, with a slash at the end as without", async () => {
    const site = createSite("hybrid");
    const handlers = toRouteHandlers(site.auth);
    expect(Object.keys(handlers).toSorted()).toEqual([
      "DELETE",
      "GET",
      "HEAD",
      "OPTIONS",
      "PATCH",
      "POST",
      "PUT",
    ]);
    const at = (path: string, init: RequestInit = {}): Request => new Request(`${origin}/auth${path}`, init);
    expect(await (await handlers.GET(at("/session/?a=1"))).json()).toBeNull();
    expect((await handlers.PUT(at("/session", { method: "PUT" }))).status).toBe(405);
    const body = JSON.stringify({ email: "bob@example.com", password: "correct horse battery" });
    const headers = { "content-type": "application/json", ...own };
    const answer = await handlers.POST(at("/sign-up/password/", { method: "POST", headers, body }));
    expect(answer.status).toBe(200);
  });
});
