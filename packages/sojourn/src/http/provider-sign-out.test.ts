import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isSojournError } from "../domain/errors.ts";
import { oidc } from "../login/oauth/index.ts";
import { clientId, clientSecret, startProvider, testClient } from "../login/oauth/openid-provider.fixture.ts";
import { memory } from "../stores/memory/index.ts";
import type { Browser } from "./browser.fixture.ts";
import { someHostileTargets } from "./hostile-targets.fixture.ts";
import { ada, origin, type Site, strategies } from "./http-test-kit.fixture.ts";
import {
  arrived,
  listeningSite,
  type LogoutProvider,
  startLogoutProvider,
} from "./logout-test-kit.fixture.ts";
import { providerSite, sentTo, travel } from "./provider-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

let provider: LogoutProvider;
beforeAll(async () => {
  provider = await startLogoutProvider();
});
afterAll(() => provider.close());
afterEach(() => {
  provider.site = null;
  provider.intercept = null;
});

const urlOf = ({ body }: Reply): URL =>
  new URL((body as { readonly providerLogoutUrl?: string }).providerLogoutUrl ?? "about:blank");

/** Comes back from the provider's page through our door. */
const comeBack = (browser: Browser, back: URL): Promise<Reply> =>
  browser.get(`${back.pathname.replace(/^\/auth/, "")}${back.search}`, { "sec-fetch-site": "cross-site" });

describe.each(strategies)("signing out at the provider as well, with %s sessions", (strategy) => {
  it("ends the session here at once, and the provider's on its page, and comes back", async () => {
    const site = listeningSite(provider, { strategy, redirects: { signedOut: "/bye" } });
    const { browser, visitor } = await arrived(site);
    const reply = await browser.post("/sign-out?provider=true");
    expect([reply.status, reply.body.ended, browser.jar.size]).toEqual([200, 1, 0]);
    const url = urlOf(reply);
    expect(url.origin + url.pathname).toBe(`${provider.issuer}/session/end`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "sojourn-test",
      id_token_hint: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      post_logout_redirect_uri: `${origin}/auth/signed-out/acme`,
      state: expect.stringMatching(/^v1\.[\w.-]+$/) as string,
    });
    const back = await visitor.signOut(url.href);
    expect(back.origin + back.pathname).toBe(`${origin}/auth/signed-out/acme`);
    const landed = await comeBack(browser, back);
    expect([landed.status, sentTo(landed), landed.cookies]).toEqual([303, "/bye", []]);
    expect(landed.headers.get("referrer-policy")).toBe("no-referrer");
    // The provider asks who is there again.
    const before = provider.asked.filter((path) => path.startsWith("/interaction/")).length;
    await travel(site.browser(), {}, { visitor });
    expect(provider.asked.filter((path) => path.startsWith("/interaction/")).length).toBeGreaterThan(before);
  });

  it("sends a form on to the provider, and from there to where it wanted", async () => {
    const site = listeningSite(provider, { strategy });
    const { browser, visitor } = await arrived(site);
    const reply = await browser.submit("/sign-out", { provider: "on", returnTo: "/see-you?x=1#y" });
    expect([reply.status, reply.text]).toEqual([303, ""]);
    expect(sentTo(reply)).toMatch(new RegExp(`^${provider.issuer}/session/end\\?`));
    expect((await browser.get("/session")).body).toBe(null);
    const landed = await comeBack(browser, await visitor.signOut(sentTo(reply) ?? ""));
    expect(sentTo(landed)).toBe("/see-you?x=1#y");
  });

  it("works with what a session has left of credentials, and after it is over", async () => {
    const site = listeningSite(provider, { strategy });
    const { browser } = await arrived(site);
    await site.pass(20 * 60_000);
    const copy = browser.copy();
    expect(urlOf(await browser.post("/sign-out?provider=true")).origin).toBe(provider.issuer);
    const again = await copy.post("/sign-out?provider=true");
    expect([again.body.ended, urlOf(again).origin]).toEqual([0, provider.issuer]);
  });
});

describe("whether a sign-out goes on at the provider", () => {
  const goesOn = async (site: Site, path: string, body: object = {}): Promise<boolean> => {
    const { browser } = await arrived(site);
    const reply = await browser.post(path, body);
    expect(reply.body.ended).toBe(1);
    return urlOf(reply).protocol !== "about:";
  };

  it("is said by the sign-out, and else by the provider's option", async () => {
    const asked = listeningSite(provider);
    expect(await goesOn(asked, "/sign-out")).toBe(false);
    expect(await goesOn(asked, "/logout?provider=true")).toBe(true);
    expect(await goesOn(asked, "/sign-out", { provider: true })).toBe(true);
    const always = listeningSite(provider, { acme: { logout: true } });
    expect(await goesOn(always, "/sign-out")).toBe(true);
    expect(await goesOn(always, "/sign-out?provider=false")).toBe(false);
    expect(await goesOn(always, "/sign-out", { provider: false })).toBe(false);
    expect(await goesOn(always, "/sign-out?everywhere=true")).toBe(true);
  });

  it("is said by the option of the provider that the session came from, not by another's", async () => {
    const common = { issuer: provider.issuer, clientId, clientSecret };
    const login = [oidc({ ...common, name: "acme" }), oidc({ ...common, name: "always", logout: true })];
    expect(await goesOn(listeningSite(provider, { login }), "/sign-out")).toBe(false);
  });

  it("has no meaning for a session that came from elsewhere, or for nobody", async () => {
    const site = listeningSite(provider, { acme: { logout: true } });
    const browser = site.browser();
    await browser.post("/sign-up/password", { ...ada, email: "typed@example.com" });
    expect((await browser.post("/sign-out?provider=true")).body).toEqual({ ended: 1 });
    expect((await site.browser().post("/sign-out?provider=true")).body).toEqual({ ended: 0 });
    const form = await site.browser().submit("/sign-out", { provider: "on" });
    expect([form.status, sentTo(form)]).toEqual([303, "/"]);
  });

  it("refuses a place elsewhere before anything is done", async () => {
    const { browser } = await arrived(listeningSite(provider));
    const reply = await browser.post("/sign-out?provider=true", { returnTo: "//evil.example" });
    expect(reply.code).toBe("invalid_redirect");
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("is no reason to stay signed in here: not if the provider is away, nor if it has no such page", async () => {
    const site = listeningSite(provider);
    const { browser } = await arrived(site);
    const node = listeningSite(provider, { accounts: site.accounts });
    provider.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    const cookie = browser.cookie;
    const url = `${origin}/auth/sign-out?provider=true`;
    const request = new Request(url, { method: "POST", headers: { cookie, origin } });
    const reply = await node.send(request);
    expect([reply.status, reply.body]).toEqual([200, { ended: 1 }]);
    expect((await browser.get("/me")).status).toBe(401);
    expect(node.logs.some(({ message }) => message.includes("provider's sign-out"))).toBe(true);

    const mute = await startProvider({
      clients: [testClient(origin)],
      configuration: {
        features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: false } },
      },
    });
    mute.users.set("ada", { name: "Ada" });
    const other = await arrived(providerSite(mute));
    expect((await other.browser.post("/sign-out?provider=true")).body).toEqual({ ended: 1 });
    await mute.close();
  });

  it("changes nothing while the store is away", async () => {
    const site = listeningSite(provider);
    const { browser } = await arrived(site);
    site.outage.sessions = true;
    expect((await browser.send("POST", "/sign-out?provider=true", {})).code).toBe("store_unavailable");
    site.outage.sessions = false;
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("is asked for with a switch that must be spelled right", async () => {
    const { browser } = await arrived(listeningSite(provider));
    expect((await browser.post("/sign-out?provider=yes")).code).toBe("invalid_input");
  });

  it("is an option that is true or false", () => {
    try {
      providerSite(provider, { acme: { logout: "no" as unknown as boolean } });
      expect.unreachable();
    } catch (error) {
      expect(isSojournError(error, "config_invalid") && error.message).toBe(
        "acme: logout must be true or false.",
      );
    }
  });
});

describe("the ID token that is kept for it", () => {
  it("is sealed in the store, and leaves out what would make the address too long", async () => {
    const accounts = memory();
    const site = listeningSite(provider, { accounts });
    const { browser, sid } = await arrived(site);
    const kept = await accounts.entries?.get("provider-session", sid, site.clock.now());
    expect(JSON.stringify(kept)).not.toContain("eyJ");
    const url = urlOf(await browser.post("/sign-out?provider=true"));
    expect(url.searchParams.get("id_token_hint")?.startsWith("eyJ")).toBe(true);

    const claims = { openid: ["sub", "name"] };
    const wordy = await startProvider({
      clients: [{ ...testClient(origin), post_logout_redirect_uris: [`${origin}/auth/signed-out/acme`] }],
      configuration: { claims, conformIdTokenClaims: false },
    });
    wordy.users.set("ada", { name: "x".repeat(4500) });
    const wordySite = providerSite(wordy);
    const other = await arrived(wordySite);
    const long = await wordySite.accounts.entries?.get("provider-session", other.sid, wordySite.clock.now());
    expect(JSON.stringify(long?.value).length).toBeGreaterThan(8000);
    const short = urlOf(await other.browser.post("/sign-out?provider=true"));
    expect([short.origin, short.searchParams.has("id_token_hint")]).toEqual([wordy.issuer, false]);
    expect(short.searchParams.get("client_id")).toBe("sojourn-test");
    await wordy.close();
  });
});

describe("the way back from the provider's page", () => {
  it("leads nowhere but to what was sealed here, lately, for this provider", async () => {
    const site = listeningSite(provider, { redirects: { signedOut: "/bye" } });
    const { browser } = await arrived(site);
    const state = urlOf(
      await browser.post("/sign-out?provider=true", { returnTo: "/here" }),
    ).searchParams.get("state");
    const land = async (query: string): Promise<string | null> =>
      sentTo(await browser.get(`/signed-out/acme${query}`));
    expect(await land(`?state=${state}`)).toBe("/here");
    expect(await land(`?state=${state}&x=y`)).toBe("/here");
    for (const query of ["", "?state=", "?state=x", `?state=${state}x`, `?state=${state?.slice(0, -4)}AAAA`])
      expect(await land(query), query).toBe("/bye");
    for (const target of someHostileTargets.filter((one) => one.length < 500))
      expect(await land(`?${new URLSearchParams({ state: target }).toString()}`), target).toBe("/bye");
    const other = providerSite(provider, { redirects: { signedOut: "/bye" }, acme: { name: "other" } });
    expect(sentTo(await other.browser().get(`/signed-out/other?state=${state}`))).toBe("/bye");
    await site.pass(3_600_000);
    expect(await land(`?state=${state}`)).toBe("/bye");
  });

  it("is there for providers only, changes nothing, and is not taken twice", async () => {
    const site = listeningSite(provider);
    const { browser } = await arrived(site);
    for (const path of ["/signed-out/nobody", "/signed-out/password"])
      expect((await browser.get(path)).code).toBe("not_found");
    expect((await browser.get("/signed-out/acme?state=a&state=b")).code).toBe("invalid_input");
    expect(sentTo(await browser.get("/signed-out/acme"))).toBe("/");
    expect((await browser.get("/me")).status).toBe(200);
  });
});
