import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type Auth, createAuth, type StoredUser } from "sojourn";
import { memory } from "sojourn/memory";
import { sendResponse, toNodeHandler, toUpgradeListener } from "sojourn/node";
import { password } from "sojourn/password";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { type BlankSite, serveBlankPages } from "./blank-page.ts";
import { findChromium } from "./chromium.ts";

const ada = { email: "ada@example.com", password: "correct horse battery" };

/** What a page notes of its connections. */
interface Notes {
  readonly said: string[];
  readonly closed: string[];
}

describe("connections of a page in Chromium", () => {
  let chromiumBrowser: Browser;
  let server: Server;
  let auth: Auth<StoredUser>;
  let port: number;
  /** Another port is another origin, and the same site: the browser sends the cookies along. */
  let sibling: BlankSite;
  const contexts: BrowserContext[] = [];
  const events: string[] = [];
  const sockets = new WebSocketServer({ noServer: true });

  beforeAll(async () => {
    const executablePath = findChromium();
    if (executablePath === null)
      throw new Error("There is no Chromium here. Install one, or name it in CHROMIUM.");
    chromiumBrowser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    server = createServer((request, response) => {
      if (request.url?.startsWith("/auth/") === true) return void toNodeHandler(auth)(request, response);
      if (request.url === "/news") {
        const news = auth.eventStream(request, async function* ({ user }, signal) {
          yield { event: "news", data: `news for ${user.email}` };
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        });
        return void news.then((stream) => sendResponse(stream, response));
      }
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end("<!doctype html><title>Blank</title><link rel=icon href='data:,'>");
    });
    server.on("upgrade", (request, socket, head) => {
      const listener = toUpgradeListener(auth, sockets, (opened, { user }) =>
        opened.send(`hello ${user.email}`),
      );
      void listener(request, socket, head);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
    sibling = await serveBlankPages(() => null);
  });
  afterAll(async () => {
    await chromiumBrowser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await sibling.close();
  });
  beforeEach(() => {
    events.splice(0);
    auth = createAuth({
      baseURL: `http://127.0.0.1:${port}`,
      secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
      store: memory(),
      login: [password()],
      strategy: "hybrid",
      jwt: { fields: ["email"] },
      onEvent: ({ type }) => void events.push(type),
    });
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    await auth.close();
  });

  const open = async (): Promise<Page> => {
    const context = await chromiumBrowser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    return page;
  };
  const post = (page: Page, path: string, body: object = {}): Promise<number> =>
    page.evaluate(
      async ([url, text]) => {
        const headers = { "Content-Type": "application/json" };
        return (await fetch(url as string, { method: "POST", headers, body: text ?? "" })).status;
      },
      [path, JSON.stringify(body)],
    );
  /** Opens both, and notes what comes through them. */
  const connect = (page: Page, address = `ws://127.0.0.1:${port}/live`): Promise<unknown> =>
    page.evaluate(async (url) => {
      const notes: Notes = { said: [], closed: [] };
      Object.assign(globalThis, { notes });
      const socket = new WebSocket(url);
      socket.addEventListener("message", ({ data }) => notes.said.push(String(data)));
      socket.addEventListener("close", ({ code, reason }) => notes.closed.push(`${code} ${reason}`));
      const news = new EventSource("/news");
      news.addEventListener("news", ({ data }) => notes.said.push(String(data)));
      news.addEventListener("session_ended", ({ data }) => {
        notes.closed.push((JSON.parse(String(data)) as { reason: string }).reason);
        news.close();
      });
      await new Promise((resolve) => {
        socket.addEventListener("close", resolve);
        socket.addEventListener("message", resolve);
      });
    }, address);
  const notesOf = (page: Page): Promise<Notes> =>
    page.evaluate(() => {
      const { said, closed } = (globalThis as unknown as { notes: Notes }).notes;
      return { said: said.toSorted(), closed: closed.toSorted() };
    });

  it("hear who is signed in, and close when that is revoked from another browser", async () => {
    const page = await open();
    expect(await post(page, "/auth/sign-up/password", ada)).toBe(200);
    await connect(page);
    const heard = { said: ["hello ada@example.com", "news for ada@example.com"], closed: [] };
    await expect.poll(() => notesOf(page)).toEqual(heard);

    const elsewhere = await open();
    expect(await post(elsewhere, "/auth/sign-in/password", ada)).toBe(200);
    const ended = await elsewhere.evaluate(async () =>
      (await fetch("/auth/sessions", { method: "DELETE" })).json(),
    );
    expect(ended).toEqual({ ended: 1 });
    await expect
      .poll(() => notesOf(page), { timeout: 3000 })
      .toEqual({ ...heard, closed: ["4401 revoked", "revoked"] });
  });

  it("close when another tab signs out", async () => {
    const page = await open();
    await post(page, "/auth/sign-up/password", ada);
    await connect(page);
    const tab = await (contexts[0] as BrowserContext).newPage();
    await tab.goto(`http://127.0.0.1:${port}/`);
    expect(await post(tab, "/auth/sign-out")).toBe(200);
    await expect
      .poll(async () => (await notesOf(page)).closed, { timeout: 3000 })
      .toEqual(["4401 signed_out", "signed_out"]);
  });

  it("are not opened by a page of another origin, whoever is signed in", async () => {
    const page = await open();
    await post(page, "/auth/sign-up/password", ada);
    const stranger = await (contexts[0] as BrowserContext).newPage();
    await stranger.goto(`http://127.0.0.1:${sibling.port}/`);
    await connect(stranger);
    expect(await notesOf(stranger)).toMatchObject({ said: [], closed: ["1006 "] });
    expect(events).toContain("csrf_refused");
    expect(sockets.clients.size).toBe(0);
  });
});
