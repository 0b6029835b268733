import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  clientId,
  clientSecret,
  startProvider,
  testClient,
  type TestProvider,
} from "../packages/sojourn/src/login/oauth/openid-provider.fixture.ts";
import { devices, greeting, newAccount, notice, signInForm, signUp } from "./demo-page.ts";
import { type DemoServer, startDemo, strategies } from "./demo-server.ts";
import { freePort } from "./services/free-port.ts";
import { openBrowser, type TestBrowser, type Visitor } from "./visitors.ts";

let browser: TestBrowser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** The link to the provider. */
const providerLink = (page: Page) => page.getByRole("link", { name: "Sign in with Acme" });

/** Fills in the provider's page for signing in. */
async function nameOneself(page: Page, name: string): Promise<void> {
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
}

/** Agrees on the provider's page that the app may know who one is. */
const agree = (page: Page): Promise<void> => page.getByRole("button", { name: "Continue" }).click();

describe.each(strategies)("signing in at a provider (%s)", (strategy) => {
  let demo: DemoServer;
  let provider: TestProvider;
  let site: string;

  beforeAll(async () => {
    const port = await freePort();
    // Another site than the provider, which is 127.0.0.1: so what browsers keep from other sites is kept here.
    site = `http://localhost:${port}`;
    provider = await startProvider({
      clients: [testClient(site, "provider")],
      configuration: { features: { devInteractions: { enabled: true } } },
    });
    for (const [id, name] of [
      ["ada", "Ada Lovelace"],
      ["bob", "Bob Babbage"],
    ] as const)
      provider.users.set(id, { email: `${id}@provider.example`, email_verified: true, name });
    const env = {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_TITLE: "Acme",
    };
    demo = await startDemo(strategy, ["--port", String(port)], env);
  });
  afterAll(async () => {
    await demo.remove();
    await provider.close();
  });
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  const visit = async (): Promise<Visitor> => {
    const visitor = await browser.visit(site);
    // The provider's pages would like a font from elsewhere.
    const empty = { status: 200, contentType: "text/css", body: "" };
    await visitor.context.route(/fonts\.googleapis\.com/, (route) => route.fulfill(empty));
    return visitor;
  };

  it("goes by the provider's own pages, and lasts", async () => {
    const { page, context } = await visit();
    await providerLink(page).click();
    await nameOneself(page, "ada");
    await agree(page);
    await greeting(page).waitFor();
    expect(page.url()).toBe(`${site}/`);
    await page.reload();
    await greeting(page).waitFor();
    const names = (await context.cookies(site)).map(({ name }) => name);
    expect(names.filter((name) => name.includes("-login-"))).toEqual([]);
    expect(await page.evaluate(() => document.cookie)).toBe("sojourn-hint=1");
  });

  it("that was refused there comes back to the page, which says why", async () => {
    const { page } = await visit();
    await providerLink(page).click();
    const back = page.waitForURL(`${site}/?error=access_denied`, { waitUntil: "commit" });
    await page.getByRole("link", { name: /Cancel/ }).click();
    await back;
    await signInForm(page).waitFor();
    await notice(page).getByText("the provider was told not to").waitFor();
    // Reloading says it no second time.
    await page.reload();
    await signInForm(page).waitFor();
    expect(await notice(page).isVisible()).toBe(false);
  });

  it("that failed is told to who is signed in already, also where that is known first", async () => {
    const { page } = await visit();
    await signUp(page, newAccount());
    const known = page.waitForResponse("**/auth/session");
    await page.route("**/api/demo", async (route) => {
      await known;
      await route.continue();
    });
    await page.goto(`${site}/?error=access_denied`);
    await page.locator("#toast", { hasText: "the provider was told not to" }).waitFor();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await signInForm(page).waitFor();
    expect(await notice(page).textContent()).toBe("You signed out.");
  });

  it("in two tabs at once, as two people, mixes nothing up", async () => {
    const { page: first, openTab } = await visit();
    const second = await openTab();
    await providerLink(first).click();
    await providerLink(second).click();
    await nameOneself(first, "ada");
    await agree(first);
    await greeting(first).waitFor();
    await nameOneself(second, "bob");
    await agree(second);
    await greeting(second, "Bob Babbage").waitFor();
    // One browser has one session: whoever came last is there, in every tab.
    await greeting(first, "Bob Babbage").waitFor();
  });

  it("is not repeated by the back button, nor by loading the callback again", async () => {
    const { page, expectFailed } = await visit();
    let callback = "";
    page.on("request", (request) => {
      if (request.url().includes("/auth/callback/")) callback = request.url();
    });
    await providerLink(page).click();
    await nameOneself(page, "ada");
    await agree(page);
    await greeting(page).waitFor();
    expect(callback).toContain("code=");
    await devices(page).first().waitFor();
    const count = await devices(page).count();

    await page.goto(callback);
    await greeting(page).waitFor();
    await page.getByText("Signing in at the provider did not work.").waitFor();
    await devices(page).first().waitFor();
    expect(await devices(page).count()).toBe(count);

    expectFailed(new URL(page.url()).pathname);
    await page.goBack();
    await page.goForward();
    await greeting(page).waitFor();

    // Nor does it work anywhere else.
    const stranger = await visit();
    await stranger.page.goto(callback);
    await signInForm(stranger.page).waitFor();
    expect(await notice(stranger.page).textContent()).toContain("did not work");
  });

  it("does not get into an account that somebody else has made with the address", async () => {
    provider.users.set("eve", { email: "eve@provider.example", email_verified: true, name: "Eve" });
    const account = { ...newAccount("Not Eve"), email: "eve@provider.example" };
    const { page } = await visit();
    await signUp(page, account);
    const eve = await visit();
    await providerLink(eve.page).click();
    await nameOneself(eve.page, "eve");
    await agree(eve.page);
    await signInForm(eve.page).waitFor();
    expect(await notice(eve.page).textContent()).toContain("There is an account with this address already.");
  });
});
