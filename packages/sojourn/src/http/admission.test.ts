import { describe, expect, it } from "vitest";
import { cookieName, createSite, origin, type Site, strategies } from "./http-test-kit.fixture.ts";
import type { ProtectOptions, RequestSource } from "./verbs.ts";
import { hostileTargets } from "./hostile-targets.fixture.ts";

const navigation = { "sec-fetch-mode": "navigate", accept: "text/html" };

/** What a guard of the app makes of a request; "admitted" with how they signed in, or status, code and target. */
async function guarded(
  { auth }: Site,
  path: string,
  headers: Record<string, string> = {},
  options: ProtectOptions = {},
  method = "GET",
) {
  const admission = await auth.protect({ headers, method, url: path }, options);
  if (admission.admitted)
    return { admitted: admission.session.method, cookies: admission.cookies, location: null };
  const { response } = admission;
  const text = await response.text();
  return {
    status: response.status,
    ...(text === "" ? {} : { code: (JSON.parse(text) as { code: string }).code }),
    location: response.headers.get("location"),
    cookies: response.headers.getSetCookie(),
    caching: response.headers.get("cache-control"),
    retryAfter: response.headers.get("retry-after"),
  };
}

const withPage = { redirects: { signIn: "/sign-in?theme=dark" } };

describe.each(strategies)("a guard of the app's own routes (%s)", (strategy) => {
  it("lets through who is signed in", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    expect(await guarded(site, "/reports", { cookie: ada.cookie })).toEqual({
      admitted: "password",
      cookies: [],
      location: null,
    });
  });

  it("answers 401 where nobody is", async () => {
    const site = createSite(strategy, withPage);
    expect(await guarded(site, "/api/reports", { "sec-fetch-mode": "cors" })).toMatchObject({
      status: 401,
      code: "unauthenticated",
      location: null,
      caching: "private, no-store",
    });
  });

  it("sends there as well who opens a page by a router in the browser, and believes no page of elsewhere", async () => {
    const site = createSite(strategy, withPage);
    const fetched = { "sec-fetch-mode": "cors" };
    const routed = (page: string) => guarded(site, "/reports.data?_routes=a", fetched, { page });
    expect((await routed("/reports?year=2026")).location).toBe(
      "/sign-in?theme=dark&returnTo=%2Freports%3Fyear%3D2026",
    );
    for (const page of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
      expect((await routed(page)).location, page).toBe("/sign-in?theme=dark");
  });

  it("sends who opens a page to the sign-in page, with the way back", async () => {
    const site = createSite(strategy, withPage);
    expect(await guarded(site, "/reports?year=2026&q=a%26b", navigation)).toMatchObject({
      status: 303,
      location: `/sign-in?theme=dark&returnTo=${encodeURIComponent("/reports?year=2026&q=a%26b").replaceAll("%20", "+")}`,
      caching: "private, no-store",
    });
  });

  it("answers 401 to who opens a page where the app has no sign-in page", async () => {
    expect(await guarded(createSite(strategy), "/reports", navigation)).toMatchObject({ status: 401 });
  });

  it("knows a page by what is accepted, where a browser tells no more", async () => {
    const site = createSite(strategy, withPage);
    expect(await guarded(site, "/reports", { accept: "text/html,*/*" })).toMatchObject({ status: 303 });
    expect(await guarded(site, "/reports", { accept: "application/json" })).toMatchObject({ status: 401 });
    expect(await guarded(site, "/reports", navigation, {}, "POST")).not.toMatchObject({ status: 303 });
  });

  it("does not send the sign-in page to itself", async () => {
    const site = createSite(strategy, withPage);
    expect(await guarded(site, "/sign-in?returnTo=%2F", navigation)).toMatchObject({ status: 401 });
  });

  it("removes cookies that are dead, and says why on the way", async () => {
    const site = createSite(strategy, withPage);
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(31 * 86_400_000);
    const refused = await guarded(site, "/reports", { ...navigation, cookie: ada.cookie });
    expect(refused).toMatchObject({ status: 303 });
    expect(refused.cookies.some((cookie) => cookie.startsWith(`${cookieName}=;`))).toBe(true);
  });

  it("refuses what another site makes a browser send, unless told not to look", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const headers = { cookie: ada.cookie, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect(await guarded(site, "/api", headers, {}, "POST")).toMatchObject({
      status: 403,
      code: "csrf_refused",
    });
    expect(await guarded(site, "/api", headers, { csrf: false }, "POST")).toMatchObject({
      admitted: "password",
    });
    expect(await guarded(site, "/api", headers)).toMatchObject({ admitted: "password" });
    const own = { cookie: ada.cookie, origin, "sec-fetch-site": "same-origin" };
    expect(await guarded(site, "/api", own, {}, "POST")).toMatchObject({ admitted: "password" });
  });

  it("asks for a newer proof with 403, and at the sign-in page", async () => {
    const site = createSite(strategy, withPage);
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(2 * 3_600_000);
    const cookie = ada.cookie;
    const options = { freshFor: "1h" } as const;
    expect(await guarded(site, "/api", { cookie }, options)).toMatchObject({
      status: 403,
      code: "step_up_required",
    });
    const page = await guarded(site, "/vault", { ...navigation, cookie }, options);
    expect(page.location).toBe("/sign-in?theme=dark&returnTo=%2Fvault&reason=step_up_required");
  });

  it("lets no hostile target into the way back", async () => {
    const site = createSite(strategy, withPage);
    for (const target of hostileTargets) {
      const { location } = await guarded(site, target.startsWith("/") ? target : `/${target}`, navigation);
      const back = new URL(location ?? "/", origin).searchParams.get("returnTo");
      expect(new URL(location ?? "/", origin).origin, target).toBe(origin);
      expect(new URL(back ?? "/", origin).origin, target).toBe(origin);
    }
  });

  it("leaves out a way back that is longer than the sign-in takes", async () => {
    const site = createSite(strategy, withPage);
    const [fits, tooLong] = [2048, 2049].map((length) => "/".padEnd(length, "a"));
    expect((await guarded(site, fits ?? "", navigation)).location).toContain("returnTo=");
    expect((await guarded(site, tooLong ?? "", navigation)).location).toBe("/sign-in?theme=dark");
  });

  it("believes no Host and no X-Forwarded-Host", async () => {
    const site = createSite(strategy, withPage);
    const headers = { ...navigation, host: "evil.example", "x-forwarded-host": "evil.example" };
    expect((await guarded(site, "/reports", headers)).location).toMatch(/^\/sign-in\?/);
    expect((await guarded(site, "https://evil.example/reports", headers)).location).toMatch(
      /returnTo=%2Freports$/,
    );
  });
});

describe("a guard during an outage", () => {
  it("answers 503 with the time to come again, and touches no cookie", async () => {
    const site = createSite("stateful", withPage);
    const ada = await site.signedUp();
    site.outage.sessions = true;
    expect(await guarded(site, "/reports", { ...navigation, cookie: ada.cookie })).toMatchObject({
      status: 503,
      code: "store_unavailable",
      cookies: [],
      retryAfter: expect.stringMatching(/^\d+$/) as string,
    });
  });
});

describe("a sign-in page on another origin of the app", () => {
  it("gets the whole address to come back to", async () => {
    const signIn = "https://accounts.example/sign-in";
    const site = createSite("stateful", {
      trustedOrigins: ["https://accounts.example"],
      redirects: { signIn },
    });
    expect((await guarded(site, "/reports?a=1", navigation)).location).toBe(
      `${signIn}?returnTo=${encodeURIComponent(`${origin}/reports?a=1`)}`,
    );
  });
});

describe("visiting with hybrid credentials that are due", () => {
  const source = (cookie: string): RequestSource => ({ headers: { cookie }, method: "GET", url: "/" });

  it("renews them where cookies can be written, once for ten requests at the same moment", async () => {
    const site = createSite("hybrid");
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(16 * 60_000);
    const cookie = ada.cookie;
    const visits = await Promise.all(Array.from({ length: 10 }, async () => site.auth.visit(source(cookie))));
    for (const { state } of visits) expect(state).toMatchObject({ status: "active", renewal: "none" });
    const written = new Set(visits.map(({ cookies }) => cookies.find((one) => one.includes("-refresh="))));
    expect(written.size).toBe(1);
    expect([...written][0]).toMatch(/refresh=r1\./);
  });

  it("knows how long the new ones last, so that the page is not advised to renew them again", async () => {
    const site = createSite("hybrid");
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(16 * 60_000);
    const { state } = await site.auth.visit(source(ada.cookie));
    const renewal = { at: new Date(site.clock.now() + 14 * 60_000).toISOString(), by: "refresh" };
    expect(await site.auth.snapshot(state)).toMatchObject({ renewal });
    expect(await site.auth.snapshot(source(ada.cookie))).toMatchObject({
      renewal: { at: new Date(site.clock.now()).toISOString() },
    });
  });

  it("renews nothing where none can be, and still knows who it is", async () => {
    const site = createSite("hybrid");
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(16 * 60_000);
    expect(await site.auth.visit(source(ada.cookie), { renew: false })).toMatchObject({
      state: { status: "active", renewal: "due" },
      cookies: [],
    });
  });

  it("signs nobody out when the store goes away in between", async () => {
    const site = createSite("hybrid");
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(16 * 60_000);
    const visit = site.auth.visit(source(ada.cookie));
    site.outage.sessions = true;
    const { state, cookies } = await visit;
    expect(["active", "unavailable"]).toContain(state.status);
    expect(cookies.filter((cookie) => cookie.includes("Max-Age=0"))).toEqual([]);
  });
});

describe("the address of a client", () => {
  it.each([
    [0, "::ffff:192.0.2.7", "192.0.2.7"],
    [0, "2001:db8::7", "2001:db8::7"],
    [1, "10.0.0.1", "198.51.100.9"],
    [["10.0.0.0/8"], "10.0.0.1", "198.51.100.9"],
    [["10.0.0.0/8"], "192.0.2.7", "192.0.2.7"],
  ] as const)("with trustedProxies %j and the peer %s is %s", async (trustedProxies, peer, address) => {
    const { auth } = createSite("stateful", { trustedProxies: trustedProxies as 0 });
    const request = { headers: { "x-forwarded-for": "203.0.113.1, 198.51.100.9" } };
    expect(await auth.clientAddress(request, peer)).toBe(address);
    expect(await auth.clientAddress(request, null)).toBe(trustedProxies === 1 ? "198.51.100.9" : null);
  });
});
