import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProvider, testClient, type TestProvider } from "../login/oauth/openid-provider.fixture.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, origin, type Site, strategies } from "./http-test-kit.fixture.ts";
import { providerSite, sentTo, signInAt } from "./provider-test-kit.fixture.ts";

const hour = 3_600_000;

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider({ clients: [testClient(origin)] });
  provider.users.set("ada", { email: "ada@example.com", email_verified: true, name: "Ada Lovelace" });
  provider.users.set("bob", { email: "bob@example.com", email_verified: true, name: "Bob" });
});
afterAll(() => provider.close());

describe.each(strategies)("proving at a provider who is there, in a %s session,", (strategy) => {
  /** Somebody who signed in two hours ago, by password. The provider knows the present only. */
  async function twoHoursAgo(): Promise<{ site: Site; browser: Browser }> {
    const users = new Map<string, string>();
    const site = providerSite(provider, {
      strategy,
      session: { preset: "aal2" },
      startAt: Date.now() - 2 * hour,
      acme: { account: ({ subject }) => users.get(subject) ?? null },
    });
    const browser = site.browser();
    const { body } = await browser.post("/sign-up/password", ada);
    users.set("ada", body.user.id);
    users.set("bob", "somebody-else");
    return { site, browser };
  }

  it("is offered, and puts a new session in the place of the old one", async () => {
    const { site, browser } = await twoHoursAgo();
    for (let i = 0; i < 4; i += 1) {
      await site.pass(hour / 2);
      await browser.post("/touch");
    }
    const before = (await browser.get("/session")).body.session;
    const asked = await browser.delete("/sessions");
    expect(asked.body.challenge?.methods).toEqual([
      { method: "password", how: "password", url: "/auth/step-up" },
      { method: "acme", how: "redirect", url: "/auth/sign-in/acme?stepUp=true" },
    ]);
    const reply = await signInAt(browser, {}, { query: "?stepUp=true&returnTo=/account" });
    expect(sentTo(reply)).toBe("/account");
    const { session } = (await browser.get("/session")).body;
    expect(session).toMatchObject({ userId: before.userId, method: "acme" });
    expect(session.sid).not.toBe(before.sid);
    expect((await browser.delete("/sessions")).status).toBe(200);
  });

  it("resumes it after it idled, until its absolute end", async () => {
    const { site, browser } = await twoHoursAgo();
    const before = (await browser.get("/session")).body.session;
    await site.pass(2 * hour);
    const refused = await browser.send("GET", "/me");
    expect(refused.body.challenge?.methods.map(({ method }) => method)).toEqual(["password", "acme"]);
    expect(sentTo(await signInAt(browser, {}, { query: "?stepUp=true" }))).toBe("/");
    expect((await browser.get("/session")).body.session).toMatchObject({
      userId: before.userId,
      amr: ["pwd"],
      absoluteExpiresAt: before.absoluteExpiresAt,
    });
  });

  it("resumes nothing for somebody else", async () => {
    const { site, browser } = await twoHoursAgo();
    await site.pass(2 * hour);
    const reply = await signInAt(browser, { as: "bob" }, { query: "?stepUp=true" });
    expect(sentTo(reply)).toContain("error=oauth_identity_mismatch");
    expect((await browser.send("GET", "/me")).status).toBe(401);
    expect((await browser.post("/step-up", { password: ada.password })).status).toBe(200);
  });
});
