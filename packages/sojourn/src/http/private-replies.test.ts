import { describe, expect, it } from "vitest";
import { contract, type Route, type RouteName } from "../contract/routes.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, cookieName, createSite, serviceBasic, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
const routes = Object.entries(contract) as [RouteName, Route<unknown, unknown>][];
/** What says the same to everybody, and may be kept. */
const common: ReadonlySet<RouteName> = new Set<RouteName>(["jwks", "openapi"]);

const bodies: Partial<Record<RouteName, unknown>> = {
  signIn: { email, password },
  signUp: { ...ada, email: "new@example.com" },
  stepUp: { password },
  changePassword: { currentPassword: password, newPassword: "another phrase" },
};

/** One call per path of the contract, as good as it gets. */
function calls(browser: Browser): (() => ReturnType<Browser["send"]>)[] {
  return routes
    .filter(([name]) => !common.has(name))
    .flatMap(([name, { method, path, aliases = [], body }]) =>
      [path, ...aliases].map((one) => {
        const url = one
          .replace(/\{(?:method|provider)\}/, "password")
          .replace("{sid}", "0197f3a0-0000-7000-8000-000000000000");
        if (body === "none") return () => browser.send(method, url);
        if (body === "form") return () => browser.send(method, url, "token=x", form);
        return () => browser.send(method, url, bodies[name] ?? {});
      }),
    );
}

/** Who asks, and in which trouble. */
const troubles: Readonly<Record<string, (site: Site) => Promise<Browser>>> = {
  "somebody signed in": (site) => site.signedUp(),
  nobody: async (site) => site.browser(),
  "somebody whose session is over": async (site) => {
    const browser = await site.signedUp();
    await site.pass(31 * 86_400_000);
    return browser;
  },
  "somebody with a forged cookie": async (site) => {
    const browser = site.browser();
    browser.jar.set(cookieName, { value: "x", attributes: [] });
    return browser;
  },
  "somebody during an outage": async (site) => {
    const browser = await site.signedUp();
    site.outage.sessions = true;
    site.outage.users = true;
    return browser;
  },
  "another site": async (site) => {
    const browser = await site.signedUp();
    Object.assign(browser.extra, { origin: "https://evil.example", "sec-fetch-site": "cross-site" });
    return browser;
  },
  "somebody who sends nonsense": async (site) => {
    const browser = await site.signedUp();
    Object.assign(browser.extra, { "content-type": "text/plain" });
    return browser;
  },
  "a listed origin": async (site) => {
    const browser = await site.signedUp();
    Object.assign(browser.extra, { origin: "https://www.app.example", "sec-fetch-site": "same-site" });
    return browser;
  },
};

describe.each(strategies)("CS-06: no cache keeps what depends on a session, with %s sessions", (strategy) => {
  it.each(Object.keys(troubles))("whatever is answered to %s", async (who) => {
    const options = { csrf: { token: false }, trustedOrigins: ["https://www.app.example"] };
    const site = createSite(strategy, options);
    const browser = await troubles[who]?.(site);
    if (browser === undefined) return;
    const others = ["PUT", "OPTIONS", "HEAD"].flatMap((method) =>
      ["/session", "/nothing"].map((path) => () => browser.send(method, path)),
    );
    for (const call of [...calls(browser), ...others]) {
      const { headers, status, route } = await call();
      const found = ["cache-control", "cdn-cache-control", "vary", "x-content-type-options"].map((name) =>
        headers.get(name),
      );
      const isStream = headers.get("content-type") === "text/event-stream";
      expect(found, `${route} ${status}`).toEqual([
        // What compresses on the way, such as a middleware of the app, would hold a stream back.
        isStream ? "private, no-store, no-transform" : "private, no-store",
        "no-store",
        "Cookie, Authorization, Origin",
        "nosniff",
      ]);
    }
  });

  it("and what says the same to everybody sets no cookie, whoever asks", async () => {
    const browser = await createSite(strategy).signedUp();
    browser.jar.set(cookieName, { value: "x", attributes: [] });
    for (const path of ["/.well-known/jwks.json", "/openapi.json"]) {
      const { headers, cookies } = await browser.send("GET", path);
      expect(cookies).toEqual([]);
      expect(headers.get("cache-control")).toMatch(/^public, max-age=300\b/);
      expect(headers.get("vary")).toMatch(/\bOrigin$/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});

describe("CS-07: signing out", () => {
  const told = async (browser: Browser, path = "/sign-out"): Promise<string | null> =>
    (await browser.send("POST", path, {})).headers.get("clear-site-data");

  it("tells the browser to forget what clearSiteData names, and nothing unless it does", async () => {
    for (const [clearSiteData, header] of [
      [undefined, null],
      [[], null],
      [["cache"], '"cache"'],
      [["cookies", "storage", "cache"], '"cookies", "storage", "cache"'],
    ] as const) {
      const site = createSite("hybrid", clearSiteData === undefined ? {} : { clearSiteData });
      expect(await told(await site.signedUp())).toBe(header);
    }
  });

  it("does so for forms, for who is signed out already, and by every path", async () => {
    const site = createSite("stateful", { clearSiteData: ["storage"] });
    const browser = await site.signedUp();
    const submitted = await browser.submit("/sign-out", {});
    expect([submitted.status, submitted.headers.get("clear-site-data")]).toEqual([303, '"storage"']);
    expect(await told(browser)).toBe('"storage"');
    expect(await told(browser, "/logout")).toBe('"storage"');
  });

  it("is the only thing that does so, and only once it is done", async () => {
    const site = createSite("stateful", { clearSiteData: ["storage"] });
    const browser = await site.signedUp();
    for (const call of calls(browser)) {
      const { headers, route } = await call();
      if (route !== "signOut") expect(headers.has("clear-site-data"), String(route)).toBe(false);
    }
    site.outage.sessions = true;
    expect(await told(browser)).toBe(null);
  });
});
