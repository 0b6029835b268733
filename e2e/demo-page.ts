import type { Locator, Page } from "playwright-core";

/** An account of the demo. */
export interface Account {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

let made = 0;

/** An account that nobody else has. */
export function newAccount(name = "Ada Lovelace"): Account {
  made += 1;
  return { name, email: `ada-${made}@example.com`, password: "a fine password" };
}

/** Makes the account from the page and waits until it is signed in. */
export async function signUp(page: Page, { name, email, password }: Account): Promise<void> {
  await page.getByRole("radio", { name: "Create account" }).check({ force: true });
  await page.getByLabel("Name", { exact: true }).fill(name);
  await enter(page, email, password);
  await page.getByRole("button", { name: "Create account" }).click();
  await greeting(page, name).waitFor();
}

/** Signs in from the page and waits until that is done. */
export async function signIn(
  page: Page,
  { name, email, password }: Account,
  remember = false,
): Promise<void> {
  await enter(page, email, password);
  if (remember) await page.getByLabel("Remember me on this device").check();
  await page.getByRole("button", { name: "Sign in" }).click();
  await greeting(page, name).waitFor();
}

async function enter(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
}

/** What a signed-in visitor is greeted with. */
export function greeting(page: Page, name = "Ada Lovelace"): Locator {
  return page.getByRole("heading", { name: `Hello, ${name}`, exact: true });
}

/** The form of a visitor who is not signed in. */
export function signInForm(page: Page): Locator {
  return page.getByRole("form", { name: "Sign in" });
}

/** Why the visitor is signed out, as the page says it. */
export function notice(page: Page): Locator {
  return page.locator("#notice");
}

/** The rows of the list of devices. */
export function devices(page: Page): Locator {
  return page.getByRole("region", { name: "Where you are signed in" }).getByRole("listitem");
}

/** Signs out the other device of a list of two. */
export async function signOutTheOther(page: Page): Promise<void> {
  await devices(page).nth(1).getByRole("button").click();
  await answerDialog(page);
}

/** Says yes in the dialog that asks, and waits for the server to have done it. */
export async function answerDialog(page: Page): Promise<void> {
  const done = page.waitForResponse((response) => response.request().method() !== "GET");
  await page.locator("#confirm-yes").click();
  await done;
}

/** Leaves a trace in the page that a reload would remove, and from now on watches for the signed-out view. */
export async function mark(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.assign(window, { marked: true });
    const view = document.querySelector("#signed-out");
    const look = (): unknown => view?.checkVisibility() && Object.assign(window, { wasSignedOut: true });
    if (view !== null) new MutationObserver(look).observe(view, { attributes: true });
  });
}

/** Whether the marked page showed the signed-out view since, for however short. */
export function wasSignedOut(page: Page): Promise<boolean> {
  return page.evaluate(() => "wasSignedOut" in window);
}

/** Whether the page is still the one that was marked. */
export function isMarked(page: Page): Promise<boolean> {
  return page.evaluate(() => "marked" in window);
}

/** The session's cookies as a Cookie header, as if somebody had copied them. */
export async function cookieHeader(page: Page): Promise<string> {
  const cookies = await page.context().cookies();
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}

/** How the app's own route answers these cookies. @returns the status. */
export async function helloWith(url: string, cookie: string): Promise<number> {
  return (await fetch(new URL("/api/hello", url), { headers: { cookie } })).status;
}
