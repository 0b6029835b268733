import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProvider, testClient, type TestProvider } from "../login/oauth/openid-provider.fixture.ts";
import { Browser } from "./browser.fixture.ts";
import { cookieName, origin, strategies } from "./http-test-kit.fixture.ts";
import { arrive, providerSite, sentTo, signInAt, travel } from "./provider-test-kit.fixture.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider({ clients: [testClient(origin)] });
  provider.users.set("ada", { email: "Ada@Example.com", email_verified: true, name: "Ada Lovelace" });
  provider.users.set("bob", { email: "bob@example.com", email_verified: true, name: "Bob" });
});
afterAll(() => provider.close());

describe.each(strategies)("signing in at an OpenID provider (%s)", (strategy) => {
  it("makes an account with the first sign-in, and finds it with the next", async () => {
    const site = providerSite(provider, { strategy });
    const browser = site.browser();
    const reply = await signInAt(browser);
    expect([reply.status, sentTo(reply)]).toEqual([303, "/"]);
    const { session, user } = (await browser.get("/session")).body;
    expect(user).toMatchObject({ email: "ada@example.com", emailVerified: true, name: "Ada Lovelace" });
    expect(session).toMatchObject({ userId: user.id, method: "acme", remember: false, transport: "cookie" });
    expect([...browser.jar.keys()].filter((name) => name.includes("-login-"))).toEqual([]);
    expect(site.eventTypes()).toEqual([
      "user_created",
      "identity_linked",
      "session_created",
      "authn_login_success",
    ]);

    const phone = site.browser();
    await signInAt(phone);
    expect((await phone.get("/me")).body.id).toBe(user.id);
    expect(site.eventTypes()).toEqual(["session_created", "authn_login_success"]);
  });
});

describe("the way there", () => {
  it("is a code flow with PKCE, state and nonce, back to exactly the registered place", async () => {
    const site = providerSite(provider);
    const { status, headers, cookies } = await site.browser().get("/sign-in/acme");
    const url = new URL(headers.get("location") ?? "");
    expect([status, url.origin]).toEqual([303, provider.issuer]);
    const parameters = Object.fromEntries(url.searchParams);
    expect(parameters).toEqual({
      client_id: "sojourn-test",
      response_type: "code",
      redirect_uri: `${origin}/auth/callback/acme`,
      scope: "openid email profile",
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: "S256",
    });
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(
      /^__Host-Http-sojourn-login-[\w-]{22}=v1\.[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=600$/,
    );
    for (const secret of Object.values(parameters)) expect(cookies[0]).not.toContain(secret);
  });

  it("has the person act at the provider if another site sent them without a click (SC-19)", async () => {
    const browser = providerSite(provider).browser();
    const promptFor = async (headers: Record<string, string>): Promise<string | null> =>
      new URL(sentTo(await browser.get("/sign-in/acme", headers)) ?? "").searchParams.get("prompt");
    expect(await promptFor({ "sec-fetch-site": "cross-site" })).toBe("select_account");
    expect(await promptFor({ "sec-fetch-site": "cross-site", "sec-fetch-user": "?1" })).toBe(null);
    expect(await promptFor({ "sec-fetch-site": "same-origin" })).toBe(null);
    expect(await promptFor({ "sec-fetch-site": "none" })).toBe(null);
  });

  it("is told as JSON to a program", async () => {
    const reply = await providerSite(provider).browser().get("/sign-in/acme", { accept: "application/json" });
    expect([reply.status, (reply.body as unknown as { url: string }).url]).toEqual([
      200,
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:/),
    ]);
  });
});

describe("the way back", () => {
  it("goes to where the visitor wanted, and remembers whom it was told to", async () => {
    const browser = providerSite(provider).browser();
    const reply = await signInAt(browser, {}, { query: "?returnTo=/files%3Fa%3Db&remember" });
    expect(sentTo(reply)).toBe("/files?a=b");
    expect(reply.cookies.find((cookie) => cookie.startsWith(`${cookieName}=`))).toMatch(/Max-Age=2592000/);
  });

  it("makes no session of what was refused, and tells the page why", async () => {
    const site = providerSite(provider, { redirects: { error: "/sign-in?from=acme" } });
    const browser = site.browser();
    const reply = await signInAt(browser, { refuse: true });
    expect(sentTo(reply)).toBe("/sign-in?from=acme&error=access_denied");
    expect(browser.jar.size).toBe(0);
    expect(site.eventTypes()).toEqual(["authn_login_fail"]);
  });

  it("without a sign-in that was begun here makes no session (SC-19, login CSRF)", async () => {
    const site = providerSite(provider);
    const { answer } = await travel(site.browser());
    const victim = site.browser();
    const reply = await arrive({ browser: victim, answer });
    expect([reply.status, sentTo(reply)]).toEqual([303, "/?error=oauth_transaction_missing"]);
    expect(victim.jar.size).toBe(0);
  });
});

describe("a network that makes up what providers said", () => {
  it("is refused after a hundred times; whoever comes back from one is not counted", async () => {
    const site = providerSite(provider);
    const at = (ip: string): Browser => new Browser(origin, (request) => site.send(request, { ip }));
    for (let round = 0; round < 5; round += 1) expect(sentTo(await signInAt(at("203.0.113.7")))).toBe("/");
    const forged = (ip: string) => at(ip).get("/callback/acme?state=made-up&code=made-up");
    for (let round = 0; round < 100; round += 1)
      expect(sentTo(await forged("203.0.113.7"))).toBe("/?error=oauth_transaction_missing");
    expect(sentTo(await forged("203.0.113.7"))).toBe("/?error=rate_limited");
    expect(sentTo(await forged("198.51.100.9"))).toBe("/?error=oauth_transaction_missing");
    const asked = await at("203.0.113.7").get("/callback/acme?state=s&code=c", {
      accept: "application/json",
    });
    expect([asked.status, asked.code, asked.headers.has("retry-after")]).toEqual([429, "rate_limited", true]);
  });
});
