import { cpSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { adapterContract } from "sojourn/testing";
import { buildNext, type NextApp, startNext } from "./next-app.ts";
import { openBrowser, type TestBrowser } from "./visitors.ts";

const root = join(import.meta.dirname, "..");

/** Puts the app where the packages of one version of Next.js are found. */
function place(version: number): void {
  const at = join(root, `examples/next-${version}/.contract`);
  rmSync(at, { recursive: true, force: true });
  cpSync(join(import.meta.dirname, "next-contract"), at, { recursive: true });
  if (version < 16) {
    renameSync(join(at, "proxy.ts"), join(at, "middleware.ts"));
    const source = [
      'import { createProxy } from "sojourn/next/proxy";',
      'import { auth } from "./lib/auth";',
      'export const middleware = createProxy({ auth, protect: ["/private"], signIn: "/sign-in" });',
      'export const config = { runtime: "nodejs", matcher: "/private/:path*" };',
    ];
    writeFileSync(join(at, "middleware.ts"), source.join("\n"));
  }
}

interface SignedUp {
  readonly user: { readonly id: string };
  readonly session: { readonly sid: string };
  readonly cookie: string;
}

async function signUp({ url }: NextApp, email: string): Promise<SignedUp> {
  const reply = await fetch(`${url}/auth/sign-up/password`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ email, password: "correct horse battery" }),
  });
  const cookies = reply.headers.getSetCookie().map((one) => one.split(";", 1)[0]);
  return { ...((await reply.json()) as Omit<SignedUp, "cookie">), cookie: cookies.join("; ") };
}

const versions = [16, 15];
const folders = versions.map((version) => `examples/next-${version}/.contract`);
let browser: TestBrowser;
beforeAll(async () => {
  for (const version of versions) place(version);
  await Promise.all(folders.map((folder) => buildNext(folder)));
  browser = await openBrowser();
}, 240_000);
afterAll(async () => {
  await browser.close();
  for (const folder of folders) rmSync(join(root, folder), { recursive: true, force: true });
});

describe.each(versions)("Next.js %s", (version) => {
  let app: NextApp;
  beforeAll(async () => {
    app = await startNext(`examples/next-${version}/.contract`);
  });
  afterAll(() => app.stop());

  adapterContract({
    name: `Next.js ${version}`,
    describe,
    it,
    afterAll,
    serve: () => Promise.resolve({ origin: app.url, close: () => {} }),
  });

  it("tells the app who is signed in, whatever a client claims, and tells nobody else", async () => {
    const { user, session, cookie } = await signUp(app, `seen-${version}@example.com`);
    const claims = {
      "x-user-id": "admin",
      "x-session-id": "1",
      "x-session-kind": "agent",
      "x-actor-id": "root",
      "x-sojourn-path": "/elsewhere",
      "x-sojourn-renewed": "1",
      "x-middleware-request-x-user-id": "admin",
      "x-middleware-override-headers": "x-user-id",
    };
    const answer = await app.send("/private/seen?a=1", { ...claims, cookie });
    expect(JSON.parse(answer.text)).toEqual({
      "x-user-id": user.id,
      "x-session-id": session.sid,
      "x-session-kind": "user",
      "x-actor-id": user.id,
      "x-sojourn-path": "/private/seen?a=1",
      "x-sojourn-renewed": null,
    });
    expect(Object.keys(answer.headers).filter((name) => name in claims)).toEqual([]);
    expect((await app.send("/private/seen", claims)).status).toBe(401);
  });

  describe("a server action", () => {
    afterEach(async () => {
      expect(await browser.sendHome()).toEqual([]);
    });

    it.each([true, false])("signs in, with a script: %s", async (javaScriptEnabled) => {
      const made = await fetch(`${app.url}/auth/sign-up/password`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: app.url },
        body: JSON.stringify({
          email: `${javaScriptEnabled}@example.com`,
          password: "correct horse battery",
        }),
      });
      const { user } = (await made.json()) as { user: { id: string } };
      const { page, context } = await browser.visit(`${app.url}/sign-in`, { javaScriptEnabled });
      await page.locator('[name="userId"]').fill(user.id);
      await page.locator('[name="remember"]').check();
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText(`signed in as ${user.id}`).waitFor();
      const cookies = await context.cookies();
      expect(
        cookies.map(({ name, httpOnly, sameSite }) => `${name} ${httpOnly} ${sameSite}`).toSorted(),
      ).toEqual(["sojourn true Lax", "sojourn-hint false Lax", "sojourn-refresh true Lax"]);
      expect(cookies.every(({ expires }) => expires > Date.now() / 1000)).toBe(true);
    });
  });
});
