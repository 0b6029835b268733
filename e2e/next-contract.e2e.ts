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
      'export const config = { runtime: "nodejs", matcher: "/((?!api/|auth/).*)" };',
    ];
    writeFileSync(join(at, "middleware.ts"), source.join("\n"));
  }
}

/** A guarded page, as a router may or may not take it for that. */
const spellings = [
  "/private/bare",
  "/private/bare/",
  "//private/bare",
  "/private//bare",
  "/private/./bare",
  "/x/../private/bare",
  "/x/%2e%2e/private/bare",
  "/auth/../private/bare",
  "/auth/%2e%2e/private/bare",
  "/auth/..%2fprivate/bare",
  "/sign-in/../private/bare",
  "/_next/static/../../private/bare",
  "/_next/static/%2e%2e/%2e%2e/private/bare",
  "/_next/static/..%2f..%2fprivate%2fbare",
  "/%70rivate/bare",
  "/%2570rivate/bare",
  "/private%2fbare",
  "/private%2Fbare",
  "/private/bare%2f",
  "/private/bare%00",
  "/private/bare%20",
  "/PRIVATE/BARE",
  "/Private/bare",
  "/private\\bare",
  "/\\private/bare",
  "/private/bare;a=1",
  "/private;a=1/bare",
  "/private/bare.rsc",
  "/private/bare.prefetch.rsc",
  "/private/bare.segments/_tree.segment.rsc",
  "/private/bare.segments/private/bare/__PAGE__.segment.rsc",
  "/private/bare.json",
  "/private/bare.txt",
  "/private/bare.html",
  "/private/bare.meta",
  "/private/bare?_rsc=1",
  "/private/bare?x=.png",
  "/_next/data/x/private/bare.json",
  "/_next/image?url=%2Fprivate%2Fbare&w=64&q=75",
  "/index/../private/bare",
  "http://localhost/private/bare",
];

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

  describe("a page that the proxy alone guards", () => {
    it("is shown to who is signed in, prerendered as it is, and kept out of caches", async () => {
      const { cookie } = await signUp(app, `bare-${version}@example.com`);
      const { status, headers, text } = await app.send("/private/bare", { cookie });
      expect([status, text.includes("nobody asked")]).toEqual([200, true]);
      expect(headers["x-nextjs-prerender"]).toContain("1");
      expect([headers["cache-control"], headers["cdn-cache-control"]]).toEqual([
        "private, no-store",
        "no-store",
      ]);
    });

    it.each(spellings)("is not shown as %s", async (path) => {
      const rsc = { rsc: "1", "sec-fetch-mode": "cors" };
      const segment = {
        ...rsc,
        "next-router-prefetch": "1",
        "next-router-segment-prefetch": "/private/bare/__PAGE__",
      };
      const open = { "sec-fetch-mode": "navigate", accept: "text/html" };
      const ways: readonly Readonly<Record<string, string>>[] = [
        open,
        rsc,
        segment,
        { "x-nextjs-data": "1" },
        {},
      ];
      for (const headers of ways) {
        const { status, text } = await app.send(path, headers);
        expect(text, String(status)).not.toContain("nobody asked");
      }
    });
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
