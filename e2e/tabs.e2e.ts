import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  answerDialog,
  devices,
  greeting,
  isMarked,
  mark,
  newAccount,
  notice,
  signIn,
  signInForm,
  signUp,
  wasSignedOut,
} from "./demo-page.ts";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { type SlowNetwork, slowNetwork } from "./slow-network.ts";
import { openBrowser, type TestBrowser, type Visitor } from "./visitors.ts";

/** The product's promise. */
const atOnce = { timeout: 1000 };
const ada = newAccount();

describe("the tabs of one browser", () => {
  let browser: TestBrowser;
  let demo: DemoServer;
  let network: SlowNetwork;
  let phone: Visitor;

  beforeAll(async () => {
    browser = await openBrowser();
    demo = await startDemo("stateful");
    network = await slowNetwork(demo.url);
    const { page } = await browser.visit(demo.url);
    await signUp(page, ada);
  });
  afterAll(async () => {
    await browser.close();
    network.close();
    await demo.remove();
  });
  beforeEach(async () => {
    phone = await browser.visitAs(ada, demo.url);
  });
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  it("all learn of the end of their session, also when the first of them is closed", async () => {
    const second = await phone.openTab();
    await mark(second);
    // The tab that is left opens its own stream as soon as the other one is gone.
    const stream = second.waitForRequest("**/auth/events");
    await phone.page.close();
    await stream;
    const desk = await browser.visitAs(ada, demo.url);
    await devices(desk.page).nth(1).waitFor();
    await desk.page.getByRole("button", { name: "Sign out all others" }).click();
    await answerDialog(desk.page);
    await signInForm(second).waitFor(atOnce);
    expect(await notice(second).textContent()).toBe("This device was signed out from another one.");
    expect(await isMarked(second)).toBe(true);
  });

  it("share one event stream, so that many of them do not use up the browser's connections", async () => {
    let streams = 0;
    phone.context.on("request", (request) => {
      if (request.url().endsWith("/auth/events")) streams += 1;
    });
    // A browser opens six connections to one server of HTTP/1.1; with a stream each, the seventh tab would hang.
    for (let i = 0; i < 7; i += 1) await greeting(await phone.openTab()).waitFor();
    // The first tab's own may have opened only now.
    expect(streams).toBeLessThanOrEqual(1);
  });

  it("sign in and out together", async () => {
    const first = phone.page;
    const second = await phone.openTab();
    await mark(second);
    await first.getByRole("button", { name: "Sign out", exact: true }).click();
    await signInForm(first).waitFor();
    await signInForm(second).waitFor(atOnce);
    expect(await notice(second).textContent()).toBe("You signed out.");
    await signIn(first, ada);
    await greeting(second).waitFor(atOnce);
    expect(await isMarked(second)).toBe(true);
  });

  it("stay signed in while one of them changes the password over a slow network", async () => {
    const grace = newAccount();
    const { context, page, openTab } = await browser.visit(network.url);
    await signUp(page, grace);
    const second = await openTab();
    await Promise.all([mark(page), mark(second)]);
    const letGo = network.hold("/auth/change-password");
    // The old session is over, and its tabs hear so before the new cookie is here: they look again, and again.
    let looks = 0;
    context.on("response", (response) => {
      if (response.url().endsWith("/auth/session")) looks += 1;
    });
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByLabel("Current password").fill(grace.password);
    await page.getByLabel("New password", { exact: true }).fill("an even finer one");
    await page.locator("#password-submit").click();
    await expect.poll(() => looks, { timeout: 4000 }).toBeGreaterThan(5);
    letGo();
    await page.getByText("Your password is changed.").waitFor();
    const now = await page.locator("#sid").textContent();
    await expect.poll(() => second.locator("#sid").textContent()).toBe(now);
    for (const tab of [page, second]) expect(await wasSignedOut(tab)).toBe(false);
  });
});
