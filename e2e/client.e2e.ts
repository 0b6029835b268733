import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, type BrowserServer, chromium, type Page } from "playwright-core";
import type { Client } from "sojourn/client";
import type { Session, StoredUser } from "sojourn";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "./chromium.ts";
import { type ClientSite, startClientSite } from "./client-site.ts";
import { strategies } from "./demo-server.ts";

/** What the page's script puts there. */
interface ClientWindow {
  readonly client: Client<StoredUser, Session>;
  readonly expired: (string | null)[];
  look(): () => void;
  unlook(): void;
}
declare const window: ClientWindow;

/** The product's promise. */
const atOnce = { timeout: 1000 };
const password = "correct horse battery";
let people = 0;
const newcomer = (): string => `ada${(people += 1)}@example.com`;

const flags = ["--no-sandbox", "--disable-gpu"];
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  const executablePath = findChromium();
  if (executablePath === null)
    throw new Error("There is no Chromium here. Install one, or name it in CHROMIUM.");
  browser = await chromium.launch({ executablePath, args: flags });
});
afterAll(() => browser.close());
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

/** One browser with tabs at a site. */
async function visit(site: ClientSite, options: object = {}, without = "nothing") {
  const context = await browser.newContext();
  contexts.push(context);
  context.setDefaultTimeout(10_000);
  if (without === "locks")
    await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
  if (without === "channel")
    await context.addInitScript(() => Reflect.deleteProperty(globalThis, "BroadcastChannel"));
  const query = `options=${encodeURIComponent(JSON.stringify(options))}`;
  const openTab = async (more = ""): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`${site.url}/?${query}${more}`);
    await page.waitForFunction(() => "client" in window);
    return page;
  };
  return { context, openTab };
}

const says = (page: Page, text: string, options?: object): Promise<void> =>
  page.locator("#who", { hasText: new RegExp(`^${text.replaceAll(".", "\\.")}$`) }).waitFor(options);
const signUp = (page: Page, email: string): Promise<boolean> =>
  page.evaluate(async (account) => (await window.client.signUp("password", { ...account, name: "Ada" })).ok, {
    email,
    password,
  });
const signIn = (page: Page, email: string): Promise<boolean> =>
  page.evaluate(async (account) => (await window.client.signIn("password", account)).ok, { email, password });
const signOut = (page: Page): Promise<boolean> =>
  page.evaluate(async () => (await window.client.signOut()).ok);
const mark = (page: Page): Promise<void> => page.evaluate(() => void Object.assign(window, { marked: true }));
const isMarked = (page: Page): Promise<boolean> => page.evaluate(() => "marked" in window);

describe.each(strategies)("clients of a %s site", (strategy) => {
  let site: ClientSite;
  beforeAll(async () => {
    site = await startClientSite(strategy);
  });
  afterAll(() => site.remove());

  it.each([
    ["cookie", "nothing"],
    ["header", "nothing"],
    ["cookie", "locks"],
    ["header", "locks"],
    ["cookie", "channel"],
    ["header", "channel"],
  ] as const)(
    "with %s transport sign in and out in all tabs at once, without %s",
    async (transport, without) => {
      const { openTab } = await visit(site, { transport }, without);
      const tabs = [await openTab(), await openTab(), await openTab()] as const;
      const email = newcomer();
      for (const tab of tabs) await says(tab, "signed-out");
      await Promise.all(tabs.map((tab) => mark(tab)));
      expect(await signUp(tabs[0], email)).toBe(true);
      for (const tab of tabs) await says(tab, email, atOnce);
      // What they tell each other takes nothing away that they have in common.
      for (const tab of tabs)
        expect(await tab.evaluate(async () => (await window.client.getSession()).ok)).toBe(true);
      for (const tab of tabs)
        expect(await tab.evaluate(async () => (await window.client.sessions.list()).data?.length)).toBe(1);
      await signOut(tabs[1]);
      for (const tab of tabs) await says(tab, "signed-out", atOnce);
      expect(await signIn(tabs[2], email)).toBe(true);
      for (const tab of tabs) await says(tab, email, atOnce);
      for (const tab of tabs) {
        expect(await isMarked(tab)).toBe(true);
        expect(await tab.evaluate(() => window.expired)).toEqual([]);
      }
    },
  );

  it.each(["cookie", "header"] as const)(
    "with %s transport learn at once of a session that was ended elsewhere",
    async (transport) => {
      const here = await visit(site, { transport });
      const there = await visit(site, { transport });
      const tabs = [await here.openTab(), await here.openTab()] as const;
      const desk = await there.openTab();
      const email = newcomer();
      await signUp(tabs[0], email);
      await says(tabs[1], email);
      await signIn(desk, email);
      await says(desk, email);
      expect(await desk.evaluate(async () => (await window.client.sessions.list()).data?.length)).toBe(2);
      // The stream of the tab that listens is open.
      await expect
        .poll(() => site.asked().filter((name) => name === "GET /events").length)
        .toBeGreaterThan(0);
      await tabs[0].waitForTimeout(500);
      expect(await desk.evaluate(async () => (await window.client.sessions.revokeOthers()).data)).toEqual({
        ended: 1,
      });
      for (const tab of tabs) await says(tab, "signed-out", atOnce);
      for (const tab of tabs) expect(await tab.evaluate(() => window.expired)).toEqual(["revoked"]);
      await says(desk, email);
    },
  );

  it.each(["cookie", "header"] as const)(
    "with %s transport keep their state while the server is away",
    async (transport) => {
      const { openTab } = await visit(site, { transport });
      const page = await openTab();
      const email = newcomer();
      await signUp(page, email);
      await site.stop();
      expect(await page.evaluate(async () => (await window.client.getSession()).error?.code)).toBe(
        "unreachable",
      );
      await says(page, email);
      expect(await page.locator("#error").textContent()).toBe("unreachable");
      await page.waitForTimeout(1500);
      await site.start();
      await page.locator("#error", { hasText: /^$/ }).waitFor({ state: "attached" });
      await says(page, email);
      expect(await page.evaluate(() => window.expired)).toEqual([]);
    },
  );

  it("show nothing private when one goes back after signing out", async () => {
    const { openTab } = await visit(site);
    const page = await openTab();
    const email = newcomer();
    await signUp(page, email);
    await page.getByRole("link", { name: "Elsewhere" }).click();
    await page.waitForURL("**/elsewhere");
    await signOut(page);
    await says(page, "signed-out");
    await page.evaluate((shown) => sessionStorage.setItem("look for", shown), email);
    await page.addInitScript(() => {
      const found = (): boolean =>
        document.body?.textContent.includes(sessionStorage.getItem("look for") ?? "?") ?? false;
      new MutationObserver(() => found() && sessionStorage.setItem("seen", "yes")).observe(document, {
        childList: true,
        subtree: true,
        characterData: true,
      });
    });
    await page.goBack();
    await says(page, "signed-out");
    expect(await page.evaluate(() => sessionStorage.getItem("seen"))).toBeNull();
  });

  it("keep to their budget of requests", async () => {
    const { openTab } = await visit(site, { events: false, refetchInterval: "3s" });
    site.asked();
    const visitor = await openTab();
    await visitor.waitForTimeout(4000);
    expect(site.asked()).toEqual([]);
    const email = newcomer();
    await signUp(visitor, email);
    await visitor.close();
    site.asked();
    const loaded = await openTab();
    await says(loaded, email);
    expect(site.asked()).toEqual(["GET /session"]);
    await loaded.evaluate(() => {
      for (let mount = 0; mount < 5; mount += 1) {
        window.unlook();
        window.unlook = window.look();
      }
    });
    await says(loaded, email);
    await loaded.close();
    expect(site.asked()).toEqual([]);
    const tabs = await Promise.all([1, 2, 3, 4, 5].map(() => openTab("&snapshot")));
    for (const tab of tabs) await says(tab, email);
    expect(site.asked()).toEqual([]);
    await tabs[0]?.waitForTimeout(7500);
    // Five that asked for themselves would make ten.
    const looks = site.asked().filter((name) => name === "GET /session").length;
    expect(looks).toBeGreaterThanOrEqual(2);
    expect(looks).toBeLessThanOrEqual(4);
  });
});

describe("a redirect that leaves the site", () => {
  it("takes no token along", async () => {
    const site = await startClientSite("stateful");
    const seen: IncomingHttpHeaders[] = [];
    const elsewhere = createServer(({ method, headers }, response) => {
      if (method !== "OPTIONS") seen.push(headers);
      response.writeHead(200, {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "authorization, x-seen",
      });
      response.end("here");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    try {
      const { openTab } = await visit(site, { transport: "header" });
      const page = await openTab();
      await signUp(page, newcomer());
      const to = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
      const reply = await page.evaluate(async (address) => {
        const headers = { "x-seen": "yes" };
        const response = await window.client.fetch(`/leave?to=${encodeURIComponent(address)}`, { headers });
        return response.text();
      }, to);
      expect(reply).toBe("here");
      expect(seen).toEqual([expect.objectContaining({ "x-seen": "yes" })]);
      expect(seen[0]?.authorization).toBe(undefined);
    } finally {
      await new Promise((resolve) => elsewhere.close(resolve));
      await site.remove();
    }
  });
});

describe("ten tabs that wake from sleep", () => {
  let machine: BrowserServer;
  let awake: Browser;
  /** Stops the browser with all its processes, or lets them go on: timers then fire together, all of them late. */
  const signal = (name: "SIGSTOP" | "SIGCONT"): boolean => process.kill(-Number(machine.process().pid), name);
  beforeAll(async () => {
    machine = await chromium.launchServer({ executablePath: findChromium() ?? "", args: flags });
    awake = browser;
    browser = await chromium.connect(machine.wsEndpoint());
  });
  afterAll(async () => {
    await machine.close();
    browser = awake;
  });

  it.each([
    ["cookie", "nothing"],
    ["header", "nothing"],
    ["cookie", "locks"],
  ] as const)("renew once, with %s transport and without %s", async (transport, without) => {
    const site = await startClientSite("hybrid", "16s");
    try {
      const { openTab } = await visit(site, { transport, events: false }, without);
      const first = await openTab();
      const email = newcomer();
      await signUp(first, email);
      const tabs = [first, ...(await Promise.all(Array.from({ length: 9 }, () => openTab())))];
      for (const tab of tabs) await says(tab, email);
      site.asked();
      signal("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 17_000));
      const asleep = site.asked();
      signal("SIGCONT");
      await new Promise((resolve) => setTimeout(resolve, 4000));
      const asked = site.asked();
      expect(asleep).toEqual([]);
      const refreshed = asked.filter((name) => name === "POST /refresh").length;
      expect(refreshed).toBe(1);
      for (const tab of tabs) await says(tab, email);
    } finally {
      await site.remove();
    }
  });
});
