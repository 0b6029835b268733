import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type Auth, createAuth, type StoredUser } from "sojourn";
import { memory } from "sojourn/memory";
import { toNodeHandler } from "sojourn/node";
import { password } from "sojourn/password";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { someHostileTargets } from "../packages/sojourn/src/http/hostile-targets.fixture.ts";
import { type BlankSite, serveBlankPages } from "./blank-page.ts";
import { findChromium } from "./chromium.ts";

const ada = { email: "ada@example.com", password: "correct horse battery" };

/** What a page made of a call. */
interface Answer {
  /** Null where the browser let the page read nothing. */
  readonly status: number | null;
  readonly code?: string;
  readonly userId?: string | null;
  readonly token?: string;
  readonly accessToken?: string;
}

describe("pages of other origins in Chromium", () => {
  let chromiumBrowser: Browser;
  let context: BrowserContext;
  let api: BlankSite;
  let front: BlankSite;
  let evil: BlankSite;
  let auth: Auth<StoredUser>;
  /** The app, a listed front end on another port, and a listed and an unlisted one on another site. */
  let origins: Readonly<Record<"app" | "front" | "away" | "sibling" | "stranger", string>>;

  const begin = async (csrf: boolean): Promise<void> => {
    await auth?.close();
    auth = createAuth({
      baseURL: origins.app,
      secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
      store: memory(),
      login: [password()],
      transports: ["cookie", "header"],
      trustedOrigins: [origins.front, origins.away],
      clearSiteData: ["cookies", "storage", "cache"],
      csrf: { token: csrf },
    });
  };

  beforeAll(async () => {
    const executablePath = findChromium();
    if (executablePath === null)
      throw new Error("There is no Chromium here. Install one, or name it in CHROMIUM.");
    chromiumBrowser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    front = await serveBlankPages(() => null);
    evil = await serveBlankPages(() => null);
    api = await serveBlankPages(() => (request, response) => toNodeHandler(auth)(request, response));
    origins = {
      app: `http://127.0.0.1:${api.port}`,
      front: `http://127.0.0.1:${front.port}`,
      away: `http://localhost:${front.port}`,
      sibling: `http://127.0.0.1:${evil.port}`,
      stranger: `http://localhost:${evil.port}`,
    };
  });
  afterAll(async () => {
    await chromiumBrowser.close();
    await Promise.all([api.close(), front.close(), evil.close()]);
    await auth.close();
  });
  beforeEach(async () => {
    await begin(false);
    context = await chromiumBrowser.newContext();
    context.setDefaultTimeout(10_000);
  });
  afterEach(() => context.close());

  const open = async (where: keyof typeof origins): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(origins[where]);
    return page;
  };
  const call = (page: Page, path: string, init: object = {}): Promise<Answer> =>
    page.evaluate(
      async ({ url, options }) => {
        try {
          const reply = await fetch(url, { credentials: "include", ...options });
          const body = (await reply.json()) as {
            code?: string;
            session?: { userId: string };
            token?: string;
            tokens?: { accessToken: string };
          } | null;
          return {
            status: reply.status,
            ...(body?.code === undefined ? {} : { code: body.code }),
            ...(body?.session === undefined ? {} : { userId: body.session.userId }),
            ...(body?.token === undefined ? {} : { token: body.token }),
            ...(body?.tokens === undefined ? {} : { accessToken: body.tokens.accessToken }),
          };
        } catch {
          return { status: null };
        }
      },
      { url: `${origins.app}/auth${path}`, options: init },
    );
  const post = (page: Page, path: string, body: object, headers: object = {}): Promise<Answer> =>
    call(page, path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  it("CS-10: one that is listed signs in with credentials, reads, and is told of failures", async () => {
    const page = await open("front");
    expect((await post(page, "/sign-up/password", ada)).status).toBe(200);
    const { status, userId } = await call(page, "/session");
    expect([status, typeof userId]).toEqual([200, "string"]);
    expect(await post(page, "/step-up", { password: "wrong" })).toEqual({
      status: 401,
      code: "invalid_credentials",
    });
    expect(
      (await call(page, "/sessions/0197f3a0-0000-7000-8000-000000000000", { method: "DELETE" })).code,
    ).toBe("session_not_found");
    expect((await post(page, "/sign-out", {})).status).toBe(200);
    expect((await call(page, "/me")).code).toBe("unauthenticated");
  });

  it("CS-10: one that is listed hears at once that its session is over", async () => {
    const page = await open("front");
    await post(page, "/sign-up/password", ada);
    await page.evaluate((url) => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      const source = new EventSource(url, { withCredentials: true });
      for (const type of ["alive", "ended"]) source.addEventListener(type, () => heard.push(type));
    }, `${origins.app}/auth/events`);
    await page.waitForFunction(() => (window as unknown as { heard: string[] }).heard.includes("alive"));
    const { userId } = await call(page, "/session");
    await auth.sessions.revokeAll(userId ?? "");
    await page.waitForFunction(() => (window as unknown as { heard: string[] }).heard.includes("ended"));
  });

  it("CS-10: one of another site that is listed works with a bearer token", async () => {
    const page = await open("away");
    const { accessToken } = await post(page, "/sign-up/password", { ...ada, transport: "header" });
    const headers = { Authorization: `Bearer ${accessToken}` };
    expect((await call(page, "/me", { headers })).status).toBe(200);
    expect((await post(page, "/touch", {}, headers)).status).toBe(200);
    expect((await call(page, "/me")).code).toBe("unauthenticated");
  });

  it.each(["sibling", "stranger"] as const)(
    "CS-10: one that is not listed (%s) reads nothing and ends nothing",
    async (who) => {
      const victim = await open("app");
      await post(victim, "/sign-up/password", ada);
      const page = await open(who);
      for (const path of [
        "/session",
        "/me",
        "/sessions",
        "/csrf-token",
        "/.well-known/jwks.json",
        "/nothing",
      ])
        expect(await call(page, path), path).toEqual({ status: null });
      for (const path of ["/sign-out", "/touch", "/sign-in/password"])
        expect(await post(page, path, ada), path).toEqual({ status: null });
      // Nor without asking first: what a browser sends to anybody.
      await call(page, "/sign-out", { method: "POST", mode: "no-cors", body: "{}" });
      await call(page, "/sign-out", {
        method: "POST",
        mode: "no-cors",
        body: new URLSearchParams({ a: "1" }).toString(),
      });
      const submitted = page.waitForResponse((response) => response.url().endsWith("/auth/sign-out"));
      await page.evaluate((action) => {
        const form = document.createElement("form");
        Object.assign(form, { method: "post", action });
        document.body.append(form);
        form.submit();
      }, `${origins.app}/auth/sign-out`);
      expect((await submitted).status()).toBe(403);
      expect((await call(victim, "/me")).status).toBe(200);
    },
  );

  it("CS-10: a frame whose origin is opaque is nobody", async () => {
    const page = await open("front");
    await post(page, "/sign-up/password", ada);
    const read = await page.evaluate(async (url) => {
      const frame = document.createElement("iframe");
      frame.setAttribute("sandbox", "allow-scripts");
      const said = new Promise((resolve) =>
        addEventListener("message", ({ data }) => resolve(data), { once: true }),
      );
      frame.srcdoc = `<script>fetch(${JSON.stringify(url)}, { credentials: "include" }).then(
        () => parent.postMessage("read", "*"), () => parent.postMessage("refused", "*"))</script>`;
      document.body.append(frame);
      return said;
    }, `${origins.app}/auth/session`);
    expect(read).toBe("refused");
  });

  it("CS-02: a listed page gets tokens and works with them, and an unlisted one gets none", async () => {
    await begin(true);
    const page = await open("front");
    expect((await post(page, "/sign-up/password", ada)).code).toBe("csrf_refused");
    const visitor = await call(page, "/csrf-token");
    expect((await post(page, "/sign-up/password", ada, { "X-CSRF-Token": visitor.token })).status).toBe(200);
    expect((await post(page, "/touch", {}, { "X-CSRF-Token": visitor.token })).code).toBe("csrf_refused");
    const { token } = await call(page, "/csrf-token");
    expect((await post(page, "/touch", {}, { "X-CSRF-Token": token })).status).toBe(200);
    expect(await call(await open("sibling"), "/csrf-token")).toEqual({ status: null });
  });

  it("CS-07: signing out empties the browser of this site, where it is told to", async () => {
    const page = await open("app");
    await post(page, "/sign-up/password", ada);
    await page.evaluate(() => {
      document.cookie = "theirs=1; Path=/";
      localStorage.setItem("draft", "x");
    });
    expect((await context.cookies()).map(({ name }) => name).toSorted()).toEqual([
      "sojourn",
      "sojourn-hint",
      "theirs",
    ]);
    expect((await post(page, "/sign-out", {})).status).toBe(200);
    expect(await context.cookies()).toEqual([]);
    await page.reload();
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
  });

  it("CS-08: no sign-out is sent away from this site, in whatever spelling", async () => {
    const page = await open("app");
    const asked: string[] = [];
    await context.route(
      (url) => url.origin !== origins.app,
      (route) => {
        asked.push(route.request().url());
        return route.abort();
      },
    );
    const targets = someHostileTargets.map((one) => one.replaceAll("app.example", new URL(origins.app).host));
    const ended = await page.evaluate(async (all) => {
      const found: { status: number; url: string; redirected: boolean }[] = [];
      for (const returnTo of all) {
        const body = new URLSearchParams({ returnTo });
        const reply = await fetch("/auth/sign-out", { method: "POST", body });
        found.push({ status: reply.status, url: reply.url, redirected: reply.redirected });
      }
      return found;
    }, targets);
    for (const [at, { status, url, redirected }] of ended.entries()) {
      expect([status, redirected], targets[at]).toEqual(redirected ? [200, true] : [400, false]);
      expect(new URL(url).origin, targets[at]).toBe(origins.app);
    }
    expect(ended.filter(({ redirected }) => redirected).length).toBeGreaterThan(20);
    expect(ended).toHaveLength(targets.length);
    expect(asked).toEqual([]);
  });
});
