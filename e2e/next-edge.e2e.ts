import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNext, type NextApp, startNext } from "./next-app.ts";

const root = join(import.meta.dirname, "..");
const example = join(root, "examples/next-15");
const folder = "examples/next-15/.edge";
const service = { id: "edge", secret: "Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXt" };
const page = { "sec-fetch-mode": "navigate", accept: "text/html" };
const shortTtl = 5;

const config = `export default {
  basePath: "/app",
  serverExternalPackages: ["@node-rs/argon2"],
  typescript: { ignoreBuildErrors: true, tsconfigPath: "tsconfig.next.json" },
};`;

/** The example for Next.js 15 below a base path, with its middleware at the edge: nothing of Node, no store. */
const middleware = `
import { createProxy } from "sojourn/next/proxy";
import { createVerifier } from "sojourn/verify";

const verifier = createVerifier({
  baseURL: process.env.APP_URL,
  secret: process.env.SESSION_SECRET,
  basePath: "/app/auth",
  revocations: { service: ${JSON.stringify(service)} },
});
export const middleware = createProxy({ verifier, basePath: "/app/auth", protect: ["/dashboard"], signIn: "/sign-in" });
`;

describe("the middleware of Next.js 15 at the edge", () => {
  let app: NextApp;
  beforeAll(async () => {
    const at = join(root, folder);
    rmSync(at, { recursive: true, force: true });
    for (const part of ["app", "lib", "tsconfig.next.json", "package.json"])
      cpSync(join(example, part), join(at, part), { recursive: true });
    const auth = join(at, "lib/auth.ts");
    const more = `basePath: "/app/auth", services: [${JSON.stringify(service)}],`;
    const source = readFileSync(auth, "utf8")
      .replace("login: [password()],", `login: [password()], ${more}`)
      .replace('signIn: "/sign-in"', 'signIn: "/app/sign-in"')
      .replace("toNext(auth)", 'toNext(auth, { basePath: "/app" })');
    writeFileSync(auth, source);
    writeFileSync(join(at, "next.config.js"), config);
    writeFileSync(join(at, "middleware.ts"), middleware);
    await buildNext(folder);
    app = await startNext(folder, { ACCESS_TTL: String(shortTtl) });
  }, 240_000);
  afterAll(async () => {
    await app.stop();
    rmSync(join(root, folder), { recursive: true, force: true });
  });

  async function signUp(email: string): Promise<string> {
    const reply = await fetch(`${app.url}/app/auth/sign-up/password`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: app.url },
      body: JSON.stringify({ email, password: "correct horse battery" }),
    });
    const cookies = reply.headers.getSetCookie().map((one) => one.split(";", 1)[0]);
    return cookies.join("; ");
  }
  const wait = (seconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, seconds * 1000));

  it("sends visitors to sign in and back, and leaves everything else alone", async () => {
    const answer = await app.send("/app/dashboard?a=1", { ...page, host: "evil.example" });
    expect([answer.status, answer.headers.location]).toEqual([
      303,
      "/app/sign-in?returnTo=%2Fapp%2Fdashboard%3Fa%3D1",
    ]);
    expect((await app.send("/app/dashboard", { "sec-fetch-mode": "cors" })).status).toBe(401);
    for (const path of ["/app/sign-in", "/app/auth/session", "/app"])
      expect((await app.send(path, page)).status).toBe(200);
  });

  it("leaves it to a page that nobody guards to send its visitors away, below the base path", async () => {
    const answer = await app.send("/app/sessions?a=1", page);
    expect([answer.status, answer.headers.location]).toEqual([
      307,
      "/app/sign-in?returnTo=%2Fapp%2Fsessions%3Fa%3D1",
    ]);
  });

  it("lets who is signed in through by the token alone, and when it has run out the page finds out", async () => {
    const cookie = await signUp("ada@example.com");
    const fresh = await app.send("/app/dashboard", { ...page, cookie });
    expect(fresh.text).toContain("ada@example.com");
    expect(fresh.headers["cache-control"]).toBe("private, no-store");
    await wait(shortTtl + 0.2);
    const before = app.rotations();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => app.send("/app/dashboard", { ...page, cookie })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text.includes("Hello, ")}`))).toEqual(
      new Set(["200 true"]),
    );
    expect(app.rotations() - before).toBe(0);
  });

  it("learns of a session that was ended within two seconds", async () => {
    const cookie = await signUp("bob@example.com");
    expect((await app.send("/app/dashboard", { ...page, cookie })).status).toBe(200);
    await fetch(`${app.url}/app/auth/sign-out`, { method: "POST", headers: { cookie, origin: app.url } });
    await wait(2.1);
    const answer = await app.send("/app/dashboard", { ...page, cookie });
    expect([answer.status, answer.headers.location]).toEqual([
      303,
      "/app/sign-in?returnTo=%2Fapp%2Fdashboard&reason=signed_out",
    ]);
  });
});
