import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browsing } from "./browsing.ts";
import { findChromium } from "./chromium.ts";
import { builtExamples, type FrameworkApp, startExample } from "./framework-app.ts";

/* Examples of frameworks that build their apps, as `npm start` starts them. */
describe.each(builtExamples())("the example for %s", (name) => {
  let app: FrameworkApp;
  let browser: Browser;
  let ada: Browsing;
  const account = { email: "ada@example.com", password: "correct horse battery", remember: "on" };

  beforeAll(async () => {
    app = await startExample(name);
    browser = await chromium.launch({ executablePath: findChromium() ?? "chromium", args: ["--no-sandbox"] });
    ada = new Browsing(app.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  it("sends a visitor of the account to the sign-in page, with the way back in its form", async () => {
    const page = await ada.open("/account");
    expect(page.path).toBe("/sign-in?returnTo=%2Faccount");
    expect(page.text).toMatch(/name="returnTo"[^>]*value="\/account"/);
  });

  it("does so as well when the router in the browser opens the page, which knows the session from the beginning", async () => {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", ({ message }) => void faults.push(message));
    const asked: string[] = [];
    page.on("request", (request) => void asked.push(new URL(request.url()).pathname));
    await page.goto(app.origin, { waitUntil: "networkidle" });
    await page.locator("p a", { hasText: "account" }).click();
    await page.waitForURL(
      (url) => url.pathname === "/sign-in" && url.searchParams.get("returnTo") === "/account",
    );
    expect(asked.filter((path) => path.startsWith("/auth/session"))).toEqual([]);
    await page.getByLabel("Address").fill("grace@example.com");
    await page.getByLabel("Password").fill(account.password);
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.waitForURL("**/account");
    await page.getByText("Signed in as grace@example.com").waitFor();
    // The client is at work: it listens for the end of the session, and needed to ask for nothing else.
    await expect.poll(() => asked, { timeout: 10_000 }).toContain("/auth/events");
    expect(asked.filter((path) => path === "/auth/session")).toEqual([]);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("link", { name: "Sign in" }).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  it("signs up, and shows whose account it is", async () => {
    const page = await ada.submit("/auth/sign-up/password", { ...account, returnTo: "/account" });
    expect(page.path).toBe("/account");
    expect(page.text).toContain("Signed in as ada@example.com");
  });

  it("has the session in the page that the server renders", async () => {
    expect((await ada.open("/")).text).toContain("ada@example.com");
    expect((await new Browsing(app.origin).open("/")).text).not.toContain("ada@example.com");
  });

  it("lists the sessions, and signs one out", async () => {
    const phone = new Browsing(app.origin);
    await phone.submit("/auth/sign-in/password", { ...account, returnTo: "/account" });
    const page = await ada.open("/account");
    const form = /<form[^>]*action="([^"]*)"[^>]*>(?:(?!<\/form>)[^])*?value="([\w-]{36})"/.exec(page.text);
    const after = await ada.submit(form?.[1] ?? "", { sid: form?.[2] ?? "" }, "/account");
    expect(after.status).toBe(200);
    expect((await phone.open("/account")).path).toMatch(/^\/sign-in\?/);
    expect((await ada.open("/account")).path).toBe("/account");
  });

  it("signs out", async () => {
    expect((await ada.submit("/auth/sign-out", { returnTo: "/" })).path).toBe("/");
    expect((await ada.open("/account")).path).toMatch(/^\/sign-in\?/);
  });
});
