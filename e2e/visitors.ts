import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findChromium } from "./chromium.ts";
import type { Account } from "./demo-page.ts";

/** A person with a browser of their own: no cookie is shared with another visitor. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Opens the demo in one more tab. */
  openTab(): Promise<Page>;
  /** Chromium reports each refused request as an error of the page; those that a test provokes are expected. */
  expectFailed(...paths: readonly string[]): void;
}

/** The browser of one test file. */
export interface TestBrowser {
  visit(url: string, options?: BrowserContextOptions): Promise<Visitor>;
  /** A visitor who has signed in before. */
  visitAs(
    account: Pick<Account, "email" | "password">,
    url: string,
    options?: BrowserContextOptions,
  ): Promise<Visitor>;
  /** Sends all visitors home. @returns what went wrong on their pages: errors, warnings, breaches of the CSP, dialogs. */
  sendHome(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser. @throws {Error} if this machine has none. */
export async function openBrowser(): Promise<TestBrowser> {
  const executablePath = findChromium();
  if (executablePath === null)
    throw new Error("There is no Chromium here. Install one, or name it in CHROMIUM.");
  const browser = await chromium.launch({ executablePath, args: flags });
  const contexts: BrowserContext[] = [];
  let complaints: string[] = [];
  const open = async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    contexts.push(context);
    return context;
  };
  const complain = (complaint: string): number => complaints.push(complaint);
  return {
    visit: async (url, options) => welcome(await open(options), url, complain),
    async visitAs({ email, password }, url, options) {
      const context = await open(options);
      const reply = await context.request.post(`${url}/auth/sign-in/password`, { data: { email, password } });
      if (!reply.ok()) throw new Error(`Signing in was answered ${reply.status()}: ${await reply.text()}`);
      return welcome(context, url, complain);
    },
    async sendHome() {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      const said = complaints;
      complaints = [];
      return said;
    },
    close: () => browser.close(),
  };
}

/**
 * What a page asks for without being told to. Where its session ends in just that instant it is refused,
 * and rightly so; whether the page then says the right thing is what the tests look at.
 */
const askedByItself: ReadonlySet<string> = new Set(["/auth/sessions", "/auth/events", "/auth/refresh"]);

async function welcome(
  context: BrowserContext,
  url: string,
  complain: (complaint: string) => void,
): Promise<Visitor> {
  context.setDefaultTimeout(10_000);
  const expected = new Set<string>();
  context.on("weberror", (error) => complain(`threw ${error.error()} (${error.page()?.url()})`));
  context.on("dialog", (dialog) => {
    complain(`opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const at = message.location().url;
    const isRefusal = message.text().startsWith("Failed to load resource");
    const path = URL.canParse(at) ? new URL(at).pathname : at;
    if (isRefusal && expected.has(path)) return;
    if (isRefusal && askedByItself.has(path) && message.text().includes("401")) return;
    complain(`${message.type()}: ${message.text()} (${at})`);
  });
  const openTab = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(url);
    // The demo's page says when it knows who is there; a page that a server renders knows from the beginning.
    await page.locator("#signed-in:visible, #signed-out:visible, html[data-rendered]").first().waitFor();
    return page;
  };
  return {
    context,
    page: await openTab(),
    openTab,
    expectFailed: (...paths) => paths.forEach((path) => expected.add(path)),
  };
}
