import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Account, greeting, newAccount, notice, signIn, signInForm, signUp } from "./demo-page.ts";
import { type DemoServer, startDemo, strategies } from "./demo-server.ts";
import { openBrowser, type TestBrowser, type Visitor } from "./visitors.ts";

let browser: TestBrowser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.each(strategies)("signing in (%s)", (strategy) => {
  let demo: DemoServer;
  let ada: Account;

  beforeAll(async () => {
    demo = await startDemo(strategy);
    ada = newAccount();
  });
  afterAll(() => demo.remove());
  afterEach(async () => {
    expect(await browser.sendHome()).toEqual([]);
  });

  it("lasts over a reload and over a restart of the server", async () => {
    const { page } = await browser.visit(demo.url);
    await signUp(page, ada);
    await page.reload();
    await greeting(page).waitFor();
    await page.goto("about:blank");
    await demo.stop();
    await demo.start();
    await page.goto(demo.url);
    await greeting(page).waitFor();
  });

  it("says beside the field that the password is wrong, and lets the visitor try again", async () => {
    const { page, expectFailed } = await browser.visit(demo.url);
    expectFailed("/auth/sign-in/password");
    await page.getByLabel("E-mail address").fill(ada.email);
    const password = page.getByLabel("Password", { exact: true });
    await password.fill("not my password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("The e-mail address or password is wrong.").waitFor();
    expect(await password.getAttribute("aria-invalid")).toBe("true");
    expect(await password.getAttribute("aria-describedby")).toContain("password-error");
    expect(await password.evaluate((input) => input === document.activeElement)).toBe(true);
    await signIn(page, ada);
    expect(await page.locator("#password-error").textContent()).toBe("");
  });

  it("keeps tokens from scripts, and after the browser closes only if the visitor wants that", async () => {
    const passing = await browser.visit(demo.url);
    await signIn(passing.page, ada);
    for (const cookie of await passing.context.cookies()) expect(cookie.expires).toBe(-1);

    const staying = await browser.visit(demo.url);
    const reply = staying.page.waitForResponse("**/auth/sign-in/password");
    await signIn(staying.page, ada, true);
    const month = 30 * 86_400;
    for (const line of await setCookies(await reply)) {
      const maxAge = Number(/; Max-Age=(\d+)/.exec(line)?.[1]);
      expect(maxAge).toBeGreaterThan(month - 60);
      expect(maxAge).toBeLessThanOrEqual(month);
    }
    expect(await staying.page.locator("#remembered").textContent()).toContain("Yes");
    await expectTokensOutOfReach(staying);
  });

  /** No script of the page can read a token: not from a cookie, not from storage, not from what is shown. */
  async function expectTokensOutOfReach({ page, context }: Visitor): Promise<void> {
    const cookies = await context.cookies();
    const names = strategy === "hybrid" ? ["sojourn", "sojourn-refresh"] : ["sojourn"];
    const tokens = cookies.filter(({ name }) => name !== "sojourn-hint");
    expect(tokens.map(({ name }) => name).toSorted()).toEqual(names);
    for (const cookie of tokens) expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
    const readable = await page.evaluate(() => [
      document.cookie,
      ...Object.values(localStorage),
      ...Object.values(sessionStorage),
    ]);
    // It says that there is a session, and nothing else.
    expect(readable).toEqual(["sojourn-hint=1"]);
    const shown = await page.content();
    for (const { value } of tokens) expect(shown).not.toContain(value);
  }

  it("ends with the visitor's own word, and says so", async () => {
    const { page } = await browser.visit(demo.url);
    await signIn(page, ada);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await signInForm(page).waitFor();
    expect(await notice(page).textContent()).toBe("You signed out.");
    expect(await page.context().cookies()).toEqual([]);
    await page.reload();
    await signInForm(page).waitFor();
  });
});

/** @returns the values of all Set-Cookie headers, of which there is one at least. */
async function setCookies(response: {
  headersArray(): Promise<{ name: string; value: string }[]>;
}): Promise<string[]> {
  const headers = await response.headersArray();
  const values = headers.filter(({ name }) => name.toLowerCase() === "set-cookie").map(({ value }) => value);
  expect(values.length).toBeGreaterThan(0);
  return values;
}
