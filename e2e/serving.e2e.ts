import { spawnSync } from "node:child_process";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { helloWith, newAccount } from "./demo-page.ts";
import { type DemoServer, program, startDemo } from "./demo-server.ts";

describe("what the demo serves", () => {
  let demo: DemoServer;
  beforeAll(async () => {
    demo = await startDemo("hybrid");
  });
  afterAll(() => demo.remove());

  it("CS-09: forbids the page everything but its own files", async () => {
    for (const path of ["/", "/main.ts", "/base.css", "/icons.svg", "/api/demo", "/nothing"]) {
      const { headers } = await fetch(new URL(path, demo.url));
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    }
  });

  it("takes the types out of the page's modules", async () => {
    const reply = await fetch(new URL("/time-text.ts", demo.url));
    expect(reply.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    const text = await reply.text();
    expect(text).toContain("export function timeLeft(ms");
    expect(text).not.toContain("ms: number");
  });

  it("serves the library's client with all that it imports, and nothing else of the library", async () => {
    const served = new Set<string>();
    const follow = async (path: string): Promise<void> => {
      if (served.has(path)) return;
      served.add(path);
      const reply = await fetch(new URL(path, demo.url));
      expect([path, reply.status]).toEqual([path, 200]);
      expect(reply.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
      const text = await reply.text();
      for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?"([^"]+)"/g))
        await follow(new URL(specifier ?? "", new URL(path, demo.url)).pathname);
    };
    await follow("/main.ts");
    const client = [...served].filter((path) => path.startsWith("/sojourn/"));
    expect(client).toContain("/sojourn/client/watch.js");
    for (const path of client) expect(path).toMatch(/^\/sojourn\/(client|contract|domain)\/[\w-]+\.js$/);
  });

  it.each([
    "/sojourn/index.js",
    "/sojourn/client/index.d.ts",
    "/sojourn/client/expiry.js",
    "/sojourn/domain/policy.js",
    "/sojourn/client/../index.js",
    "/sojourn/client/%2e%2e/index.js",
    "/../main.ts",
    "/%2e%2e/main.ts",
    "/page/main.ts",
    "/time-text.test.ts",
    "/tsconfig.json",
    "/demo.db",
  ])("serves nothing else: %s", async (path) => {
    expect(await rawStatus(demo.url, path)).toBe(404);
  });

  it("answers its own routes to who is signed in, and changes nothing there", async () => {
    const { email, password } = newAccount();
    const body = JSON.stringify({ email, password });
    const headers = { "content-type": "application/json" };
    const reply = await fetch(new URL("/auth/sign-up/password", demo.url), { method: "POST", headers, body });
    const cookie = reply.headers.getSetCookie().map((line) => line.split(";", 1)[0]);
    expect(await helloWith(demo.url, cookie.join("; "))).toBe(200);
    expect(await helloWith(demo.url, "")).toBe(401);
    expect((await fetch(new URL("/api/hello", demo.url), { method: "POST" })).status).toBe(405);
  });

  it("tells the page how it is set up, and no secret", async () => {
    const facts = await (await fetch(new URL("/api/demo", demo.url))).json();
    expect(facts).toEqual({
      strategy: "hybrid",
      lifetimes: { idleTimeout: 604_800, absoluteTimeout: 2_592_000, accessTokenTtl: 60 },
      provider: null,
      versions: {
        sojourn: expect.stringMatching(/^\d+\.\d+\.\d+/),
        node: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      },
    });
  });
});

describe.skipIf(process.platform !== "linux")("a demo whose database cannot be made", () => {
  it("ends at once, and says so in one line", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", program, "--port", "0", "--db", "/proc/nope/x.db"],
      { encoding: "utf8", timeout: 20_000 },
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^The database \/proc\/nope\/x\.db cannot be used: ENOENT.*\n$/);
  });
});

/** Sends the path as it stands; fetch would resolve its dots before anything leaves. */
function rawStatus(url: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const call = request({ hostname, port, path }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    });
    call.on("error", reject);
    call.end();
  });
}
