import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { createAuth, type Store } from "sojourn";
import { toNodeHandler } from "sojourn/node";

/*
 * One node of a fleet, as a process: `node node-process.ts <options as JSON>`. It tells its port on standard
 * output, and what went wrong inside on standard error.
 */

/** What a node is told. */
export interface NodeOptions {
  /** A module whose `open(where)` makes the store. */
  readonly module: string;
  readonly where: string;
  readonly strategy: "stateful" | "hybrid";
  /** Seconds. */
  readonly accessTokenTtl: number;
}

/** A module of {@link NodeOptions}. */
interface OpensStore {
  open(where: string): Store | Promise<Store>;
}

const options = JSON.parse(process.argv[2] ?? "{}") as NodeOptions;

// Whatever nobody handles ends the process, and with it the test: a server that goes away must not do that.
process.on("unhandledRejection", (error) => {
  console.error("unhandled rejection", error);
  process.exit(70);
});

const opener = (await import(pathToFileURL(options.module).href)) as OpensStore;
const store = await opener.open(options.where);
const auth = createAuth({
  secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
  store,
  strategy: options.strategy,
  users: { findById: (id: string) => ({ id }) },
  session: { accessTokenTtl: options.accessTokenTtl },
});
const handle = toNodeHandler(auth);

const server = createServer((request, response) => void respond(request, response));
server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => void leave());

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://node");
  if (url.pathname !== "/sign-in") return handle(request, response);
  try {
    const principal = { userId: url.searchParams.get("user") ?? "", method: "test" };
    const { cookies, session } = await auth.signIn(principal, { headers: request.headers });
    response.setHeader("set-cookie", [...cookies]);
    response.end(session.sid);
  } catch {
    response.writeHead(503).end();
  }
}

async function leave(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await auth.close();
  await store.close();
  process.exit(0);
}
