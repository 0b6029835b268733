import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ReactSite, serveReactSite } from "./react-site.tsx";
import { openBrowser, type TestBrowser, type Visitor } from "./visitors.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ada = { name: "Ada Lovelace", email: "ada@example.com", password: "a fine password" };
const admin = { name: "Grace Hopper", email: "admin@example.com", password: "another fine password" };
/** Where pictures go, if somebody wants to look at them. */
const pictures = process.env["SCREENSHOTS"];

let browser: TestBrowser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** By the page's own rules no script may be added, so axe comes in as the browser's own command. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(async () => {
    const { axe: tool } = window as unknown as { axe: { run(): Promise<AxeResults> } };
    return tool.run();
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

function rows(page: Page) {
  return page.locator('[data-slot="row"]');
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return "nothing";
    if (at instanceof HTMLInputElement) return at.name;
    return at.getAttribute("aria-label") ?? at.textContent.trim();
  });
}

describe.each([19, 18] as const)("the parts with React %i", (react) => {
  let site: ReactSite;
  beforeAll(async () => {
    site = await serveReactSite(react);
    for (const account of [ada, admin]) {
      const reply = await fetch(`${site.url}/auth/sign-up/password`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: site.url },
        body: JSON.stringify(account),
      });
      expect(reply.status).toBe(200);
    }
  });
  afterAll(() => site.close());
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  const twoDevices = async (): Promise<Visitor> => {
    await browser.visitAs(ada, site.url);
    const visitor = await browser.visitAs(ada, site.url);
    await rows(visitor.page).nth(1).waitFor();
    return visitor;
  };

  it("run in that version, and ask nothing of the server that rendered them", async () => {
    site.asked.length = 0;
    const { page } = await browser.visitAs(ada, site.url);
    await rows(page).first().waitFor();
    expect(await page.evaluate(() => (window as unknown as { reactVersion: string }).reactVersion)).toMatch(
      new RegExp(`^${react}\\.`),
    );
    expect(site.asked.filter((one) => one === "GET /auth/session").length).toBe(react === 19 ? 0 : 1);
    expect(site.asked.filter((one) => one === "GET /auth/sessions").length).toBe(1);
  });

  describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
    it("have no fault that axe knows, in any of their states", async () => {
      const shot = (page: Page, name: string): Promise<void> =>
        picture(page, `${react}-${colorScheme}-${name}`);
      const { page, expectFailed } = await browser.visit(site.url, {
        colorScheme,
        viewport: { width: 800, height: 720 },
      });
      expect(await faults(page)).toEqual([]);
      await shot(page, "sign-in");
      await page.getByRole("button", { name: "Sign in" }).click();
      expect(await focused(page)).toBe("email");
      expect(await faults(page)).toEqual([]);
      expectFailed("/auth/sign-in/password");
      await page.getByLabel("E-mail address").fill(ada.email);
      await page.getByLabel("Password").fill("wrong");
      await page.keyboard.press("Enter");
      await page.getByText("The e-mail address or password is wrong.").waitFor();
      expect(await focused(page)).toBe("password");
      expect(await faults(page)).toEqual([]);
      await shot(page, "wrong-password");
      await browser.visitAs(ada, site.url);
      await page.getByLabel("Password").fill(ada.password);
      await page.keyboard.press("Enter");
      await rows(page).nth(1).waitFor();
      expect(await faults(page)).toEqual([]);
      await shot(page, "sessions");
      await page.getByRole("button", { name: "Account of Ada Lovelace" }).click();
      expect(await faults(page)).toEqual([]);
      await shot(page, "menu");
      await page.keyboard.press("Escape");
      await rows(page).nth(1).getByRole("button").click();
      await page.getByRole("alertdialog").waitFor();
      expect(await faults(page)).toEqual([]);
      await shot(page, "confirm");
      await page.keyboard.press("Escape");
      await page.goto(`${site.url}/?idle=20s&warn=19s`);
      await page.getByRole("alertdialog", { name: "Are you still there?" }).waitFor();
      expect(await faults(page)).toEqual([]);
      await shot(page, "expiry");
    });

    it("fit a narrow page, and follow a theme of the app's own", async () => {
      await browser.visitAs(ada, site.url);
      const other = colorScheme === "light" ? "dark" : "light";
      const { page } = await browser.visitAs(ada, site.url, {
        colorScheme,
        viewport: { width: 320, height: 640 },
      });
      await page.goto(`${site.url}/?theme=${other}`);
      await rows(page).nth(1).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      expect(await faults(page)).toEqual([]);
      await picture(page, `${react}-narrow-theme-${other}`);
      await rows(page).nth(1).getByRole("button").click();
      expect(await faults(page)).toEqual([]);
      await picture(page, `${react}-narrow-theme-${other}-confirm`);
    });
  });

  it("end a session only after a yes, when the server has said so, and never lose the focus", async () => {
    const { page } = await twoDevices();
    const before = await rows(page).count();
    const button = rows(page).nth(1).getByRole("button");
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").waitFor({ state: "hidden" });
    expect(await focused(page)).toMatch(/^Sign out Chrom/);
    expect(await rows(page).count()).toBe(before);

    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route("**/auth/sessions/*", async (route) => {
      await held;
      await route.continue();
    });
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog").waitFor();
    await page.keyboard.press("Enter");
    await page.locator('[data-slot="row"][aria-busy="true"] [data-slot="spinner"]').waitFor();
    expect(await faults(page)).toEqual([]);
    expect(await rows(page).count()).toBe(before);
    letGo();
    await page.getByRole("status").filter({ hasText: "is signed out." }).waitFor();
    expect(await rows(page).count()).toBe(before - 1);
    expect(await focused(page)).toBe("Where you are signed in");
  });

  it("keep a session in the list that could not be ended, and say so", async () => {
    const { page, expectFailed } = await twoDevices();
    const before = await rows(page).count();
    await page.route("**/auth/sessions/*", (route) =>
      route.fulfill({ status: 503, json: { code: "store_unavailable", status: 503, detail: "Down." } }),
    );
    expectFailed(`/auth/sessions/${await rows(page).nth(1).getAttribute("data-sid")}`);
    await rows(page).nth(1).getByRole("button").click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("status").filter({ hasText: "That did not work." }).waitFor();
    expect(await rows(page).count()).toBe(before);
  });

  it("ask for the password where the server wants a recent proof, and go on after it", async () => {
    const { page, expectFailed } = await twoDevices();
    const before = await rows(page).count();
    const path = `/auth/sessions/${await rows(page).nth(1).getAttribute("data-sid")}`;
    let asked = 0;
    await page.route(`**${path}`, (route) => {
      asked += 1;
      const methods = [{ method: "password", how: "password", url: "/auth/step-up" }];
      const problem = { code: "step_up_required", status: 401, detail: "Prove it.", challenge: { methods } };
      return asked === 1 ? route.fulfill({ status: 401, json: problem }) : route.continue();
    });
    expectFailed(path, "/auth/step-up");
    await rows(page).nth(1).getByRole("button").click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
    await dialog.getByLabel("Password").fill("wrong");
    await page.keyboard.press("Enter");
    await dialog
      .getByRole("alert")
      .filter({ hasText: "The password is wrong." })
      .waitFor({ state: "attached" });
    expect(await faults(page)).toEqual([]);
    await picture(page, `${react}-prove`);
    await dialog.getByLabel("Password").fill(ada.password);
    await page.keyboard.press("Enter");
    await page.getByRole("status").filter({ hasText: "is signed out." }).waitFor();
    expect(asked).toBe(2);
    expect(await rows(page).count()).toBe(before - 1);
  });

  it("show what a hostile device calls itself as text", async () => {
    const { page, context } = await browser.visitAs(ada, site.url);
    const name = `<img src=x onerror="alert(1)">"'\`\u202e{{7*7}}<script>alert(2)</script>`;
    await context.route("**/auth/sessions", async (route) => {
      const reply = await route.fetch();
      const { sessions } = (await reply.json()) as { sessions: { device: object; current: boolean }[] };
      const first = { ...sessions[0], current: false, ip: name, device: { name, type: name } };
      await route.fulfill({ response: reply, json: { sessions: [...sessions, { ...first, sid: "x" }] } });
    });
    await page.reload();
    await rows(page).getByText("{{7*7}}").first().waitFor();
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await rows(page).last().locator('[data-slot="device-name"]').textContent()).toBe(name);
    expect(await faults(page)).toEqual([]);
  });

  it("speak another language, with its times", async () => {
    await browser.visitAs(ada, site.url);
    const { page, context } = await browser.visitAs(ada, site.url);
    await page.goto(`${site.url}/?locale=de`);
    await context.route("**/auth/sessions", async (route) => {
      const reply = await route.fetch();
      const { sessions } = (await reply.json()) as { sessions: object[] };
      const lastSeenAt = new Date(Date.now() - 2.5 * 3_600_000).toISOString();
      await route.fulfill({
        response: reply,
        json: { sessions: sessions.map((one) => ({ ...one, lastSeenAt })) },
      });
    });
    await page.reload();
    await page.getByRole("region", { name: "Wo Sie angemeldet sind" }).waitFor();
    await rows(page).first().getByText("Aktiv vor 2 Stunden").waitFor();
  });

  it("sign out from the menu of the user, by keyboard alone", async () => {
    const { page } = await browser.visitAs(ada, site.url);
    await rows(page).first().waitFor();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Account of Ada Lovelace");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    expect(await focused(page)).toBe("Account of Ada Lovelace");
    await page.keyboard.press("Space");
    for (let i = 0; i < 2; i += 1) await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Sign out");
    await page.keyboard.press("Enter");
    await page.locator("#signed-out").waitFor();
  });

  it("say who is acted as, and lead back", async () => {
    const { page, context } = await browser.visitAs(admin, site.url);
    const list = (await (await context.request.get(`${site.url}/auth/session`)).json()) as {
      user: { id: string };
    };
    const { userId } = await adaOf();
    const reply = await context.request.post(`${site.url}/auth/impersonate`, {
      data: { userId, reason: "to help" },
      headers: { Origin: site.url },
    });
    expect(reply.status(), await reply.text()).toBe(200);
    expect(list.user.id).not.toBe(userId);
    await page.reload();
    await page.getByRole("region", { name: "You are acting as Ada Lovelace." }).waitFor();
    expect(await faults(page)).toEqual([]);
    await picture(page, `${react}-acting`);
    await page.getByRole("button", { name: "Stop acting" }).click();
    await page.getByRole("heading", { name: "Hello, Grace Hopper" }).waitFor();
    expect(await page.locator('[data-sojourn="impersonation-banner"]').count()).toBe(0);
  });

  async function adaOf(): Promise<{ readonly userId: string }> {
    const { context } = await browser.visitAs(ada, site.url);
    const reply = await context.request.get(`${site.url}/auth/session`);
    return ((await reply.json()) as { session: { userId: string } }).session;
  }

  describe("at the end of a session", () => {
    it("let the user stay in all tabs, and sign out in all when nobody is there", async () => {
      const { page, context } = await browser.visitAs(ada, site.url);
      const other = await context.newPage();
      await page.goto(`${site.url}/?idle=6s&warn=4s`);
      await other.goto(page.url());
      const warning = (at: Page) => at.getByRole("alertdialog", { name: "Are you still there?" });
      await warning(page).waitFor();
      await warning(other).waitFor();
      await page.getByRole("button", { name: "Stay signed in" }).click();
      await warning(page).waitFor({ state: "hidden" });
      await warning(other).waitFor({ state: "hidden" });
      for (const at of [page, other]) {
        await at.getByRole("alertdialog", { name: "You have been signed out" }).waitFor();
        await at.locator("#signed-out").waitFor();
      }
      expect(await faults(page)).toEqual([]);
      await picture(page, `${react}-over`);
    });

    it.each(["mouse", "Space", "Enter"])("sign out at once where the user wants that, by %s", async (by) => {
      const { page } = await browser.visitAs(ada, site.url);
      await page.goto(`${site.url}/?idle=60s&warn=59s`);
      const warning = page.getByRole("alertdialog", { name: "Are you still there?" });
      const button = warning.getByRole("button", { name: "Sign out" });
      await button.waitFor();
      if (by === "mouse") {
        // As long as people press, which is long enough for the press itself to end the warning.
        await button.click({ delay: 400 });
      } else {
        await button.focus();
        await page.keyboard.press(by, { delay: 400 });
      }
      await page.locator("#signed-out").waitFor();
      await warning.waitFor({ state: "hidden" });
    });
  });

  it.runIf(react === 19)("take the form before, and without, any script", async () => {
    const { page } = await browser.visit(site.url, { javaScriptEnabled: false });
    await page.getByLabel("E-mail address").fill(ada.email);
    await page.getByLabel("Password").fill(ada.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/welcome");
  });
});
