import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { greeting, newAccount, signUp } from "./demo-page.ts";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { openBrowser, type TestBrowser } from "./visitors.ts";

/** Seconds. */
const ttl = 3;

describe("access tokens that run out (hybrid)", () => {
  let browser: TestBrowser;
  let demo: DemoServer;
  beforeAll(async () => {
    browser = await openBrowser();
    demo = await startDemo("hybrid", ["--access-token-ttl", String(ttl)]);
  });
  afterAll(async () => {
    await browser.close();
    await demo.remove();
  });
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  it("are renewed by an open page before they do", async () => {
    const { page, context } = await browser.visit(demo.url);
    await signUp(page, newAccount());
    const first = await accessToken(context);
    await expect.poll(() => accessToken(context), { timeout: 10_000 }).not.toBe(first);
    const next = claimsOf(await accessToken(context));
    expect(next.counter).toBe(1);
    expect(next.iat).toBeLessThan(claimsOf(first).exp);
  });

  it("are counted down, and wait for a user who only left the page open", async () => {
    const { page, context } = await browser.visit(demo.url);
    await signUp(page, newAccount());
    const left = page.locator("#token-left");
    const note = page.locator("#token-note");
    expect(await left.textContent()).toMatch(/^0:0[1-3]$/);
    expect(await note.textContent()).toBe("It lives for 3 seconds here, so that you can watch it.");
    // The first renewal follows signing in, which was something done; for the next one nothing was.
    await note.getByText("It is renewed as soon as you do something here.").waitFor();
    expect(await left.textContent()).toBe("0:00");
    const before = await accessToken(context);
    await page.mouse.click(1, 1);
    await expect.poll(() => accessToken(context)).not.toBe(before);
    await note.getByText("It lives for 3 seconds here").waitFor();
  });

  it("leave nobody signed out who comes back later", async () => {
    const { page, context } = await browser.visit(demo.url);
    await signUp(page, newAccount());
    await page.goto("about:blank");
    await untilExpired(await accessToken(context));
    const answer = page.waitForResponse("**/auth/session");
    await page.goto(demo.url);
    // The first read answers from the refresh token alone; nothing has been renewed yet.
    expect(await (await answer).json()).toMatchObject({ user: { name: "Ada Lovelace" } });
    await greeting(page).waitFor();
  });

  it("leave nobody signed out when ten tabs come back at the same moment", async () => {
    const { page, context, openTab } = await browser.visit(demo.url);
    await signUp(page, newAccount());
    const tabs = [page, ...(await Promise.all(Array.from({ length: 9 }, openTab)))];
    await Promise.all(tabs.map((tab) => tab.goto("about:blank")));
    await untilExpired(await accessToken(context));

    const answers: string[] = [];
    context.on("response", (response) => {
      if (response.url().includes("/auth/"))
        answers.push(`${new URL(response.url()).pathname} ${response.status()}`);
    });
    await Promise.all(tabs.map((tab) => tab.goto(demo.url)));
    await Promise.all(tabs.map((tab) => greeting(tab).waitFor()));
    // One of them renews for all. If they did not agree on that, all ten would.
    await expect.poll(() => answers).toContain("/auth/refresh 200");
    const statuses = await Promise.all(tabs.map((tab) => tab.evaluate(renew)));
    expect(statuses).toEqual(Array.from({ length: 10 }, () => 200));
    // Over two more lives of the token, so that the grace of the race is over.
    const settled = Date.now() + 2 * ttl * 1000;
    await expect
      .poll(() => Date.now() > settled && answers.filter((one) => one === "/auth/refresh 200").length >= 10, {
        timeout: 20_000,
      })
      .toBe(true);
    expect(answers.filter((one) => !one.endsWith(" 200"))).toEqual([]);
    for (const tab of tabs) expect(await greeting(tab).isVisible()).toBe(true);
  });
});

/** Renews from within a page, without asking the other tabs. @returns the status. */
async function renew(): Promise<number> {
  const headers = { "Content-Type": "application/json" };
  return (await fetch("/auth/refresh", { method: "POST", headers, body: "{}" })).status;
}

type Cookies = { cookies(): Promise<{ name: string; value: string }[]> };

async function accessToken(context: Cookies): Promise<string> {
  return (await context.cookies()).find(({ name }) => name === "sojourn")?.value ?? "";
}

/** Times are in seconds since the epoch. */
interface Claims {
  readonly iat: number;
  readonly exp: number;
  readonly counter: number;
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Claims;
}

async function untilExpired(token: string): Promise<void> {
  const { exp } = claimsOf(token);
  await expect.poll(() => Date.now() / 1000 > exp, { timeout: 10_000 }).toBe(true);
}
