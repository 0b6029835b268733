import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { createAuth } from "sojourn";
import { createClient, type Duration, type SessionReply } from "sojourn/client";
import { toNodeHandler } from "sojourn/node";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";
import { App, type Wishes } from "./react-app.tsx";

/** A site made of the parts for React. */
export interface ReactSite {
  readonly url: string;
  /** What was asked of the routes so far, such as `GET /auth/session`. */
  readonly asked: string[];
  close(): Promise<void>;
}

const root = join(import.meta.dirname, "..");
const styles = readFileSync(join(root, "packages/sojourn/dist/react/styles.css"), "utf8");
const page = `
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, "Liberation Sans", sans-serif; }
.page { --bg: #fafaf8; --fg: #1b1f1d; background: var(--bg); color: var(--fg); min-height: 100vh; }
@media (prefers-color-scheme: dark) { .page { --bg: #111413; --fg: #eceeec; } }
.page[data-theme=dark] { --bg: #111413; --fg: #eceeec; color-scheme: dark; }
.page[data-theme=light] { --bg: #fafaf8; --fg: #1b1f1d; color-scheme: light; }
header { display: flex; justify-content: space-between; align-items: center; padding: 12px 16px; }
main { max-width: 640px; margin: 0 auto; padding: 16px; }
`;

/**
 * Serves the page, rendered here first where the browser's React is ours, with a database of its own. Nothing may load or run
 * but what this server itself serves.
 *
 * @param react which React runs in the browser.
 */
export async function serveReactSite(react: 18 | 19): Promise<ReactSite> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-react-"));
  const scripts = await bundle(react);
  const asked: string[] = [];
  const server: Server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const auth = createAuth({
    baseURL: url,
    secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
    store: sqlite(join(folder, "app.db")),
    login: [password()],
    rateLimit: false,
    impersonation: { allow: ({ email }) => email?.startsWith("admin") === true },
  });
  const handleAuth = toNodeHandler(auth);
  const lookUp = async (cookie: string): Promise<SessionReply | null> => {
    const found = await auth.handler(new Request(`${url}/auth/session`, { headers: { cookie } }));
    return (await found.json()) as SessionReply | null;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "/";
    if (path.startsWith("/auth/")) {
      asked.push(`${request.method} ${path}`);
      return handleAuth(request, response);
    }
    const asset = path === "/styles.css" ? `${styles}\n${page}` : scripts.get(path);
    const type = path.endsWith(".css") ? "text/css" : asset === undefined ? "text/html" : "text/javascript";
    response.writeHead(200, {
      "Content-Type": `${type}; charset=utf-8`,
      "Content-Security-Policy": "default-src 'self'; form-action 'self'; base-uri 'none'",
    });
    const wishes = wishesOf(new URL(path, url));
    if (asset !== undefined) response.end(asset);
    else if (react === 18) response.end(html("", { wishes }));
    else response.end(renderHere(url, wishes, await lookUp(request.headers.cookie ?? "")));
  };
  server.on("request", (request, response) => void serve(request, response));
  return {
    url,
    asked,
    async close() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      await closed;
      await auth.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function wishesOf({ searchParams }: URL): Wishes {
  return {
    idle: searchParams.get("idle") as Duration | null,
    warn: searchParams.get("warn") as Duration | null,
    theme: searchParams.get("theme"),
    locale: searchParams.get("locale"),
  };
}

function renderHere(url: string, wishes: Wishes, initial: SessionReply | null): string {
  const client = createClient({ baseURL: url });
  const markup = renderToString(
    <StrictMode>
      <App client={client} initial={initial} wishes={wishes} />
    </StrictMode>,
  );
  return html(markup, { initial, wishes });
}

function html(markup: string, facts: object): string {
  // In a script nothing is taken for a tag but its own end.
  const json = JSON.stringify(facts).replaceAll("<", "\\u003c");
  return `<!doctype html><html lang="en"><head><title>Parts</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="/icon.css"><link rel="stylesheet" href="/styles.css"></head><body><div id="root">${markup}</div>
<script type="application/json" id="facts">${json}</script><script type="module" src="/react-page.js"></script></body></html>`;
}

/** The scripts of the page, by path. */
async function bundle(react: 18 | 19): Promise<Map<string, string>> {
  const old = join(root, "apps/react-18/node_modules");
  const { outputFiles } = await build({
    entryPoints: [join(root, "e2e/react-page.tsx")],
    bundle: true,
    splitting: true,
    format: "esm",
    outdir: "/",
    write: false,
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' },
    alias: react === 18 ? { react: join(old, "react"), "react-dom": join(old, "react-dom") } : {},
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, text }) => [path, text]));
}
