import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type Auth, createAuth, type StoredUser } from "sojourn";
import { memory } from "sojourn/memory";
import { toNodeHandler } from "sojourn/node";
import { oidc } from "sojourn/oauth";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  clientId,
  clientSecret,
  startProvider,
  testClient,
  type TestProvider,
} from "../packages/sojourn/src/login/oauth/openid-provider.fixture.ts";
import { type BlankSite, serveBlankPages } from "./blank-page.ts";
import { findChromium } from "./chromium.ts";
import { strategies } from "./demo-server.ts";

describe.each(strategies)(
  "signing out together with a provider, in Chromium, with %s sessions",
  (strategy) => {
    let chromiumBrowser: Browser;
    let context: BrowserContext;
    let app: BlankSite;
    let provider: TestProvider;
    let auth: Auth<StoredUser>;
    let origin: string;

    beforeAll(async () => {
      const executablePath = findChromium();
      if (executablePath === null)
        throw new Error("There is no Chromium here. Install one, or name it in CHROMIUM.");
      chromiumBrowser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
      app = await serveBlankPages(() => (request, response) => toNodeHandler(auth)(request, response));
      // Another site than the provider, which is 127.0.0.1.
      origin = `http://localhost:${app.port}`;
      provider = await startProvider({
        clients: [
          {
            ...testClient(origin),
            backchannel_logout_uri: `${origin}/auth/backchannel-logout/acme`,
            backchannel_logout_session_required: true,
            post_logout_redirect_uris: [`${origin}/auth/signed-out/acme`],
          },
        ],
        configuration: {
          features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
        },
      });
      provider.users.set("ada", { email: "ada@example.com", email_verified: true, name: "Ada" });
      auth = createAuth({
        baseURL: origin,
        secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
        strategy,
        store: memory(),
        login: [oidc({ name: "acme", issuer: provider.issuer, clientId, clientSecret })],
        redirects: { signedIn: "/home", signedOut: "/bye" },
      });
    });
    afterAll(async () => {
      await chromiumBrowser.close();
      await Promise.all([app.close(), provider.close()]);
      await auth.close();
    });
    beforeEach(async () => {
      context = await chromiumBrowser.newContext();
      context.setDefaultTimeout(15_000);
      // The provider's pages would like a font from elsewhere.
      await context.route(/fonts\.googleapis\.com/, (route) => route.abort());
    });
    afterEach(() => context.close());

    const signIn = async (): Promise<Page> => {
      const page = await context.newPage();
      await page.goto(`${origin}/auth/sign-in/acme`);
      await page.locator("input[name=login]").fill("ada");
      await page.locator("input[name=password]").fill("any");
      await page.getByRole("button").click();
      await page.getByRole("button", { name: "Continue" }).click();
      await page.waitForURL(`${origin}/home`);
      return page;
    };
    const statusOfMe = (page: Page): Promise<number> =>
      page.evaluate(async () => (await fetch("/auth/me")).status);
    const sayYes = (page: Page): Promise<void> =>
      page.getByRole("button", { name: "Yes, sign me out" }).click();

    it("LO-01: at the provider ends the session in an open tab, which hears of it at once", async () => {
      const page = await signIn();
      expect(await statusOfMe(page)).toBe(200);
      await page.evaluate(() => {
        const heard: string[] = [];
        Object.assign(window, { heard });
        const source = new EventSource("/auth/events");
        for (const type of ["alive", "ended"])
          source.addEventListener(type, ({ data }: MessageEvent<string>) => heard.push(`${type} ${data}`));
      });
      const heard = (): Promise<string> =>
        page.evaluate(() => (window as unknown as { heard: string[] }).heard.join("\n"));
      await expect.poll(heard).toContain("alive");
      const elsewhere = await context.newPage();
      await elsewhere.goto(`${provider.issuer}/session/end`);
      await sayYes(elsewhere);
      await elsewhere.waitForURL(/\/session\/end\/success/);
      await expect.poll(heard).toContain('"reason":"signed_out"');
      expect(await statusOfMe(page)).toBe(401);
      await page.reload();
      expect(await statusOfMe(page)).toBe(401);
    });

    it("here ends the provider's session too, and comes back", async () => {
      const page = await signIn();
      await page.evaluate(() => {
        const form = document.createElement("form");
        Object.assign(form, { method: "post", action: "/auth/sign-out" });
        const field = document.createElement("input");
        Object.assign(field, { name: "provider", value: "true" });
        form.append(field);
        document.body.append(form);
        form.submit();
      });
      await page.waitForURL((url) => url.origin === provider.issuer);
      // Here it is over already, whatever they answer there.
      expect(await statusOfMe(await openApp())).toBe(401);
      await sayYes(page);
      await page.waitForURL(`${origin}/bye`);
      expect(await context.cookies(origin)).toEqual([]);
      await page.goto(`${origin}/auth/sign-in/acme`);
      await page.locator("input[name=login]").waitFor();
    });

    const openApp = async (): Promise<Page> => {
      const page = await context.newPage();
      await page.goto(origin);
      return page;
    };
  },
);
