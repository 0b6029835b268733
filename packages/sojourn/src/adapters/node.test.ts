import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Auth } from "../auth.ts";
import { createAuth } from "../create-auth.ts";
import type { SojournEvent } from "../domain/events.ts";
import { countingHasher, testSecret } from "../http/http-test-kit.fixture.ts";
import { password } from "../login/password/index.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { appendCookies, openRequest, readSession, toNodeHandler } from "./node.ts";

const account = { email: "ada@example.com", password: "correct horse battery" };
const running: { server: Server; auth: Auth<StoredUser> }[] = [];

afterEach(async () => {
  for (const { server, auth } of running.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await auth.close();
  }
});

interface Site {
  readonly auth: Auth<StoredUser>;
  readonly port: number;
  readonly origin: string;
  readonly events: SojournEvent[];
  readonly errors: unknown[];
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A real server on a free port; the handler is mounted as it is unless a listener wraps it. */
async function serve(
  wrap: (auth: Auth<StoredUser>) => Listener = (auth) => toNodeHandler(auth),
  host = "127.0.0.1",
): Promise<Site> {
  const events: SojournEvent[] = [];
  const errors: unknown[] = [];
  const auth = createAuth<StoredUser>({
    store: memory(),
    secret: testSecret,
    login: [password({ hasher: countingHasher() })],
    onEvent: (event) => void events.push(event),
  });
  const listener = wrap(auth);
  const server = createServer((request, response) => {
    Promise.resolve(listener(request, response)).catch((error: unknown) => errors.push(error));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  running.push({ server, auth });
  return { auth, port, origin: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, events, errors };
}

function post(
  site: Site,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${site.origin}/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function signedUp(site: Site): Promise<string> {
  const response = await post(site, "/sign-up/password", account);
  expect(response.status).toBe(200);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
}

/** Writes bytes to the server and reads until it closes, or until what came looks complete. */
async function raw(
  site: Site,
  text: string,
  until: (received: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket: Socket = connect(site.port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (until(received)) socket.destroy();
    });
    socket.on("close", () => resolve(received));
    socket.on("error", reject);
  });
}

function bodyOf(received: string): { code?: string } {
  const start = received.indexOf("{");
  return JSON.parse(received.slice(start, received.lastIndexOf("}") + 1)) as { code?: string };
}

describe("a server with the handler mounted", () => {
  it("signs in, knows who it is and signs out", async () => {
    const site = await serve();
    const cookie = await signedUp(site);
    expect(cookie).toMatch(/^sojourn=s1\./);
    const me = await fetch(`${site.origin}/auth/me`, { headers: { cookie } });
    expect(await me.json()).toMatchObject({ email: account.email });
    expect(await (await post(site, "/sign-out", {}, { cookie })).json()).toEqual({ ended: 1 });
    expect((await fetch(`${site.origin}/auth/me`, { headers: { cookie } })).status).toBe(401);
  });

  it("knows the address of the socket, in its short form", async () => {
    const site = await serve();
    await signedUp(site);
    expect(site.events.find(({ type }) => type === "session_created")?.ip).toBe("127.0.0.1");
  });

  it("works over IPv6", async ({ skip }) => {
    const site = await serve((auth) => toNodeHandler(auth), "::1").catch(() => null);
    if (site === null) return skip("this machine has no IPv6");
    await signedUp(site);
    expect(site.events.find(({ type }) => type === "session_created")?.ip).toBe("::1");
  });

  it("works over HTTP/2", async () => {
    const auth = createAuth({ store: memory(), secret: testSecret });
    const server = createHttp2Server((request, response) => {
      void toNodeHandler(auth)(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const reply = await new Promise<[status: number | undefined, body: string]>((resolve, reject) => {
      const stream = session.request({ ":path": "/auth/session", cookie: "sojourn=x" });
      let [status, body]: [number | undefined, string] = [undefined, ""];
      stream.on("response", (headers) => (status = headers[":status"]));
      stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
      stream.on("end", () => resolve([status, body]));
      stream.on("error", reject);
    });
    expect(reply).toEqual([200, "null"]);
    session.close();
    await new Promise((resolve) => server.close(resolve));
    await auth.close();
  });

  it("carries a sign-in over HTTP/2, beside the app's cookies and over what it says of caches", async () => {
    const { auth } = await serve();
    const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
    const signUp = { method: "POST", headers, body: JSON.stringify(account) };
    const reply = await auth.handler(new Request("http://x/auth/sign-up/password", signUp));
    const { id } = ((await reply.json()) as { user: { id: string } }).user;
    const server = createHttp2Server((incoming, outgoing) => {
      const [request, response] = [incoming, outgoing] as unknown as [IncomingMessage, ServerResponse];
      const visit = openRequest(auth, request, response);
      response.setHeader("Set-Cookie", "theirs=1");
      void visit.signIn({ userId: id, method: "app" }).then(() => {
        response.writeHead(200, { "Cache-Control": "public, s-maxage=600" });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream = session.request({ ":path": "/" });
    const answer = await new Promise<Record<string, unknown>>((resolve) =>
      stream.on("response", (found) => resolve({ ...found })),
    );
    expect(answer["cache-control"]).toBe("private, no-store");
    const cookies = answer["set-cookie"] as string[];
    expect(cookies.map((cookie) => cookie.split("=", 1)[0])).toEqual(["theirs", "sojourn", "sojourn-hint"]);
    stream.resume();
    session.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it("answers HEAD with the headers alone, and keeps the connection", async () => {
    const site = await serve();
    const cookie = await signedUp(site);
    const head = `HEAD /auth/session HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`;
    const get = "GET /auth/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const [first = "", second = ""] = (await raw(site, head + get)).split(/(?=HTTP\/1\.1)/);
    expect(first).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(first).toMatch(/\r\n\r\n$/);
    expect(second).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*null/);
  });

  it("takes the path of a target that is a whole URL, with its query, and not its host", async () => {
    const site = await serve((auth) => {
      const handler = toNodeHandler({
        ...auth,
        handler: async (request) => Response.json({ url: request.url }),
      });
      return handler;
    });
    const received = await raw(
      site,
      "GET http://evil.example/auth/me?a=1&b=2 HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n",
    );
    expect(bodyOf(received)).toEqual({ url: "http://app.example/auth/me?a=1&b=2" });
  });

  it.each([
    ["TRACE", "TRACE /auth/session HTTP/1.1\r\nHost: x\r\n", 400],
    ["an asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n", 400],
    ["a Host with a space", "GET /auth/session HTTP/1.1\r\nHost: a b\r\n", 400],
    ["a Host with a user", "GET /auth/session HTTP/1.1\r\nHost: user@x\r\n", 400],
    ["a Host with a path", "GET /session HTTP/1.1\r\nHost: x/auth\r\n", 400],
    ["a Host with a query", "GET /auth/session HTTP/1.1\r\nHost: x?\r\n", 400],
    ["a Host with a fragment", "GET /auth/session HTTP/1.1\r\nHost: x#\r\n", 400],
    ["a Host with a bad port", "GET /auth/session HTTP/1.1\r\nHost: x:99999\r\n", 400],
    ["an open bracket", "GET /auth/session HTTP/1.1\r\nHost: [::1\r\n", 400],
    ["no Host", "GET /auth/session HTTP/1.1\r\n", 400],
    ["two Hosts", "GET /auth/session HTTP/1.1\r\nHost: x\r\nHost: y\r\n", 200],
    ["an empty Host", "GET /auth/session HTTP/1.1\r\nHost:\r\n", 200],
    ["a target without a slash", "GET auth/session HTTP/1.1\r\nHost: x\r\n", 400],
    ["a target of two slashes", "GET //auth/session HTTP/1.1\r\nHost: x\r\n", 404],
    ["a target with a backslash", "GET /auth\\session HTTP/1.1\r\nHost: x\r\n", 200],
    ["an unknown method", "PROPFIND /auth/session HTTP/1.1\r\nHost: x\r\n", 405],
    ["HTTP/1.0", "GET /auth/session HTTP/1.0\r\n", 200],
  ])("answers %s, and goes on", async (_what, head, status) => {
    const site = await serve();
    const received = await raw(site, `${head}Connection: close\r\n\r\n`);
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(site.errors).toEqual([]);
    expect((await fetch(`${site.origin}/auth/session`)).status).toBe(200);
  });

  it("answers a cookie header of 17 kB with 431 and does not crash", async () => {
    const site = await serve();
    const response = await fetch(`${site.origin}/auth/session`, {
      headers: { cookie: `a=${"x".repeat(17_000)}` },
    });
    expect(response.status).toBe(431);
    expect((await fetch(`${site.origin}/auth/session`)).status).toBe(200);
  });

  it("reads a cookie header that came in pieces", async () => {
    const site = await serve();
    const cookie = await signedUp(site);
    const received = await raw(
      site,
      `GET /auth/me HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nCookie: ${cookie}\r\nCookie: b=2\r\nConnection: close\r\n\r\n`,
    );
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("keeps the connection in order after a body that it refused unread", async () => {
    const site = await serve();
    const big = "x".repeat(200_000);
    const head = (length: number): string =>
      `POST /auth/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\nContent-Length: ${length}\r\n\r\n`;
    const next = "GET /auth/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const received = await raw(site, head(big.length) + big + next);
    const replies = received.split(/(?=HTTP\/1\.1 )/);
    expect(replies[0]).toMatch(/^HTTP\/1\.1 413 /);
    // Either the rest is skipped and the next request answered, or the connection is closed: never a body read as a request.
    expect(replies.slice(1).every((reply) => reply.startsWith("HTTP/1.1 200 "))).toBe(true);
    expect(replies.length === 2 || /connection: close/i.test(replies[0] ?? "")).toBe(true);
    expect((await fetch(`${site.origin}/auth/session`)).status).toBe(200);
  });

  it("refuses an endless body at its limit", async () => {
    const site = await serve();
    const head =
      "POST /auth/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\nTransfer-Encoding: chunked\r\n\r\n";
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const received = await raw(site, head + chunk.repeat(6), (text) => text.includes('"code"'));
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("survives a client that leaves in the middle of its body", async () => {
    const site = await serve();
    const socket = connect(site.port, "127.0.0.1");
    socket.write(
      "POST /auth/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 1000\r\n\r\n{",
    );
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect((await fetch(`${site.origin}/auth/session`)).status).toBe(200);
    expect(site.errors).toEqual([]);
  });

  it("keeps the cookies and headers that the host has set on the response", async () => {
    const site = await serve((auth) => {
      const handler = toNodeHandler(auth);
      return (request, response) => {
        response.setHeader("Set-Cookie", ["theirs=1; Path=/", "more=2"]);
        response.setHeader("X-Request-Id", "7");
        response.setHeader("Cache-Control", "public, s-maxage=600");
        return handler(request, response);
      };
    });
    const response = await post(site, "/sign-up/password", account);
    expect(response.headers.getSetCookie().map((cookie) => cookie.split("=", 1)[0])).toEqual([
      "theirs",
      "more",
      "sojourn",
      "sojourn-hint",
    ]);
    expect(response.headers.get("x-request-id")).toBe("7");
    expect(response.headers.get("cache-control")).toBe("private, no-store");
  });

  it("answers what cannot be made a request of as every other failure", async () => {
    const site = await serve();
    const received = await raw(site, "GET /auth/session HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n");
    expect(received).toMatch(/content-type: application\/problem\+json/i);
    expect(received).toMatch(/cache-control: private, no-store/i);
    expect(bodyOf(received)).toMatchObject({
      code: "invalid_input",
      status: 400,
      title: "The input is not valid",
      type: expect.any(String) as string,
      detail: expect.any(String) as string,
    });
  });
});

describe("the event stream over a socket", () => {
  it("comes at once, piece by piece, and closes when the session ends", async () => {
    const site = await serve();
    const cookie = await signedUp(site);
    const response = await fetch(`${site.origin}/auth/events`, { headers: { cookie } });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    expect(decoder.decode((await reader.read()).value)).toMatch(/^event: alive\n/);
    await post(site, "/sign-out", {}, { cookie });
    expect(decoder.decode((await reader.read()).value)).toContain('"reason":"signed_out"');
    expect((await reader.read()).done).toBe(true);
  });

  it("ends on the server when the client goes away", async () => {
    let signal: AbortSignal | null = null;
    const site = await serve((auth) =>
      toNodeHandler({
        ...auth,
        handler: (request, host) => {
          if (request.url.endsWith("/events")) ({ signal } = request);
          return auth.handler(request, host);
        },
      }),
    );
    const cookie = await signedUp(site);
    const client = httpRequest(`${site.origin}/auth/events`, { headers: { cookie } });
    client.end();
    const gone = new Promise<void>((resolve) => {
      client.on("response", (response) => {
        response.once("data", () => {
          (signal as AbortSignal | null)?.addEventListener("abort", () => resolve());
          client.destroy();
        });
      });
    });
    client.on("error", () => undefined);
    await gone;
    expect((signal as AbortSignal | null)?.aborted).toBe(true);
    expect(site.errors).toEqual([]);
  });
});

describe("reading a session without building a Request", () => {
  it("tells who a request is from", async () => {
    const site = await serve((auth) => async (request, response) => {
      const mounted = toNodeHandler(auth);
      if (request.url?.startsWith("/auth")) return mounted(request, response);
      const state = await readSession(auth, request, request.url === "/poll" ? { passive: true } : {});
      response.end(state.status === "active" ? state.user.email : state.status);
    });
    const cookie = await signedUp(site);
    expect(await (await fetch(site.origin, { headers: { cookie } })).text()).toBe(account.email);
    expect(await (await fetch(`${site.origin}/poll`, { headers: { cookie } })).text()).toBe(account.email);
    expect(await (await fetch(site.origin)).text()).toBe("anonymous");
    await post(site, "/sign-out", {}, { cookie });
    expect(await (await fetch(site.origin, { headers: { cookie } })).text()).toBe("ended");
  });

  it("answers at once where the store does", async () => {
    let kind = "";
    const site = await serve((auth) => (request, response) => {
      kind = readSession(auth, request) instanceof Promise ? "later" : "at once";
      response.end();
    });
    await fetch(site.origin, { headers: { cookie: "sojourn=x" } });
    expect(kind).toBe("at once");
  });

  it("adds its cookies to those of the host", async () => {
    const site = await serve(() => (_request, response) => {
      response.setHeader("Set-Cookie", "theirs=1");
      appendCookies(response, ["a=1; Path=/", "b=2; Path=/"]);
      appendCookies(response, []);
      response.end();
    });
    expect((await fetch(site.origin)).headers.getSetCookie()).toEqual([
      "theirs=1",
      "a=1; Path=/",
      "b=2; Path=/",
    ]);
  });

  it("lets no cache keep a page of the host that carries them, and leaves other pages alone", async () => {
    const site = await serve(() => (request, response) => {
      response.setHeader("Cache-Control", "public, s-maxage=600");
      appendCookies(response, request.url === "/cookies" ? ["a=1; Path=/"] : []);
      response.end();
    });
    const caching = async (path: string): Promise<(string | null)[]> => {
      const { headers } = await fetch(site.origin + path);
      return [headers.get("cache-control"), headers.get("cdn-cache-control")];
    };
    expect(await caching("/cookies")).toEqual(["private, no-store", "no-store"]);
    expect(await caching("/")).toEqual(["public, s-maxage=600", null]);
  });
});
