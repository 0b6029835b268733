import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { devices, greeting, newAccount, signUp } from "./demo-page.ts";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { openBrowser, type TestBrowser } from "./visitors.ts";

const hostileName = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;
/** What stands before the slash would be taken for the browser's name, if that were believed. */
const hostileAgent = `<img src=x onerror=alert(3)>/1.0 (x)`;
const hostileDevice = `<img src=x onerror=alert(4)>`;

describe("what strangers choose", () => {
  let browser: TestBrowser;
  let demo: DemoServer;
  beforeAll(async () => {
    browser = await openBrowser();
    demo = await startDemo("stateful");
  });
  afterAll(async () => {
    await browser.close();
    await demo.remove();
  });
  afterEach(async () => {
    // A script that ran would have opened a dialog; one that the policy stopped would have left a warning.
    expect(await browser.sendHome()).toEqual([]);
  });

  it("is shown as the text it is: names and user agents", async () => {
    const mallory = newAccount(hostileName);
    const other = await browser.visit(demo.url, { userAgent: hostileAgent });
    await signUp(other.page, mallory);
    const { page, context } = await browser.visitAs(mallory, demo.url);
    const row = devices(page).nth(1);
    await row.waitFor();
    expect(await row.locator(".device-name").textContent()).toBe("Unknown device");

    // The server names no device by such a user agent; the page is safe even if it did.
    await context.route("**/auth/sessions", async (route) => {
      const reply = await route.fetch();
      const list = (await reply.json()) as { sessions: { device: { name: string } }[] };
      for (const { device } of list.sessions) device.name = hostileDevice;
      await route.fulfill({ response: reply, json: list });
    });
    await page.reload();
    await greeting(page, hostileName).waitFor();
    expect(await row.locator(".device-name").textContent()).toBe(hostileDevice);
    await row.getByRole("button").click();
    expect(await page.locator("#confirm-title").textContent()).toBe(`Sign out ${hostileDevice}?`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Call /api/hello" }).click();
    await page.locator("#hello-answer", { hasText: hostileName }).waitFor();
    await context.unrouteAll({ behavior: "wait" });
    expect(await page.locator("main img, main script, dialog img").count()).toBe(0);
  });

  it("never makes the page wider than a phone", async () => {
    const long = newAccount("W".repeat(200));
    const { page } = await browser.visit(demo.url, {
      viewport: { width: 360, height: 740 },
      userAgent: `${"M".repeat(120)}/1.0 (x)`,
    });
    expect(await widestPoint(page)).toBeLessThanOrEqual(360);
    await signUp(page, long);
    await devices(page).first().waitFor();
    expect(await widestPoint(page)).toBeLessThanOrEqual(360);
  });
});

function widestPoint(page: { evaluate<T>(run: () => T): Promise<T> }): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth);
}
