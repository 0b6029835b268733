import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { type Auth, createAuth, type StoredUser } from "sojourn";
import { toNodeHandler } from "sojourn/node";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";
import type { DemoOptions } from "./arguments.ts";
import { type ApiReply, demoFacts, hello } from "./demo-api.ts";
import type { DemoProvider } from "./provider.ts";
import { readPage } from "./page-files.ts";
import { securityHeaders } from "./security-headers.ts";

/** The demo, ready to listen. */
export interface Demo {
  readonly server: Server;
  /** Writes what waits to be written and closes everything, open event streams too. */
  close(): Promise<void>;
}

/** At most one last-seen write in this time, as by default, unless the demo is asked for shorter sessions. */
const touchInterval = 60;

/**
 * Builds the demo's server: an app with Sojourn mounted at `/auth`, one API route of its own and one page.
 *
 * @param provider where one can sign in besides with a password; null for nowhere.
 */
export async function createDemo(options: DemoOptions, provider: DemoProvider | null): Promise<Demo> {
  const { strategy, idleTimeout, absoluteTimeout, accessTokenTtl, freshToEnd } = options;
  const store = sqlite(options.db);
  const auth = createAuth({
    store,
    strategy,
    login: provider === null ? [password()] : [password(), provider.method],
    session: {
      idleTimeout,
      absoluteTimeout,
      accessTokenTtl,
      freshToEnd,
      touchInterval: Math.min(touchInterval, idleTimeout / 10),
    },
    // Tokens carry what the page greets with; only the stateful strategy reads the user at each request.
    jwt: { fields: ["email", "name", "role"] },
  });
  // Before the first request, so that a file that cannot be used is an error now and not a page that fails.
  await auth.migrate();
  const server = createServer(respondWith(auth, options, provider));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await auth.close();
    await store.close();
  };
  return { server, close };
}

function respondWith(
  auth: Auth<StoredUser>,
  options: DemoOptions,
  provider: DemoProvider | null,
): (request: IncomingMessage, response: ServerResponse) => void {
  const handleAuth = toNodeHandler(auth);
  const files = readPage(join(import.meta.dirname, "page"));

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (path.startsWith("/auth/")) return handleAuth(request, response);
    if (request.method !== "GET" && request.method !== "HEAD") return sendJson(response, onlyGet);
    if (path === "/api/hello") return sendJson(response, await hello(auth, request));
    if (path === "/api/demo") return sendJson(response, demoFacts(options, provider?.title ?? null));
    const file = files.get(path);
    if (file === undefined) return sendJson(response, notFound);
    response.writeHead(200, {
      ...securityHeaders,
      "Content-Type": file.type,
      "Cache-Control": file.cacheControl,
    });
    response.end(file.body);
  };

  return (request, response) => {
    respond(request, response).catch((error: unknown) => {
      console.error(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, failed);
    });
  };
}

const onlyGet: ApiReply = {
  status: 405,
  body: { message: "Only GET is allowed here." },
  headers: { Allow: "GET, HEAD" },
};
const notFound: ApiReply = { status: 404, body: { message: "There is nothing here." } };
const failed: ApiReply = {
  status: 500,
  body: { message: "Something went wrong; the server's log says what." },
};

function sendJson(response: ServerResponse, { status, body, headers }: ApiReply): void {
  // What depends on who asks must never be kept for somebody else.
  const kept = { "Content-Type": "application/json", "Cache-Control": "private, no-store", Vary: "Cookie" };
  response.writeHead(status, { ...securityHeaders, ...kept, ...headers });
  response.end(JSON.stringify(body));
}
