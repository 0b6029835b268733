import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  devices,
  greeting,
  isMarked,
  mark,
  newAccount,
  signInForm,
  signOutTheOther,
  signUp,
} from "./demo-page.ts";
import { type DemoServer, startDemo, strategies } from "./demo-server.ts";
import { openBrowser, type TestBrowser } from "./visitors.ts";

let browser: TestBrowser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.each(strategies)("a server that goes away (%s)", (strategy) => {
  let demo: DemoServer;
  beforeAll(async () => {
    demo = await startDemo(strategy);
  });
  afterAll(() => demo.remove());
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  it("signs nobody out, and all works again when it is back", async () => {
    const ada = newAccount();
    const desk = await browser.visit(demo.url);
    await signUp(desk.page, ada);
    const phone = await browser.visitAs(ada, demo.url);
    const asked = [
      "/auth/session",
      "/auth/sessions",
      "/auth/events",
      "/auth/touch",
      "/auth/refresh",
      "/api/demo",
    ];
    for (const visitor of [desk, phone]) visitor.expectFailed(...asked);
    await mark(phone.page);
    await demo.stop();

    const banner = phone.page.getByText("The server cannot be reached. You are still signed in.");
    await banner.waitFor();
    expect(await greeting(phone.page).isVisible()).toBe(true);
    // An act says that it did not work, and changes nothing.
    await phone.page.getByRole("button", { name: "I’m here" }).click();
    await phone.page
      .locator("#toast", { hasText: "The server cannot be reached. Try again in a moment." })
      .waitFor();
    expect(await greeting(phone.page).isVisible()).toBe(true);

    await demo.start();
    await banner.waitFor({ state: "hidden" });
    await desk.page.locator("#offline:empty").waitFor({ state: "attached" });
    expect(await greeting(phone.page).isVisible()).toBe(true);
    expect(await isMarked(phone.page)).toBe(true);

    // The page listens again: what happens elsewhere reaches it.
    await devices(desk.page).nth(1).waitFor();
    await signOutTheOther(desk.page);
    await signInForm(phone.page).waitFor({ timeout: 3000 });
    expect(await isMarked(phone.page)).toBe(true);
  });
});
