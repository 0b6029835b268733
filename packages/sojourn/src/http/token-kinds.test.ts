import { describe, expect, it } from "vitest";
import { foreignTokens, mint, type Own, refreshName, siblings } from "./foreign-tokens.fixture.ts";
import { cookieName, createSite, serviceBasic, type Site, strategies } from "./http-test-kit.fixture.ts";

const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
const fieldsOf = (token: string): string => new URLSearchParams({ token }).toString();

/** Every place that takes a credential, and whether it took this one. */
const places: Readonly<Record<string, (site: Site, token: string) => Promise<boolean>>> = {
  "the session cookie": async (site, token) =>
    (await site.browser().get("/me", { cookie: `${cookieName}=${token}` })).status === 200,
  "the refresh cookie, read": async (site, token) =>
    (await site.browser().get("/me", { cookie: `${refreshName}=${token}` })).status === 200,
  "the refresh cookie, used": async (site, token) =>
    (await site.browser().send("POST", "/refresh", {}, { cookie: `${refreshName}=${token}` })).status === 200,
  "a bearer token": async (site, token) =>
    (await site.browser().get("/me", { authorization: `Bearer ${token}` })).status === 200,
  "the refresh token of a body": async (site, token) => {
    return (await site.browser().send("POST", "/refresh", { refreshToken: token })).status === 200;
  },
  introspection: async (site, token) =>
    (await site.browser().post("/introspect", fieldsOf(token), form)).body.active,
  revocation: async (site, token) => {
    const ended = (): number => site.events.filter(({ type }) => type === "session_ended").length;
    const before = ended();
    await site.browser().post("/revoke", fieldsOf(token), form);
    return ended() > before;
  },
};

/** What works where. RFC 7009 §2.1 wants refresh tokens to be revocable; introspected, one would pass for an access token. */
const allowed: Readonly<Record<string, readonly (keyof Own)[]>> = {
  "the session cookie": ["cookieAccess"],
  "the refresh cookie, read": ["cookieRefresh"],
  "the refresh cookie, used": ["cookieRefresh"],
  "a bearer token": ["headerAccess"],
  "the refresh token of a body": ["headerRefresh"],
  introspection: ["cookieAccess", "headerAccess"],
  revocation: ["cookieAccess", "headerAccess", "cookieRefresh", "headerRefresh"],
};

describe.each(strategies)("with %s sessions", (strategy) => {
  it.each(Object.keys(places))(
    "%s takes the credential that is meant for it, and nothing else",
    async (place) => {
      const sites = siblings();
      const site = sites[strategy];
      await site.signedUp();
      const take = places[place] as (site: Site, token: string) => Promise<boolean>;
      for (const kind of ["cookieAccess", "cookieRefresh", "headerAccess", "headerRefresh"] as const) {
        const token = (await mint(site))[kind];
        if (token === "") continue;
        expect(await take(site, token), `${kind} as ${place}`).toBe(allowed[place]?.includes(kind));
      }
      const foreign = await foreignTokens(strategy, sites, await mint(site));
      expect(Object.keys(foreign).length).toBeGreaterThanOrEqual(strategy === "stateful" ? 10 : 28);
      for (const [what, token] of Object.entries(foreign)) {
        expect(await take(site, token), `${what} as ${place}`).toBe(false);
      }
    },
  );

  it("a credential in the URL or in another field is no credential", async () => {
    const site = createSite(strategy, { transports: ["cookie", "header"] });
    await site.signedUp();
    const own = await mint(site);
    for (const token of [own.cookieAccess, own.headerAccess]) {
      for (const name of ["token", "access_token", "sid", "session", cookieName, "authorization"]) {
        expect((await site.browser().get(`/me?${name}=${token}`)).code).toBe("unauthenticated");
        expect((await site.browser().get("/session", { [`x-${name}`]: token })).body).toBe(null);
      }
      expect((await site.browser().get("/me", { authorization: token })).code).toBe("unauthenticated");
      expect((await site.browser().get("/me", { "proxy-authorization": `Bearer ${token}` })).code).toBe(
        "unauthenticated",
      );
    }
  });
});
