import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oidc } from "../login/oauth/index.ts";
import { startProvider, testClient, type TestProvider } from "../login/oauth/openid-provider.fixture.ts";
import { ProviderVisitor } from "../login/oauth/provider-visitor.fixture.ts";
import type { Browser } from "./browser.fixture.ts";
import { cookieName, createSite, origin } from "./http-test-kit.fixture.ts";
import { arrive, type Journey, providerSite, sentTo, travel } from "./provider-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider({ clients: [testClient(origin)] });
  for (const name of ["ada", "bob"])
    provider.users.set(name, { email: `${name}@provider.example`, email_verified: true, name });
});
afterAll(() => provider.close());

const posting = { acme: { responseMode: "form_post" } } as const;

/** Posts the provider's form as a browser does: from its page, with such cookies only as go along with that. */
async function post({ browser, answer }: Journey): Promise<Reply> {
  const there = browser.copy();
  for (const [name, { attributes }] of there.jar)
    if (!attributes.includes("SameSite=None")) there.jar.delete(name);
  const reply = await arrive({ browser: there, answer });
  browser.take(reply.cookies);
  return reply;
}

/** Goes where a reply sends the browser. */
const follow = (browser: Browser, reply: Reply): Promise<Reply> =>
  browser.get(`${sentTo(reply)?.replace(/^\/auth/, "")}`, { "sec-fetch-site": "cross-site" });

describe("a provider that posts its answer (response_mode=form_post)", () => {
  it("signs in, and ends the session that this browser had before", async () => {
    const site = providerSite(provider, posting);
    const browser = await site.signedUp();
    const before = browser.copy();
    const journey = await travel(browser, { as: "bob" });
    expect(journey.answer.form?.has("code")).toBe(true);
    const posted = await post(journey);
    // Neither the code nor anything else of the answer gets into a URL.
    expect([posted.status, sentTo(posted)]).toEqual([
      303,
      `/auth/callback/acme?state=${journey.answer.form?.get("state")}`,
    ]);
    expect(posted.cookies).toHaveLength(1);
    expect(posted.cookies[0]).toMatch(/^__Host-Http-sojourn-login-[\w-]{22}=.*SameSite=Lax; Max-Age=600$/);
    expect(sentTo(await follow(browser, posted))).toBe("/");
    expect((await browser.get("/me")).body.name).toBe("bob");
    expect((await before.get("/me")).body.reason).toBe("superseded");
    expect([...browser.jar.keys()].filter((name) => name.includes("-login-"))).toEqual([]);
  });

  it("begins with a cookie that goes along with such a post, and no other of ours does", async () => {
    const site = providerSite(provider, posting);
    const browser = site.browser();
    const { cookies } = await browser.get("/sign-in/acme");
    expect(cookies[0]).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=None; Max-Age=600$/);
  });

  it("links accounts and says no as any other", async () => {
    const site = providerSite(provider, posting);
    const browser = await site.signedUp();
    const { body } = await browser.post("/link/acme");
    const visitor = new ProviderVisitor();
    const answer = await visitor.visit((body as unknown as { url: string }).url, { as: "bob" });
    await follow(browser, await post({ browser, visitor, answer }));
    expect((await browser.get("/identities")).body).toMatchObject({ identities: [{ name: "bob" }] });

    const stranger = site.browser();
    const posted = await post(await travel(stranger, { refuse: true }));
    expect(sentTo(await follow(stranger, posted))).toBe("/?error=access_denied");
  });

  it("makes no session of a post that this browser did not begin (login CSRF, CS-03)", async () => {
    const site = providerSite(provider, posting);
    const mallory = await travel(site.browser(), { as: "bob" });
    const victim = site.browser();
    const reply = await post({ ...mallory, browser: victim });
    expect(sentTo(reply)).toBe("/?error=oauth_transaction_missing");
    expect(victim.jar.size).toBe(0);
  });

  it("is not answered from the URL, nor twice", async () => {
    const site = providerSite(provider, posting);
    const journey = await travel(site.browser(), { as: "bob" });
    const form = journey.answer.form ?? new URLSearchParams();
    const other = journey.browser.copy();
    expect(sentTo(await other.get(`/callback/acme?${form.toString()}`))).toBe("/?error=oauth_state_invalid");
    const posted = await post(journey);
    const thief = journey.browser.copy();
    expect(sentTo(await follow(journey.browser, posted))).toBe("/");
    expect(sentTo(await follow(thief, posted))).toBe("/?error=oauth_transaction_missing");
    expect(thief.value(cookieName)).toBe("");
  });

  it("may not fill our cookie", async () => {
    const site = providerSite(provider, posting);
    const journey = await travel(site.browser(), { as: "bob" });
    journey.answer.form?.set("user", "x".repeat(2000));
    expect(sentTo(await post(journey))).toBe("/?error=oauth_provider_error");
  });

  it("is not taken where the provider should answer in the URL", async () => {
    const site = providerSite(provider);
    const journey = await travel(site.browser(), { as: "bob" });
    const form = journey.answer.url.searchParams;
    const reply = await arrive({ browser: journey.browser, answer: { url: journey.answer.url, form } });
    expect(sentTo(reply)).toBe("/?error=oauth_state_invalid");
    expect(journey.browser.value(cookieName)).toBe("");
  });

  it("needs HTTPS, and says so at boot", () => {
    expect(() => providerSite(provider, { ...posting, baseURL: "http://localhost:3000" })).toThrow(
      "acme: the provider posts its answer",
    );
  });
});

describe("what can be seen at boot", () => {
  it.each<[string, Parameters<typeof providerSite>[1], string]>([
    ["no cookies", { transports: ["header"] }, 'transports must hold "cookie"'],
    [
      "an own directory without an own answer",
      { users: { findById: () => null } },
      "Give the provider an account function",
    ],
    [
      "a page elsewhere for failures",
      { redirects: { error: "//evil.example" } },
      "redirects.error must be a path",
    ],
  ])("is that there is %s", (_what, options, message) => {
    expect(() => providerSite(provider, options)).toThrow(message);
  });

  it("is that two methods have one name, or that there is no place for accounts", () => {
    const acme = oidc({ name: "acme", issuer: provider.issuer, clientId: "us" });
    expect(() => createSite("stateful", { login: [acme, acme] })).toThrow('two methods are called "acme"');
    const bare = { login: [acme], store: undefined as never };
    expect(() => createSite("stateless", bare)).toThrow("linked accounts and tokens need a store");
  });
});
