import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Duplex } from "node:stream";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { createFleet } from "../http/fleet.fixture.ts";
import { createSite, origin, type Site, strategies } from "../http/http-test-kit.fixture.ts";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import type { AccountStore } from "../stores/account-directory.ts";
import { sessionEndedCode, toUpgradeListener } from "./node.ts";
import type { ProtectOptions } from "../http/verbs.ts";

const textOf = (data: RawData): string => (data as Buffer).toString();
const folder = mkdtempSync(join(tmpdir(), "sojourn-sockets-"));
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A server of `node:http` that opens WebSockets, and what it has heard. */
interface Sockets {
  readonly port: number;
  readonly server: WebSocketServer;
  readonly heard: string[];
  /** The sockets below them, as they came. */
  readonly raw: Duplex[];
  /** Opens one as a browser does, and waits until it is open. */
  open(cookie: string, headers?: Record<string, string>): Promise<Socket>;
  /** What is answered to who gets none. */
  refused(headers: Record<string, string>): Promise<{ status: number; code?: string; retryAfter?: string }>;
}

/** One that is open. */
interface Socket {
  readonly client: WebSocket;
  readonly said: string[];
  /** With which code and reason it closes. */
  readonly closed: Promise<string>;
}

async function serve(site: Site, options: ProtectOptions = {}): Promise<Sockets> {
  const heard: string[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  const listener = toUpgradeListener(
    site.auth,
    sockets,
    (socket, { session, user }, request) => {
      socket.on("message", (text) => heard.push(textOf(text)));
      socket.send(`${user.email} ${session.sid} ${request.url}`);
    },
    options,
  );
  const server = createServer((_request, response) => response.end("no socket"));
  const raw: Duplex[] = [];
  server.on("upgrade", (request, socket, head) => {
    raw.push(socket);
    void listener(request, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  closing.push(async () => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await site.auth.close();
  });
  const begin = (headers: Record<string, string>): WebSocket =>
    new WebSocket(`ws://127.0.0.1:${port}/live?room=1`, { headers });
  return {
    port,
    server: sockets,
    heard,
    raw,
    async open(cookie, headers = {}) {
      const client = begin({ cookie, origin, ...headers });
      const said: string[] = [];
      const closed = once(client, "close").then(([code, reason]) => `${String(code)} ${String(reason)}`);
      client.on("message", (text) => said.push(textOf(text)));
      await once(client, "message");
      return { client, said, closed };
    },
    async refused(headers) {
      const client = begin(headers);
      client.on("error", () => {});
      const [, reply] = (await once(client, "unexpected-response")) as [unknown, IncomingMessage];
      const body = (await reply.toArray()).join("");
      const { code } = JSON.parse(body) as { code?: string };
      const retryAfter = reply.headers["retry-after"];
      return {
        status: reply.statusCode ?? 0,
        ...(code === undefined ? {} : { code }),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      };
    },
  };
}

const sidOf = async (browser: Awaited<ReturnType<Site["signedUp"]>>): Promise<string> =>
  (await browser.get("/session")).body.session.sid;

describe.each(strategies)("a WebSocket in a %s session", (strategy) => {
  it("opens to who is signed in, and tells the app who that is", async () => {
    const site = createSite(strategy, { jwt: { fields: ["email", "role"] } });
    const ada = await site.signedUp();
    const sockets = await serve(site);
    const socket = await sockets.open(ada.cookie);
    expect(socket.said).toEqual([`ada@example.com ${await sidOf(ada)} /live?room=1`]);
    socket.client.send("hello");
    const [open] = sockets.server.clients;
    await once(open as WebSocket, "message");
    expect(sockets.heard).toEqual(["hello"]);
  });

  it("opens to nobody else, and says why", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const sockets = await serve(site);
    const unauthenticated = { status: 401, code: "unauthenticated" };
    expect(await sockets.refused({ origin })).toEqual(unauthenticated);
    expect(
      await sockets.refused({ origin, cookie: ada.cookie.replace(/.{6}(;|$)/g, "AAAAAA$1") }),
    ).toMatchObject({
      status: 401,
    });
    const before = ada.cookie;
    await ada.post("/sign-out");
    expect(await sockets.refused({ origin, cookie: before })).toEqual({ status: 401, code: "session_ended" });
    expect(sockets.server.clients.size).toBe(0);
  });

  it("opens to no page of another site, which would have all the cookies", async () => {
    const site = createSite(strategy, { trustedOrigins: ["https://www.app.example"] });
    const { cookie } = await site.signedUp();
    const sockets = await serve(site);
    const refused = { status: 403, code: "csrf_refused" };
    for (const other of [
      "https://evil.example",
      "https://app.example.evil.example",
      "http://app.example",
      "null",
    ])
      expect(await sockets.refused({ cookie, origin: other }), other).toEqual(refused);
    expect(await sockets.refused({ cookie })).toEqual(refused);
    await sockets.open(cookie, { origin: "https://www.app.example", "sec-fetch-site": "same-site" });
    expect(site.events.filter(({ type }) => type === "csrf_refused")).toHaveLength(5);
  });

  it("opens to a bearer token, whose program has no Origin", async () => {
    const site = createSite(strategy, { transports: ["cookie", "header"] });
    const app = site.browser();
    const { tokens } = (
      await app.post("/sign-up/password", {
        email: "ada@example.com",
        password: "correct horse battery",
        transport: "header",
      })
    ).body;
    const sockets = await serve(site);
    const client = new WebSocket(`ws://127.0.0.1:${sockets.port}/live`, {
      headers: { authorization: `Bearer ${tokens?.accessToken}` },
    });
    await once(client, "open");
    client.terminate();
  });

  it("is no way in during an outage, and no way out either", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const sockets = await serve(site);
    const socket = await sockets.open(ada.cookie);
    Object.assign(site.outage, { sessions: true, users: true });
    await site.pass(60_000);
    await site.pass(60_000);
    expect(await sockets.refused({ origin, cookie: ada.cookie })).toEqual({
      status: 503,
      code: "store_unavailable",
      retryAfter: expect.stringMatching(/^\d+$/) as string,
    });
    expect(socket.client.readyState).toBe(WebSocket.OPEN);
    Object.assign(site.outage, { sessions: false, users: false });
    await ada.post("/sign-out");
    await site.pass(2000);
    expect(await socket.closed).toBe("4401 signed_out");
  });

  it.each([
    [
      "memory",
      (): AccountStore[] => {
        const one = memory();
        return [one, one];
      },
    ],
    ["sqlite", (): AccountStore[] => [0, 1].map(() => sqlite(join(folder, `${strategy}.db`)))],
  ])("SC-20: closes within the bound when another node ends the session (%s)", async (_, open) => {
    const [first, second] = open() as [AccountStore, AccountStore];
    const here = createSite(strategy, { accounts: first });
    const there = createSite(strategy, { accounts: second, clock: here.clock });
    const ada = await here.signedUp();
    const sockets = await serve(here);
    const sid = await sidOf(ada);
    const socket = await sockets.open(ada.cookie);
    await there.auth.sessions.revoke(sid, "revoked_by_admin");
    await here.clock.advance(2000);
    expect(await socket.closed).toBe(`${sessionEndedCode} revoked_by_admin`);
    await there.auth.close();
    await Promise.all([first.close(), second.close()]);
  });

  it("closes when its user is disabled on another node", async () => {
    const { here, there } = createFleet(strategy);
    const ada = await here.signedUp();
    const { id } = (await ada.get("/me")).body;
    const socket = await (await serve(here)).open(ada.cookie);
    await there.auth.users.setStatus(id, "disabled");
    await here.clock.advance(2000);
    expect(await socket.closed).toBe("4401 user_disabled");
    await there.auth.close();
  });

  it("closes at the moment when its session idled or expired", async () => {
    const site = createSite(strategy, { session: { idleTimeout: "17m", absoluteTimeout: "30m" } });
    const ada = await site.signedUp();
    const sockets = await serve(site);
    const idle = await sockets.open(ada.cookie);
    await site.clock.advance(17 * 60_000 - 1);
    expect(idle.client.readyState).toBe(WebSocket.OPEN);
    await site.clock.advance(1);
    expect(await idle.closed).toBe("4401 idle");
  });

  it("lives on with a session that is used, and not beyond its end", async () => {
    const site = createSite(strategy, { session: { idleTimeout: "17m", absoluteTimeout: "30m" } });
    const ada = await site.signedUp();
    const socket = await (await serve(site)).open(ada.cookie);
    await site.clock.advance(15 * 60_000);
    expect((await ada.post("/touch")).status).toBe(200);
    await site.clock.advance(15 * 60_000 - 1);
    expect(socket.client.readyState).toBe(WebSocket.OPEN);
    await site.clock.advance(1);
    expect(await socket.closed).toBe("4401 expired");
  });

  it("leaves nothing behind when its client goes away", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const sockets = await serve(site);
    const first = await sockets.open(ada.cookie);
    await site.clock.advance(1000);
    const withOne = site.clock.pendingTimers;
    const more = [await sockets.open(ada.cookie), await sockets.open(ada.cookie)];
    await site.clock.advance(0);
    expect(site.clock.pendingTimers).toBe(withOne + 2);
    const gone = [...sockets.server.clients].slice(1).map(async (socket) => once(socket, "close"));
    more[0]?.client.close();
    more[1]?.client.terminate();
    await Promise.all(gone);
    await site.clock.advance(0);
    expect(site.clock.pendingTimers).toBe(withOne);
    expect(first.client.readyState).toBe(WebSocket.OPEN);
  });
});

describe("the listener for upgrades", () => {
  it("asks for all that a guard can ask for", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(2 * 3_600_000);
    const sockets = await serve(site, { freshFor: "1h" });
    expect(await sockets.refused({ origin, cookie: ada.cookie })).toEqual({
      status: 403,
      code: "step_up_required",
    });
  });

  it("closes a socket whose session ended while it was opened", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp();
    const sid = await sidOf(ada);
    const { protect } = site.auth;
    const late: Site = {
      ...site,
      auth: {
        ...site.auth,
        async protect(...given) {
          const admission = await protect(...given);
          await site.auth.sessions.revoke(sid);
          return admission;
        },
      },
    };
    const socket = await (await serve(late)).open(ada.cookie);
    expect(await socket.closed).toBe("4401 revoked");
  });

  /** What a client writes that does as it likes. */
  const handshake = (cookie: string): string =>
    [
      "GET /live HTTP/1.1",
      "Host: 127.0.0.1",
      `Origin: ${origin}`,
      `Cookie: ${cookie}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "\r\n",
    ].join("\r\n");

  it("hears nothing more from a client that does not take part in closing", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp();
    const sockets = await serve(site);
    const raw = connect(sockets.port, "127.0.0.1");
    raw.write(handshake(ada.cookie));
    await once(raw, "data");
    // A text of one letter, masked with zeros (RFC 6455 §5.2).
    const letter = (text: string): Buffer => Buffer.from([0x81, 0x81, 0, 0, 0, 0, text.charCodeAt(0)]);
    const [open] = sockets.server.clients;
    raw.write(letter("a"));
    await once(open as WebSocket, "message");
    await site.auth.sessions.revoke(await sidOf(ada));
    const read = once(sockets.raw.at(-1) as Duplex, "data");
    raw.write(letter("b"));
    await read;
    expect(sockets.heard).toEqual(["a"]);
    raw.destroy();
  });

  it("survives a client that is gone before it is refused", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp();
    const { protect } = site.auth;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let asked = (): void => {};
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const slow: Site = {
      ...site,
      auth: {
        ...site.auth,
        async protect(...given) {
          asked();
          await held;
          return protect(...given);
        },
      },
    };
    const sockets = await serve(slow);
    const raw = connect(sockets.port, "127.0.0.1");
    raw.write(handshake("sojourn=nobody"));
    await arrived;
    raw.resetAndDestroy();
    await once(raw, "close");
    release();
    await sockets.open(ada.cookie);
    expect(sockets.server.clients.size).toBe(1);
  });
});
