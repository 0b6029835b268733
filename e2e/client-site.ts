import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { type Auth, createAuth, type StoredUser } from "sojourn";
import { toNodeHandler } from "sojourn/node";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";
import type { Strategy } from "./demo-server.ts";

/** A site whose pages have nothing but a client, over a database in a file. */
export interface ClientSite {
  readonly url: string;
  readonly auth: Auth<StoredUser>;
  /** What was requested below `/auth` since the last time this was asked, such as `GET /session`. */
  asked(): string[];
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** What the page is: its client is `client`, and `#who` says who is signed in. */
const script = `
  import { createClient } from "sojourn/client";
  const { initial, ...asked } = JSON.parse(document.body.dataset.options);
  const storage = asked.transport === "header" ? { storage: localStorage } : {};
  const client = createClient({ ...asked, ...storage, ...(initial === undefined ? {} : { initial }) });
  const show = ({ status, user, reason, error }) => {
    document.querySelector("#who").textContent = user?.email ?? status;
    document.querySelector("#why").textContent = reason ?? "";
    document.querySelector("#error").textContent = error?.code ?? "";
  };
  window.look = () => client.subscribe(show);
  window.unlook = window.look();
  window.expired = [];
  client.onExpired((reason) => window.expired.push(reason));
  window.client = client;
`;

const pageOf = (options: string): string => `<!doctype html>
<meta charset="utf-8"><title>Client</title><link rel="icon" href="data:,">
<body data-options="${options.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}">
<p id="who"></p><p id="why"></p><p id="error"></p><a href="/elsewhere">Elsewhere</a>
<script type="module" src="/script/page.js"></script>`;

/**
 * Starts a site. A page's query is the options of its client, as JSON in `options`; `snapshot` hydrates it. `/leave` sends on
 * to the address in `to`.
 */
export async function startClientSite(strategy: Strategy, accessTokenTtl = "15m"): Promise<ClientSite> {
  const scripts = await bundle();
  const folder = mkdtempSync(join(tmpdir(), "sojourn-client-"));
  const requests: string[] = [];
  let auth: Auth<StoredUser> | null = null;
  let server: Server | null = null;
  let port = 0;
  let seen = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const code = scripts.get(url.pathname);
    if (code !== undefined) {
      response.writeHead(200, { "Content-Type": "text/javascript" });
      response.end(code);
    } else if (url.pathname.startsWith("/auth/") && auth !== null) {
      requests.push(`${request.method} ${url.pathname.slice("/auth".length)}`);
      await toNodeHandler(auth)(request, response);
    } else if (url.pathname === "/leave") {
      response.writeHead(307, { Location: url.searchParams.get("to") ?? "/" });
      response.end();
    } else await servePage(auth, request, response, url);
  };
  const start = async (): Promise<void> => {
    const listening = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
    ({ port } = listening.address() as AddressInfo);
    server = listening;
    auth = open(strategy, port, folder, accessTokenTtl);
  };
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server?.close(resolve));
    server?.closeAllConnections();
    await closed;
    await auth?.close();
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    get auth() {
      return auth as Auth<StoredUser>;
    },
    asked() {
      const since = requests.slice(seen);
      seen = requests.length;
      return since;
    },
    stop,
    start,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function open(strategy: Strategy, port: number, folder: string, accessTokenTtl: string): Auth<StoredUser> {
  return createAuth({
    strategy,
    baseURL: `http://127.0.0.1:${port}`,
    secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
    store: sqlite(join(folder, "site.db")),
    login: [password()],
    transports: ["cookie", "header"],
    jwt: { fields: ["email", "name", "role"] },
    session: { accessTokenTtl: accessTokenTtl as "15m" },
    rateLimit: false,
  });
}

async function servePage(
  auth: Auth<StoredUser> | null,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const options = JSON.parse(url.searchParams.get("options") ?? "{}") as object;
  const headers = new Headers({ cookie: request.headers.cookie ?? "" });
  const initial = url.searchParams.has("snapshot") ? { initial: await auth?.snapshot({ headers }) } : {};
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache" });
  response.end(pageOf(JSON.stringify({ ...options, ...initial })));
}

/** The page's script and what it loads later, by path. */
async function bundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: import.meta.dirname, sourcefile: "page.js" },
    outdir: "/script",
    entryNames: "page",
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    platform: "browser",
    target: "es2023",
    write: false,
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]));
}
