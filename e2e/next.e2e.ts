import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ExampleServer, startExample } from "./example-server.ts";
import { builtFile, type NextApp, type RawAnswer, send, startNext } from "./next-app.ts";
import { freePort } from "./services/free-port.ts";
import { findNginx, startNginx } from "./services/private-nginx.ts";
import type { PrivateProxy } from "./services/private-proxy.ts";
import { describeWithProgram } from "./services/programs.ts";
import { openBrowser, type TestBrowser, type Visitor } from "./visitors.ts";

const password = "correct horse battery";
const page = { "sec-fetch-mode": "navigate", accept: "text/html" };
/** What Next.js asks by for a page that its router shows. */
const rsc = { rsc: "1", "sec-fetch-mode": "cors", accept: "*/*" };
/** In seconds; longer than a page takes, and short enough to wait for. */
const shortTtl = 2;
let people = 0;
const newcomer = (): string => `ada${(people += 1)}@example.com`;

const nginxProgram = findNginx();
/** What Chromium reports, and is as it should be. */
const expected: readonly RegExp[] = [
  // The router prefetches for visitors what they may not see.
  /status of 401 .*[?&]_rsc=/,
  // A page was left before it could say where its icon is.
  /favicon\.ico/,
  // A component threw, where one has to.
  /An error occurred in the Server Components render|React error #441/,
];

const examples = ["next-16", "next-15"];
/** Each built and started by its one command. */
const started = new Map<string, ExampleServer>();
let browser: TestBrowser;
beforeAll(async () => {
  await Promise.all(examples.map(async (name) => started.set(name, await startExample(name))));
  browser = await openBrowser();
}, 240_000);
afterAll(async () => {
  await browser.close();
  await Promise.all([...started.values()].map((server) => server.stop()));
});
afterEach(async () => {
  const complaints = await browser.sendHome();
  const unexpected = complaints.filter((one) => !expected.some((pattern) => pattern.test(one)));
  if (unexpected.length > 0) console.warn(unexpected.join("\n"));
  expect(unexpected).toEqual([]);
});

async function fillIn(tab: Page, email: string, button: string): Promise<void> {
  await tab.getByLabel("E-mail").fill(email);
  await tab.getByLabel("Password").fill(password);
  await tab.getByRole("button", { name: button }).click();
}

/** Signs up by the API. @returns the Cookie header. */
async function signUp(app: Pick<NextApp, "url">, email = newcomer()): Promise<string> {
  const reply = await fetch(`${app.url}/auth/sign-up/password`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: app.url },
    body: JSON.stringify({ email, password }),
  });
  expect(reply.status).toBe(200);
  return reply.headers
    .getSetCookie()
    .map((one) => one.split(";", 1)[0])
    .join("; ");
}

const wait = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const isPrivate = ({ headers }: RawAnswer): boolean =>
  headers["cache-control"] === "private, no-store" && headers["cdn-cache-control"] === "no-store";

interface Person {
  readonly email: string;
  readonly cookie: string;
}

// It happened once, on a busy machine, that React did not take a page of Next.js 15 as the server had rendered it (error 418), and never
// again in hundreds of loads. Should it come back, what it was is said, and the test is run again.
describe.each(examples)("the example for %s", { retry: 1 }, (name) => {
  const folder = `examples/${name}`;
  let app: Pick<NextApp, "url" | "send">;
  /** The same, with access tokens that run out soon. */
  let hasty: NextApp;
  beforeAll(async () => {
    const url = started.get(name)?.url ?? "";
    app = { url, send: (path, headers, method) => send(url, path, headers, method) };
    hasty = await startNext(folder, { ACCESS_TTL: String(shortTtl) });
  });
  afterAll(() => hasty.stop());

  const visitAs = async (email: string, path: string, options = {}): Promise<Visitor> => {
    await signUp(app, email);
    const visitor = await browser.visitAs({ email, password }, app.url, options);
    await visitor.page.goto(app.url + path);
    return visitor;
  };

  describe("pages", () => {
    it("ask for a sign-in and lead back to the address that was opened, without a script", async () => {
      const { page: tab } = await browser.visit(app.url, { javaScriptEnabled: false });
      await tab.goto(`${app.url}/dashboard?tab=1&q=a%26b`);
      expect(new URL(tab.url()).pathname).toBe("/sign-in");
      const email = newcomer();
      await fillIn(tab, email, "Make an account");
      await tab.getByRole("heading", { name: `Hello, ${email}` }).waitFor();
      expect(tab.url()).toBe(`${app.url}/dashboard?tab=1&q=a%26b`);
      await tab.getByRole("button", { name: "Sign out", exact: true }).click();
      await tab.waitForURL(`${app.url}/`);
      expect(await tab.context().cookies()).toEqual([]);
    });

    it("come from the server with the session in them, and need not ask for it", async () => {
      const email = newcomer();
      const { page: tab } = await visitAs(email, "/");
      const asked: string[] = [];
      tab.on("request", (request) => asked.push(new URL(request.url()).pathname));
      const response = await tab.goto(`${app.url}/dashboard`);
      const html = (await response?.text()) ?? "";
      expect(html).toContain(email);
      expect(html).toContain("data-sojourn");
      await tab.getByRole("heading", { name: `Hello, ${email}` }).waitFor();
      // A client that has something to ask does so at once; its stream of events comes then too.
      await expect.poll(() => asked.includes("/auth/events")).toBe(true);
      expect(asked).not.toContain("/auth/session");
      for (const { value } of await tab.context().cookies())
        if (value.length > 20) expect(html).not.toContain(value);
    });

    it("are changed by the router without being loaded again", async () => {
      const email = newcomer();
      const { page: tab } = await visitAs(email, "/dashboard");
      await tab.evaluate(() => Object.assign(globalThis, { marked: true }));
      await tab.getByRole("link", { name: "Sessions" }).click();
      await tab.getByRole("heading", { name: "Your sessions" }).waitFor();
      await tab.getByRole("link", { name: "Dashboard" }).click();
      await tab.getByRole("heading", { name: `Hello, ${email}` }).waitFor();
      expect(await tab.evaluate(() => "marked" in globalThis)).toBe(true);
    });

    it("that a visitor's router fetches lead to the sign-in page and back, also after they were prefetched", async () => {
      const visitor = await browser.visit(app.url);
      visitor.expectFailed("/dashboard", "/sessions");
      const { page: tab } = visitor;
      const prefetched = tab.waitForResponse((response) => response.url().includes("/sessions?_rsc="));
      await tab.reload();
      expect((await prefetched).status()).toBe(401);
      await tab.getByRole("navigation").getByRole("link", { name: "Sessions" }).click();
      await tab.waitForURL("**/sign-in?returnTo=%2Fsessions");
      await fillIn(tab, newcomer(), "Make an account");
      await tab.waitForURL(`${app.url}/sessions`);
      await tab.getByRole("navigation").getByRole("link", { name: "Dashboard" }).click();
      await tab.getByRole("heading", { name: "Hello" }).waitFor();
    });
  });

  describe("server actions", () => {
    it("sign out here, and what they redirect to knows", async () => {
      const { page: tab, context } = await visitAs(newcomer(), "/dashboard");
      await tab.getByRole("button", { name: "Sign out", exact: true }).click();
      await tab.getByRole("heading", { name: "Signed in once" }).waitFor();
      expect(await context.cookies()).toEqual([]);
      await tab.goto(`${app.url}/dashboard`);
      expect(new URL(tab.url()).pathname).toBe("/sign-in");
    });

    it("sign out everywhere", async () => {
      const email = newcomer();
      const { page: tab } = await visitAs(email, "/dashboard");
      const elsewhere = await browser.visitAs({ email, password }, app.url);
      await tab.getByRole("button", { name: "Sign out everywhere" }).click();
      await tab.getByRole("heading", { name: "Signed in once" }).waitFor();
      await elsewhere.page.goto(`${app.url}/dashboard`);
      expect(new URL(elsewhere.page.url()).searchParams.get("reason")).toBe("signed_out");
    });

    it("end another of one's sessions, and the page shows it", async () => {
      const email = newcomer();
      const { page: tab } = await visitAs(email, "/sessions");
      const elsewhere = await browser.visitAs({ email, password }, app.url);
      await tab.reload();
      const rows = tab.getByRole("main").locator("> ul > li");
      expect(await rows.count()).toBe(3);
      for (let left = 2; left > 0; left -= 1) {
        await rows.filter({ hasNotText: "(here)" }).first().getByRole("button").click();
        await expect.poll(() => rows.count()).toBe(left);
      }
      await elsewhere.page.goto(`${app.url}/dashboard`);
      expect(new URL(elsewhere.page.url()).searchParams.get("reason")).toBe("revoked");
    });
  });

  it("renders behind an action, in the same request, what that has done", async () => {
    const { page: tab, context } = await visitAs(newcomer(), "/sessions");
    const here = tab.getByRole("main").locator("> ul > li").filter({ hasText: "(here)" });
    await here.getByRole("button").click();
    await tab.waitForURL("**/sign-in?**");
    // Read from the cookies that were sent, the session would have ended for a reason.
    expect(new URL(tab.url()).search).toBe("?returnTo=%2Fsessions");
    expect(await context.cookies()).toEqual([]);
  });

  describe("GET /api/me", () => {
    it("is for who is signed in", async () => {
      const email = newcomer();
      const answer = await app.send("/api/me", { cookie: await signUp(app, email) });
      expect([answer.status, isPrivate(answer)]).toEqual([200, true]);
      expect((JSON.parse(answer.text) as { user: { email: string } }).user.email).toBe(email);
      expect((await app.send("/api/me")).status).toBe(401);
    });
  });

  describe("an access token that has run out", () => {
    it("lets twenty requests of the router in at once, with one rotation and nobody signed out", async () => {
      const cookie = await signUp(hasty);
      const prefetch = { ...rsc, "next-router-prefetch": "1" };
      const wanted = await Promise.all(
        ["/dashboard", "/sessions"].flatMap((path) =>
          [rsc, prefetch].map(async (headers) => {
            // The router adds a hash of its headers to the address; who has none is sent there.
            const { headers: said } = await hasty.send(path, { ...headers, cookie });
            return { path: said.location ?? path, headers };
          }),
        ),
      );
      await wait(shortTtl + 0.2);
      const [before, live] = [hasty.rotations(), hasty.liveSessions()];
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const { path, headers } = wanted[index % wanted.length] ?? { path: "/dashboard", headers: rsc };
          return hasty.send(path, { ...headers, cookie });
        }),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(answers.map(({ headers }) => headers["content-type"])).toEqual(
        answers.map(() => "text/x-component"),
      );
      expect([hasty.rotations() - before, hasty.liveSessions()]).toEqual([1, live]);
      const refresh = answers.flatMap(({ cookies }) =>
        cookies.filter((one) => one.startsWith("sojourn-refresh=r1.")),
      );
      expect(new Set(refresh).size).toBe(1);
      expect(answers.every((answer) => answer.cookies.length === 0 || isPrivate(answer))).toBe(true);
    });

    it("does the same for a browser whose pages all come at once", async () => {
      const email = newcomer();
      await signUp(hasty, email);
      const { page: tab, context } = await browser.visit(hasty.url);
      // No page of the app, which would fetch by itself.
      await tab.goto(`${hasty.url}/icon.svg`);
      const entered = await context.request.post(`${hasty.url}/auth/sign-in/password`, {
        data: { email, password },
      });
      expect(entered.status()).toBe(200);
      await wait(shortTtl + 0.2);
      const before = hasty.rotations();
      const statuses = await tab.evaluate(() =>
        Promise.all(
          Array.from({ length: 20 }, async () => {
            const reply = await fetch("/dashboard", { headers: { rsc: "1" } });
            return `${reply.status} ${(await reply.text()).includes("Hello, ")}`;
          }),
        ),
      );
      expect(new Set(statuses)).toEqual(new Set(["200 true"]));
      expect(hasty.rotations() - before).toBe(1);
      await tab.goto(`${hasty.url}/dashboard`);
      await tab.getByRole("heading", { name: `Hello, ${email}` }).waitFor();
    });

    it("is renewed on a prerendered page, with a response that no cache may keep", async () => {
      const cookie = await signUp(hasty);
      const plain = await hasty.send("/", page);
      expect(plain.headers["x-nextjs-prerender"]).toContain("1");
      expect(plain.headers["cache-control"]).toContain("s-maxage");
      await wait(shortTtl + 0.2);
      const renewed = await hasty.send("/", { ...page, cookie });
      expect(renewed.cookies.some((one) => one.startsWith("sojourn-refresh=r1."))).toBe(true);
      expect(renewed.headers["x-nextjs-prerender"]).toContain("1");
      expect(isPrivate(renewed)).toBe(true);
      const again = await hasty.send("/", page);
      expect([again.cookies, again.headers["cache-control"]]).toEqual([[], plain.headers["cache-control"]]);
    });
  });

  describe("while the store is away", () => {
    it("nobody is signed out: a page about it with 503, and all is well afterwards", async () => {
      const email = newcomer();
      await signUp(hasty, email);
      const visitor = await browser.visitAs({ email, password }, hasty.url);
      visitor.expectFailed("/dashboard", "/sessions", "/sign-in");
      const { page: tab, context } = visitor;
      await wait(shortTtl + 0.2);
      const held = await context.cookies();
      await hasty.without(async () => {
        const response = await tab.goto(`${hasty.url}/dashboard`);
        expect(response?.status()).toBe(503);
        expect(await response?.headerValue("retry-after")).toMatch(/^\d+$/);
        await tab.getByRole("heading", { name: "Back in a moment" }).waitFor();
        expect(await context.cookies()).toEqual(held);
        const answer = await hasty.send("/api/me", {
          cookie: held.map((one) => `${one.name}=${one.value}`).join("; "),
        });
        expect([answer.status, answer.cookies]).toEqual([503, []]);
        // This page asks without a guard.
        expect((await tab.goto(`${hasty.url}/sign-in`))?.status()).toBe(500);
        await tab.getByRole("heading", { name: "This did not work" }).waitFor();
        expect(await context.cookies()).toEqual(held);
      });
      await tab.goto(`${hasty.url}/dashboard`);
      await tab.getByRole("heading", { name: `Hello, ${email}` }).waitFor();
    });
  });

  describe("a way around the guard", () => {
    it.each([
      "/dashboard",
      "/dashboard/",
      "//dashboard",
      "///dashboard",
      "/dashboard//",
      "/./dashboard",
      "/x/../dashboard",
      "/x/%2e%2e/dashboard",
      "/auth/../dashboard",
      "/auth/%2e%2e/dashboard",
      "/auth/..%2fdashboard",
      "/_next/../dashboard",
      "/_next/static/../../dashboard",
      "/_next/static/%2e%2e/%2e%2e/dashboard",
      "/_next/static/..%2f..%2fdashboard",
      "/sign-in/../dashboard",
      "/%64ashboard",
      "/%2564ashboard",
      "/dashboard%2f",
      "/%2fdashboard",
      "/dashboard%00",
      "/dashboard%20",
      "/dashboard;a=1",
      "/dashboard.rsc",
      "/dashboard.prefetch.rsc",
      "/dashboard.segments/_tree.segment.rsc",
      "/dashboard.json",
      "/dashboard.txt",
      "/dashboard?_rsc=1",
      "/_next/data/x/dashboard.json",
      "/DASHBOARD",
      "/\\dashboard",
      "/dashboard\\",
      "/(account)/dashboard",
      "/index/../dashboard",
      "http://localhost/dashboard",
    ])("does not lead through %s", async (path) => {
      for (const headers of [
        page,
        rsc,
        { ...rsc, "next-router-prefetch": "1" },
        { "x-nextjs-data": "1" },
        {},
      ]) {
        const answer = await app.send(path, headers);
        expect(answer.text, `${answer.status}`).not.toMatch(/Hello, |You signed in with/);
        expect(answer.headers.location ?? "").not.toMatch(/^\/\/|evil/);
      }
    });

    it.each([
      "middleware",
      "src/middleware",
      "pages/_middleware",
      "middleware:middleware:middleware:middleware:middleware",
      "src/middleware:src/middleware:src/middleware:src/middleware:src/middleware",
      "proxy:proxy:proxy:proxy:proxy",
      "src/proxy:src/proxy:src/proxy:src/proxy:src/proxy",
      "pages/_middleware:pages/dashboard/_middleware",
    ])("is not x-middleware-subrequest: %s", async (subrequest) => {
      const claims = {
        ...page,
        "x-middleware-subrequest": subrequest,
        "x-middleware-next": "1",
        "x-middleware-rewrite": "/dashboard",
        "x-middleware-skip": "1",
        "x-matched-path": "/dashboard",
        "x-invoke-path": "/dashboard",
      };
      const answer = await app.send("/dashboard", claims);
      expect([answer.status, answer.headers.location?.startsWith("/sign-in?")]).toEqual([303, true]);
      expect((await app.send("/api/me", claims)).status).not.toBe(200);
    });

    it("is not an identity that a client claims, nor one that it sees", async () => {
      const claims = {
        "x-user-id": "admin",
        "x-session-id": "1",
        "x-session-kind": "user",
        "x-forwarded-user": "admin",
        "x-forwarded-for": "127.0.0.1",
        "x-original-url": "/",
        "x-middleware-override-headers": "x-user-id,cookie",
        "x-middleware-request-x-user-id": "admin",
      };
      expect((await app.send("/dashboard", { ...page, ...claims })).status).toBe(303);
      expect((await app.send("/api/me", claims)).status).toBe(401);
      const cookie = await signUp(app);
      for (const path of ["/", "/dashboard", "/api/me", "/sign-in"]) {
        const { headers } = await app.send(path, { ...page, cookie });
        const leaked = Object.keys(headers).filter((one) =>
          /^x-(user|session|actor|sojourn|middleware)/.test(one),
        );
        expect(leaked, path).toEqual([]);
      }
    });

    it("is not a made-up host: nobody is sent there, and no page names it", async () => {
      for (const headers of [
        { host: "evil.example" },
        { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-port": "443" },
        { forwarded: "host=evil.example;proto=https" },
        { host: "evil.example", "x-forwarded-host": "evil.example" },
      ] as const)
        for (const path of [
          "/dashboard?a=1",
          "/api/me",
          "/sign-in?returnTo=/dashboard",
          "//evil.example/dashboard",
        ]) {
          const answer = await app.send(path, { ...page, ...(headers as Record<string, string>) });
          expect(answer.headers.location ?? "", path).not.toMatch(/^https?:\/\/evil|^\/\/evil/);
          expect(answer.headers["set-cookie"], path).toBeUndefined();
        }
    });
  });

  describeWithProgram("nginx", nginxProgram)("T-22: behind a cache of nginx, with ordinary rules", () => {
    let nginx: PrivateProxy;
    let cached: NextApp;
    beforeAll(async () => {
      const port = await freePort();
      nginx = await startNginx(
        nginxProgram as string,
        `location / {
          proxy_pass http://localhost:${port};
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-For $remote_addr;
          proxy_cache pages;
          proxy_cache_valid 200 301 302 303 10m;
          proxy_cache_valid any 1m;
          proxy_cache_key $request_uri;
          add_header X-Cache $upstream_cache_status;
        }`,
      );
      cached = await startNext(folder, { APP_URL: nginx.origin, ACCESS_TTL: String(shortTtl) }, port);
    });
    afterAll(async () => {
      await cached.stop();
      await nginx.remove();
    });
    const enter = (email: string): Promise<string> => signUp({ url: nginx.origin }, email);
    const get = (path: string, cookie = "", more: Record<string, string> = page): Promise<RawAnswer> =>
      send(nginx.origin, path, { ...more, ...(cookie !== "" && { cookie }) });

    const paths = ["/", "/dashboard", "/sessions", "/api/me", "/sign-in", "/auth/session", "/auth/me"];

    /** She asks first, then he, then nobody. What a cache keeps of her answer would show in theirs. */
    async function ask(path: string, more: Record<string, string>, her: Person, him: Person): Promise<void> {
      const what = `${path} ${more === rsc ? "by the router" : ""}`;
      const hers = await get(path, her.cookie, more);
      const his = await get(path, him.cookie, more);
      const nobodys = await get(path, "", more);
      expect(his.status, what).toBe(hers.status);
      expect(his.text, what).not.toContain(her.email);
      expect(nobodys.text, what).not.toMatch(new RegExp(`${her.email}|${him.email}`));
      expect(nobodys.cookies, what).toEqual([]);
      const secret = (cookie: string): boolean => !cookie.startsWith("sojourn-hint");
      const shared = new Set(hers.cookies);
      expect(
        his.cookies.filter((cookie) => secret(cookie) && shared.has(cookie)),
        what,
      ).toEqual([]);
      if (hers.cookies.length > 0) expect(hers.headers["x-cache"], what).not.toBe("HIT");
      // What the router is sent on to, with a hash of its headers, is the same for everybody.
      if (his.status === 200 && !/^\/(\?|$)/.test(path)) expect(his.headers["x-cache"], what).not.toBe("HIT");
    }
    const person = async (): Promise<Person> => {
      const email = newcomer();
      return { email, cookie: await enter(email) };
    };

    it("nobody gets another one's page, whether prerendered, dynamic or an API's", async () => {
      for (const path of paths)
        for (const more of [page, rsc]) await ask(path, more, await person(), await person());
    });

    it("nor one that carries a renewal, or its cookies", async () => {
      const [her, him] = [await person(), await person()];
      await wait(shortTtl + 0.2);
      for (const path of paths) for (const more of [page, rsc]) await ask(`${path}?renewed`, more, her, him);
    });

    it("hers was renewed on the prerendered page, and the cache keeps that page for everybody", async () => {
      const adas = await enter(newcomer());
      await wait(shortTtl + 0.2);
      const renewed = await get("/?for=her", adas);
      expect(renewed.cookies.some((one) => one.startsWith("sojourn-refresh=r1."))).toBe(true);
      const first = await get("/?for=her");
      expect([first.headers["x-cache"], first.cookies]).toEqual(["MISS", []]);
      const second = await get("/?for=her");
      expect([second.headers["x-cache"], second.cookies]).toEqual(["HIT", []]);
    });
  });

  it("never sends its own routes, files or the sign-in page to the sign-in page", async () => {
    const dead = "sojourn=s1.dead; sojourn-refresh=r1.dead";
    for (const cookie of ["", dead])
      for (const path of [
        "/sign-in",
        "/sign-in?returnTo=%2Fdashboard",
        "/auth/session",
        "/auth/sign-in/password",
        "/auth/refresh",
        "/auth/nothing-here",
        builtFile(folder),
        "/_next/image?url=%2Fx.png&w=64&q=75",
        "/favicon.ico",
        "/",
        "/outage",
      ]) {
        const answer = await app.send(path, { ...page, ...(cookie !== "" && { cookie }) });
        expect(answer.status >= 300 && answer.status < 400, `${path}: ${answer.status}`).toBe(false);
      }
    const refresh = await app.send("/auth/refresh", { ...page, cookie: dead, origin: app.url }, "POST");
    expect([refresh.status, refresh.headers.location]).toEqual([401, undefined]);
  });
});
