import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Account, devices, greeting, newAccount, signIn, signInForm, signUp } from "./demo-page.ts";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { openBrowser, type TestBrowser, type Visitor } from "./visitors.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: TestBrowser;
let demo: DemoServer;
let ada: Account;

beforeAll(async () => {
  browser = await openBrowser();
  demo = await startDemo("hybrid");
  ada = newAccount();
  const { page } = await browser.visit(demo.url);
  await signUp(page, ada);
});
afterAll(async () => {
  await browser.close();
  await demo.remove();
});
afterEach(async () => {
  expect(await browser.sendHome()).toEqual([]);
});

describe.each(["light", "dark"] as const)("the page in %s colours", (colorScheme) => {
  it("has no fault that axe knows, in any of its states", async () => {
    const { page, expectFailed } = await browser.visit(demo.url, { colorScheme });
    expect(await faults(page)).toEqual([]);

    expectFailed("/auth/sign-in/password");
    await page.getByLabel("E-mail address").fill(ada.email);
    await page.getByLabel("Password", { exact: true }).fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("#password-error:not(:empty)").waitFor();
    expect(await faults(page)).toEqual([]);

    await signIn(page, ada);
    await devices(page).nth(1).waitFor();
    await page.getByRole("button", { name: "Call /api/hello" }).click();
    await page.locator("#hello-answer:not(:empty)").waitFor();
    expect(await faults(page)).toEqual([]);

    await devices(page).nth(1).getByRole("button").click();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Change password" }).click();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await signInForm(page).waitFor();
    expect(await faults(page)).toEqual([]);
  });
});

describe("the page by keyboard", () => {
  it("signs in, and brings the focus to the greeting", async () => {
    const { page } = await browser.visit(demo.url);
    expect(await walk(page, 8)).toEqual([
      "Sojourn",
      "mode",
      "email",
      "password",
      "Show password",
      "remember",
      "Sign in",
      "end of page",
    ]);
    await page.getByRole("radio", { name: "Sign in" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.getByLabel("Name", { exact: true }).isVisible()).toBe(true);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Tab");
    await page.keyboard.type(ada.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(ada.password);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    expect(await page.getByLabel("Password", { exact: true }).getAttribute("type")).toBe("text");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await greeting(page).waitFor();
    await expect.poll(() => focused(page)).toBe("Hello, Ada Lovelace");
  });

  it("reaches everything there is to do", async () => {
    const { page } = await twoDevices();
    await page.locator("body").evaluate(() => (document.activeElement as HTMLElement).blur());
    const reached = await walk(page, 12);
    for (const name of [
      "Copy the session id",
      "I’m here",
      "Renew the token now",
      "Sign out all others",
      "Change password",
    ]) {
      expect(reached).toContain(name);
    }
    for (const name of ["Sign out", "Sign out everywhere", "Call /api/hello"])
      expect(reached).toContain(name);
    expect(reached.filter((name) => name.startsWith("Sign out Chrom")).length).toBeGreaterThan(0);
  });

  it("asks before it signs a device out: Escape is no, Enter is yes, and the focus is never lost", async () => {
    const { page } = await twoDevices();
    const before = await devices(page).count();
    const button = devices(page).nth(1).getByRole("button");
    await button.focus();
    const name = await focused(page);
    await page.keyboard.press("Enter");
    expect(await page.getByRole("dialog").isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await focused(page)).toBe(name);
    expect(await devices(page).count()).toBe(before);

    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(() => devices(page).count()).toBe(before - 1);
    await expect.poll(() => focused(page)).toBe("Where you are signed in");
  });

  it("says in one place, aloud, what an act did", async () => {
    const { page } = await twoDevices();
    await page.getByRole("button", { name: "I’m here" }).click();
    const toast = page.getByRole("status").filter({ hasText: "Noted: you are here." });
    await toast.waitFor();
    await page.getByRole("button", { name: "Copy the session id" }).click();
    await page
      .getByRole("status")
      .filter({ hasText: /Session id copied|The id is/ })
      .waitFor();
  });
});

async function twoDevices(): Promise<Visitor> {
  await browser.visitAs(ada, demo.url);
  const visitor = await browser.visitAs(ada, demo.url);
  await devices(visitor.page).nth(1).waitFor();
  return visitor;
}

/** Presses Tab and notes what has the focus each time. */
async function walk(page: Page, steps: number): Promise<string[]> {
  const reached: string[] = [];
  for (let i = 0; i < steps; i += 1) {
    await page.keyboard.press("Tab");
    reached.push(await focused(page));
  }
  return reached;
}

/** What has the focus, by the name a visitor knows it by. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return "end of page";
    if (at instanceof HTMLInputElement) return at.name || at.id;
    return at.getAttribute("aria-label") ?? at.textContent.trim();
  });
}

/** By the page's own rules no script may be added, so axe comes in as the browser's own command. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(async () => {
    const { axe: tool } = window as unknown as { axe: { run(): Promise<AxeResults> } };
    return tool.run();
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}
