import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { greeting, isMarked, mark, newAccount, notice, signInForm, signUp } from "./demo-page.ts";
import { type DemoServer, startDemo, strategies } from "./demo-server.ts";
import { openBrowser, type TestBrowser } from "./visitors.ts";

let browser: TestBrowser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.each(strategies)("a session that runs out (%s)", (strategy) => {
  let demo: DemoServer;
  beforeAll(async () => {
    demo = await startDemo(strategy, [
      "--idle-timeout",
      "3",
      "--absolute-timeout",
      "6",
      "--access-token-ttl",
      "4",
    ]);
  });
  afterAll(() => demo.remove());
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  it("ends while its user is away, although the open page keeps asking, and says why", async () => {
    const { page } = await browser.visit(demo.url);
    await signUp(page, newAccount());
    await mark(page);
    await signInForm(page).waitFor({ timeout: 6000 });
    await expect
      .poll(() => notice(page).textContent())
      .toContain("You were away for longer than a session lasts.");
    expect(await isMarked(page)).toBe(true);
  });

  it("says why also where another request has been told so, and with it taken the cookie away", async () => {
    const { page } = await browser.visit(demo.url);
    await page.route(/\/auth\/(sessions|refresh)$/, async (route) => {
      const response = await route.fetch();
      if (response.status() !== 401) return route.fulfill({ response });
      await route.fulfill({ status: 401, json: { status: 401, code: "unauthenticated", detail: "" } });
    });
    await signUp(page, newAccount());
    await signInForm(page).waitFor({ timeout: 6000 });
    await expect
      .poll(() => notice(page).textContent())
      .toContain("You were away for longer than a session lasts.");
  });

  it("lasts longer for a user who is there, but not past its absolute end", async () => {
    const { page, expectFailed } = await browser.visit(demo.url);
    expectFailed("/auth/touch");
    const startedAt = Date.now();
    await signUp(page, newAccount());
    while (await greeting(page).isVisible()) {
      await page
        .getByRole("button", { name: "I’m here" })
        .click({ timeout: 500 })
        .catch(() => {});
    }
    const lasted = Date.now() - startedAt;
    expect(lasted).toBeGreaterThan(5000);
    expect(lasted).toBeLessThan(9000);
    await expect.poll(() => notice(page).textContent()).toContain("This session reached its longest life.");
  });
});
