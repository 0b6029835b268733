import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Auth, createAuth, SojournError, type StoredUser } from "sojourn";
import { memory } from "sojourn/memory";
import { toNodeHandler } from "sojourn/node";
import { password } from "sojourn/password";
import { type RawData, WebSocketServer } from "ws";
import { freePort } from "./services/free-port.ts";
import type { PrivateProxy } from "./services/private-proxy.ts";

const page = readFileSync(join(import.meta.dirname, "../docs/forward-auth.md"), "utf8");

/** The one block of a language on the page about forward-auth. */
function documented(language: string): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))];
  if (blocks.length !== 1) throw new Error(`The page has ${blocks.length} blocks of ${language}.`);
  return blocks[0]?.[1] ?? "";
}

/** Puts the addresses of a test in the place of those that are in the documentation. */
function readdressed(text: string, addresses: Readonly<Record<string, string>>): string {
  return Object.entries(addresses).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`The documented configuration has no ${from}.`);
    return result.replaceAll(from, to);
  }, text);
}

/** A server that knows nothing of sessions, guarded by a proxy as documented, with Sojourn beside it. */
export interface ForwardSite {
  readonly origin: string;
  readonly auth: Auth<StoredUser>;
  /** What has reached the server behind, with its target as it came. */
  readonly reached: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Takes the sessions away, and brings them back. */
  readonly outage: { is: boolean };
  close(): Promise<void>;
}

/** How a proxy of a kind is started with a documented configuration. */
export interface DocumentedProxy {
  readonly language: string;
  /** How the documentation writes where it listens, and what a test writes. */
  listening(port: number): readonly [string, string];
  start(port: number, configuration: string): Promise<PrivateProxy>;
}

/** Starts all three. */
export async function startForwardSite(proxy: DocumentedProxy): Promise<ForwardSite> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const outage = { is: false };
  const auth = createAuth({
    baseURL: origin,
    secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
    store: withOutage(outage),
    login: [password({ hasher: plainHasher })],
    redirects: { signIn: "/sign-in" },
    trustedProxies: 1,
  });
  const accounts = await serveAccounts(auth);
  const reached: ForwardSite["reached"] = [];
  const app = await serveApp(reached);
  const configuration = readdressed(documented(proxy.language), {
    [proxy.listening(port)[0]]: proxy.listening(port)[1],
    "127.0.0.1:3000": addressOf(accounts),
    "127.0.0.1:4000": addressOf(app),
  });
  const running = await proxy.start(port, configuration);
  return {
    origin,
    auth,
    reached,
    outage,
    async close() {
      await running.remove();
      for (const server of [accounts, app]) {
        server.close();
        server.closeAllConnections();
      }
      await auth.close();
    },
  };
}

const plainHasher = {
  hash: (text: string) => Promise.resolve(text),
  verify: (phc: string, text: string) => Promise.resolve(phc === text),
  needsRehash: () => false,
};

function withOutage(outage: { readonly is: boolean }): ReturnType<typeof memory> {
  const store = memory();
  const sessions = new Proxy(store.sessions, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name, target);
      if (typeof verb !== "function") return verb;
      return (...args: unknown[]): unknown => {
        if (outage.is) throw new SojournError("store_unavailable");
        return Reflect.apply(verb, target, args);
      };
    },
  });
  return { ...store, sessions, migrate: () => store.migrate(), close: () => store.close() };
}

/** Sojourn and the sign-in page, which is the one of the documentation. */
function serveAccounts(auth: Auth<StoredUser>): Promise<Server> {
  const [, signInPage = ""] = /^const signInPage = `([^]*?)`;$/m.exec(documented("ts")) ?? [];
  const handler = toNodeHandler(auth);
  return listening(
    createServer((request, response) => {
      if (request.url?.startsWith("/auth/") === true) return void handler(request, response);
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(signInPage);
    }),
  );
}

/** Tells what it was asked, and echoes what comes through a WebSocket. */
function serveApp(reached: ForwardSite["reached"]): Promise<Server> {
  const server = createServer((request, response) => {
    const { url = "", headers } = request;
    reached.push({ url, headers });
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    const text = `${url} for ${String(headers["x-user-id"])}`.replaceAll("&", "&amp;");
    response.end(`<!doctype html><title>Reports</title><link rel=icon href="data:,"><p>${text}</p>`);
  });
  new WebSocketServer({ server }).on("connection", (socket, { url = "", headers }) => {
    reached.push({ url, headers });
    socket.on("message", (data) => socket.send(`${String(headers["x-user-id"])} said ${textOf(data)}`));
  });
  return listening(server);
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A message as text; `ws` gives it as one buffer unless told otherwise. */
export function textOf(data: RawData): string {
  return (data as Buffer).toString();
}
