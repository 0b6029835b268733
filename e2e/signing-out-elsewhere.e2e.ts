import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Account,
  answerDialog,
  cookieHeader,
  devices,
  greeting,
  helloWith,
  isMarked,
  mark,
  newAccount,
  notice,
  signIn,
  signInForm,
  signOutTheOther,
  signUp,
  wasSignedOut,
} from "./demo-page.ts";
import { type DemoServer, startDemo, strategies } from "./demo-server.ts";
import { openBrowser, type TestBrowser, type Visitor } from "./visitors.ts";

/** The product's promise. */
const atOnce = { timeout: 1000 };

let browser: TestBrowser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.each(strategies)("signing out elsewhere (%s)", (strategy) => {
  let demo: DemoServer;
  let ada: Account;
  let desk: Visitor;
  let phone: Visitor;

  beforeAll(async () => {
    demo = await startDemo(strategy);
  });
  afterAll(() => demo.remove());

  beforeEach(async () => {
    ada = newAccount();
    desk = await browser.visit(demo.url);
    await signUp(desk.page, ada);
    phone = await browser.visitAs(ada, demo.url);
    await devices(desk.page).nth(1).waitFor();
    await mark(phone.page);
  });
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  /** The open page changed by itself, and what its browser held is worth nothing any more. */
  async function expectEnded(page: Page, copied: string, why: string): Promise<void> {
    await signInForm(page).waitFor(atOnce);
    expect(await notice(page).textContent()).toBe(why);
    expect(await isMarked(page)).toBe(true);
    expect(await helloWith(demo.url, copied)).toBe(401);
  }

  it("ends the open page of the other device within a second, without a reload", async () => {
    const copied = await cookieHeader(phone.page);
    expect(await helloWith(demo.url, copied)).toBe(200);
    await signOutTheOther(desk.page);
    await expectEnded(phone.page, copied, "This device was signed out from another one.");
    expect(await devices(desk.page).count()).toBe(1);
    expect(await greeting(desk.page).isVisible()).toBe(true);
  });

  it("ends all others at once", async () => {
    const tablet = await browser.visitAs(ada, demo.url);
    await mark(tablet.page);
    await devices(desk.page).nth(2).waitFor();
    const copies = await Promise.all([phone, tablet].map(({ page }) => cookieHeader(page)));
    await desk.page.getByRole("button", { name: "Sign out all others" }).click();
    await answerDialog(desk.page);
    await expectEnded(phone.page, copies[0]!, "This device was signed out from another one.");
    await expectEnded(tablet.page, copies[1]!, "This device was signed out from another one.");
    await desk.page.getByText("2 other devices are signed out.").waitFor();
    expect(await devices(desk.page).count()).toBe(1);
  });

  it("ends the others when the password changes, and goes on here with new tokens", async () => {
    const copied = await cookieHeader(phone.page);
    const before = await cookieHeader(desk.page);
    const beside = await desk.openTab();
    await Promise.all([mark(desk.page), mark(beside)]);
    await desk.page.getByRole("button", { name: "Change password" }).click();
    await desk.page.getByLabel("Current password").fill(ada.password);
    await desk.page.getByLabel("New password", { exact: true }).fill("an even finer one");
    const done = desk.page.waitForResponse("**/auth/change-password");
    await desk.page.locator("#password-submit").click();
    await done;
    await expectEnded(
      phone.page,
      copied,
      "Your password was changed on another device, so this one was signed out.",
    );
    expect(await cookieHeader(desk.page)).not.toBe(before);
    expect(await helloWith(demo.url, await cookieHeader(desk.page))).toBe(200);
    for (const tab of [desk.page, beside]) {
      await expect.poll(() => devices(tab).count()).toBe(1);
      expect(await wasSignedOut(tab)).toBe(false);
    }
    await desk.page.reload();
    await greeting(desk.page).waitFor();
    phone.expectFailed("/auth/sign-in/password");
    await signIn(phone.page, { ...ada, password: "an even finer one" });
  });

  it("ends everything everywhere when the visitor wants that", async () => {
    const copies = await Promise.all([phone, desk].map(({ page }) => cookieHeader(page)));
    await desk.page.getByRole("button", { name: "Sign out everywhere" }).click();
    await answerDialog(desk.page);
    await expectEnded(phone.page, copies[0]!, "You signed out.");
    await signInForm(desk.page).waitFor(atOnce);
    expect(await notice(desk.page).textContent()).toBe("You signed out everywhere.");
    expect(await helloWith(demo.url, copies[1]!)).toBe(401);
  });
});

describe.each(strategies)("signing out elsewhere, long after signing in (%s)", (strategy) => {
  let demo: DemoServer;
  beforeAll(async () => {
    demo = await startDemo(strategy, ["--fresh-to-end", "3"]);
  });
  afterAll(() => demo.remove());
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  it("asks for the password first, and goes on with new tokens", async () => {
    const ada = newAccount();
    const desk = await browser.visit(demo.url);
    desk.expectFailed("/auth/sessions");
    desk.expectFailed("/auth/step-up");
    await signUp(desk.page, ada);
    const phone = await browser.visitAs(ada, demo.url);
    await devices(desk.page).nth(1).waitFor();
    await desk.page.waitForTimeout(4500);
    const before = await cookieHeader(desk.page);
    await desk.page.getByRole("button", { name: "Sign out all others" }).click();
    await answerDialog(desk.page);
    const asked = desk.page.getByRole("dialog", { name: "Confirm that it is you" });
    const field = asked.getByLabel("Your password");
    await field.fill("not the password");
    await asked.getByRole("button", { name: "Confirm" }).click();
    await desk.page.locator("#step-up-password-error:not(:empty)").waitFor();
    expect(await greeting(phone.page).isVisible()).toBe(true);
    await field.fill(ada.password);
    await asked.getByRole("button", { name: "Confirm" }).click();
    await signInForm(phone.page).waitFor();
    await asked.waitFor({ state: "hidden" });
    await expect.poll(() => devices(desk.page).count()).toBe(1);
    expect(await cookieHeader(desk.page)).not.toBe(before);
    expect(await wasSignedOut(desk.page)).toBe(false);
  });

  it("leaves everything as it is if the visitor thinks better of it", async () => {
    const ada = newAccount();
    const desk = await browser.visit(demo.url);
    desk.expectFailed("/auth/sessions");
    await signUp(desk.page, ada);
    const phone = await browser.visitAs(ada, demo.url);
    await devices(desk.page).nth(1).waitFor();
    await desk.page.waitForTimeout(4500);
    await desk.page.getByRole("button", { name: "Sign out all others" }).click();
    await answerDialog(desk.page);
    await desk.page.getByLabel("Your password").waitFor();
    await desk.page.keyboard.press("Escape");
    await desk.page.locator("#toast:not(:empty)").waitFor();
    expect(await devices(desk.page).count()).toBe(2);
    expect(await greeting(phone.page).isVisible()).toBe(true);
  });
});
