import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ExampleServer, startExample } from "./example-server.ts";
import { openBrowser, type TestBrowser } from "./visitors.ts";

let browser: TestBrowser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.each(["express", "fastify", "hono"])("the example for %s", (name) => {
  let server: ExampleServer;
  beforeAll(async () => {
    server = await startExample(name);
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  it("asks a visitor to sign in, brings them back, lists where they are, and lets them out", async () => {
    const { page } = await browser.visit(server.url);
    await page.getByText("You are not signed in.").waitFor();
    await page.goto(`${server.url}/account?tab=devices`);
    expect(new URL(page.url()).pathname).toBe("/sign-in");

    const signUp = page.locator('form[action="/auth/sign-up/password"]');
    await signUp.getByLabel("E-mail").fill("ada@example.com");
    await signUp.getByLabel("Password").fill("correct horse battery");
    await signUp.getByRole("button").click();
    await page.getByText("You are ada@example.com.").waitFor();
    expect(page.url()).toBe(`${server.url}/account?tab=devices`);
    await page.getByText("(this one)").waitFor();

    const elsewhere = await browser.visit(`${server.url}/sign-in`);
    const signIn = elsewhere.page.locator('form[action="/auth/sign-in/password"]');
    await signIn.getByLabel("E-mail").fill("ada@example.com");
    await signIn.getByLabel("Password").fill("correct horse battery");
    await signIn.getByRole("button").click();
    await elsewhere.page.getByText("You are ada@example.com.").waitFor();

    await page.reload();
    expect(await page.getByRole("listitem").count()).toBe(2);
    await page.getByRole("listitem").filter({ hasNotText: "(this one)" }).getByRole("button").click();
    await page.waitForURL("**/account");
    expect(await page.getByRole("listitem").count()).toBe(1);
    await elsewhere.page.goto(`${server.url}/account`);
    expect(new URL(elsewhere.page.url()).searchParams.get("reason")).toBe("revoked");

    await page.getByRole("button", { name: "Sign out here" }).click();
    await page.getByText("You are not signed in.").waitFor();
    expect((await page.request.get(`${server.url}/api/me`)).status()).toBe(401);
  });
});
