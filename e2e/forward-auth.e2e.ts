import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import { findChromium } from "./chromium.ts";
import { type DocumentedProxy, type ForwardSite, startForwardSite, textOf } from "./forward-site.ts";
import { findCaddy, startCaddy } from "./services/private-caddy.ts";
import { findNginx, startNginxWith } from "./services/private-nginx.ts";
import { describeWithProgram } from "./services/programs.ts";

const nginx = findNginx();
const caddy = findCaddy();
const proxies: readonly (readonly [string, string | null, DocumentedProxy])[] = [
  [
    "nginx",
    nginx,
    {
      language: "nginx",
      listening: (port) => ["listen 80;", `listen 127.0.0.1:${port};`],
      start: (port, configuration) => startNginxWith(nginx as string, port, configuration),
    },
  ],
  [
    "caddy",
    caddy,
    {
      language: "caddyfile",
      listening: (port) => [":80 {", `http://:${port} {`],
      start: (port, configuration) => startCaddy(caddy as string, port, configuration),
    },
  ],
];
const spoofed = {
  "X-User-Id": "admin",
  "x-session-id": "1",
  "X-SESSION-KIND": "service",
  "X-Actor-Id": "root",
  X_User_Id: "admin",
  X_Actor_Id: "root",
};

for (const [called, program, proxy] of proxies)
  describeWithProgram(called, program)(`a server behind ${called}, configured as documented`, () => {
    let site: ForwardSite;
    let browser: Browser;
    let ada: { readonly id: string; readonly sid: string; readonly cookie: string };

    beforeAll(async () => {
      const executablePath = findChromium();
      if (executablePath === null)
        throw new Error("There is no Chromium here. Install one, or name it in CHROMIUM.");
      site = await startForwardSite(proxy);
      browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
      ada = await signUp("ada@example.com");
    });
    afterAll(async () => {
      await browser.close();
      await site.close();
    });
    beforeEach(() => void site.reached.splice(0));

    const signUp = async (email: string): Promise<typeof ada> => {
      const reply = await fetch(`${site.origin}/auth/sign-up/password`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: site.origin },
        body: JSON.stringify({ email, password: "correct horse battery" }),
      });
      expect(reply.status).toBe(200);
      const { session } = (await reply.json()) as { session: { userId: string; sid: string } };
      const cookie = reply.headers
        .getSetCookie()
        .map((one) => one.split(";", 1)[0])
        .join("; ");
      return { id: session.userId, sid: session.sid, cookie };
    };
    const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(site.origin + path, { headers, redirect: "manual" });
    /** A request as it is written, which no client has tidied up. */
    const raw = async (target: string, headers: readonly string[] = []): Promise<string> => {
      const { port } = new URL(site.origin);
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(
        [`GET ${target} HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Connection: close", ...headers, "", ""].join(
          "\r\n",
        ),
      );
      return text(socket);
    };
    /** What a WebSocket is answered: the first message, or the status of the refusal. */
    const say = (words: string, headers: Record<string, string>): Promise<string | number> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`${site.origin.replace("http", "ws")}/live?room=1`, { headers });
        socket.on("open", () => socket.send(words));
        socket.on("message", (reply) => {
          resolve(textOf(reply));
          socket.close();
        });
        socket.on("unexpected-response", (_request, reply) => {
          resolve(reply.statusCode ?? 0);
          reply.destroy();
        });
        socket.on("error", reject);
      });

    it("is reached by who signs in, at the address that they wanted", async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      const wanted = `${site.origin}/reports/2026?q=a%26b&page=2`;
      await page.goto(wanted);
      expect(new URL(page.url()).pathname).toBe("/sign-in");
      expect(site.reached).toEqual([]);
      await page.getByLabel("E-mail address").fill("ada@example.com");
      await page.getByLabel("Password").fill("correct horse battery");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(wanted);
      expect(await page.locator("p").textContent()).toBe(`/reports/2026?q=a%26b&page=2 for ${ada.id}`);
      await context.close();
    });

    it("hears who is there, and nothing of what clients say of themselves", async () => {
      const reply = await get("/reports", { ...spoofed, cookie: ada.cookie });
      expect(reply.status).toBe(200);
      // It is for the server behind alone.
      expect([...reply.headers.keys()].filter((name) => /^x-(user|session|actor)/.test(name))).toEqual([]);
      expect(site.reached).toHaveLength(1);
      const { headers } = site.reached[0] ?? { headers: {} };
      expect(headers).toMatchObject({
        "x-user-id": ada.id,
        "x-session-id": ada.sid,
        "x-session-kind": "user",
        "x-actor-id": ada.id,
      });
      for (const header of ["x_user_id", "x_actor_id"]) expect(headers).not.toHaveProperty(header);
    });

    it("is not reached by others, whatever they say of themselves", async () => {
      for (const headers of [{}, spoofed, { cookie: "sojourn=s1.x.y" }, { "x-forwarded-uri": "/auth/me" }]) {
        const reply = await get("/reports", headers);
        expect(reply.status).toBe(401);
        expect(((await reply.json()) as { code: string }).code).toMatch(/unauthenticated|session_ended/);
      }
      for (const method of ["POST", "DELETE", "OPTIONS", "PROPFIND"])
        expect((await fetch(`${site.origin}/reports`, { method })).status, method).toBe(401);
      expect(site.reached).toEqual([]);
    });

    it("is not reached by any spelling of a path, and by its own for who is signed in", async () => {
      const targets = [
        "//reports",
        "///",
        "/%2freports",
        "/%2e%2e/reports",
        "/auth/../reports",
        "/auth/%2e%2e/reports",
        "/auth/..%2freports",
        "/auth%2f..%2freports",
        "/sign-in/../reports",
        "/sign-in/..%2freports",
        "/sign-in%2f..%2freports",
        "/AUTH/../reports",
        "/reports/..;/auth/forward",
        "/reports?/auth/",
        "/reports#/auth/",
        "/.forward/../reports",
        "/.forward%2f..%2freports",
        "/reports%00/auth/",
        "/auth\\..\\reports",
        `${site.origin}/reports`,
        "http://accounts/reports",
      ];
      for (const target of targets)
        await raw(
          target,
          Object.entries(spoofed).map(([name, value]) => `${name}: ${value}`),
        );
      expect(site.reached).toEqual([]);
      for (const target of ["//reports", "/%72eports?a=%2f"]) {
        expect(await raw(target, [`Cookie: ${ada.cookie}`]), target).toMatch(/^HTTP\/1.1 200/);
        expect(site.reached.pop(), target).toMatchObject({ headers: { "x-user-id": ada.id } });
      }
    });

    it("sends who opens a page to the sign-in page of this site alone, whatever the Host", async () => {
      for (const more of [
        "X-Forwarded-Host: evil.example",
        "X-Original-URL: https://evil.example/",
        "X-A: b",
      ]) {
        const reply = await raw("/reports?a=1", ["Accept: text/html", "Sec-Fetch-Mode: navigate", more]);
        expect(/^location: (.*)\r$/im.exec(reply)?.[1]).toBe(
          `${site.origin}/sign-in?returnTo=%2Freports%3Fa%3D1`,
        );
      }
      const far = await raw("//evil.example/", ["Accept: text/html", "Sec-Fetch-Mode: navigate"]);
      expect(/^location: (.*)\r$/im.exec(far)?.[1]).toMatch(`${site.origin}/sign-in`);
      expect(far).not.toMatch(/returnTo=(%2F%2F|https)/);
      expect(site.reached).toEqual([]);
    });

    it("opens a WebSocket to who is signed in, and to no one else", async () => {
      const own = { origin: site.origin };
      expect(await say("hello", { ...own, ...spoofed, cookie: ada.cookie })).toBe(`${ada.id} said hello`);
      expect(site.reached.pop()?.url).toBe("/live?room=1");
      expect(await say("hello", { ...own, ...spoofed })).toBe(401);
      expect(await say("hello", { origin: "https://evil.example", cookie: ada.cookie })).toBe(403);
      expect(site.reached).toEqual([]);
    });

    it("is not acted on by what another site makes a browser send", async () => {
      const post = (from: string, mode: string): Promise<Response> =>
        fetch(`${site.origin}/reports`, {
          method: "POST",
          headers: { cookie: ada.cookie, origin: from, "sec-fetch-site": mode },
        });
      expect((await post("https://evil.example", "cross-site")).status).toBe(403);
      expect(site.reached).toEqual([]);
      expect((await post(site.origin, "same-origin")).status).toBe(200);
      expect(site.reached).toHaveLength(1);
    });

    it("T-25: cannot be told a made-up address of the client", async () => {
      const reply = await fetch(`${site.origin}/auth/sign-in/password`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          origin: site.origin,
          "x-forwarded-for": "192.0.2.66",
          forwarded: "for=192.0.2.66",
        },
        body: JSON.stringify({ email: "ada@example.com", password: "correct horse battery" }),
      });
      expect(reply.status).toBe(200);
      const sessions = await site.auth.sessions.list(ada.id);
      expect(new Set(sessions.map(({ ip }) => ip))).toEqual(new Set(["127.0.0.1"]));
    });

    it("is away while the store is, and nobody is signed out", async () => {
      site.outage.is = true;
      const reply = await get("/reports", { cookie: ada.cookie, accept: "text/html" });
      expect([reply.status, reply.headers.get("retry-after")]).toEqual([503, "1"]);
      expect(((await reply.json()) as { code: string }).code).toBe("store_unavailable");
      expect(reply.headers.getSetCookie()).toEqual([]);
      site.outage.is = false;
      expect((await get("/reports", { cookie: ada.cookie })).status).toBe(200);
    });

    it("is not reached any more with the next request after the session was revoked", async () => {
      const bob = await signUp("bob@example.com");
      expect((await get("/reports", { cookie: bob.cookie })).status).toBe(200);
      await site.auth.sessions.revoke(bob.sid);
      expect((await get("/reports", { cookie: bob.cookie })).status).toBe(401);
      expect(site.reached).toHaveLength(1);
    });
  });
