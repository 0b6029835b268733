import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Auth, createAuth, type StoredUser } from "sojourn";
import { memory } from "sojourn/memory";
import { toNodeHandler } from "sojourn/node";
import { password } from "sojourn/password";
import type { EdgeSettings } from "./edge-worker.ts";

/** The server behind an edge. */
export interface EdgeSite {
  readonly settings: EdgeSettings;
  readonly auth: Auth<StoredUser>;
  /** How often the feed was asked for since the last time this was asked. */
  feeds(): number;
  /** Signs somebody up; their cookies. */
  signUp(): Promise<string>;
  post(path: string, cookie: string): Promise<number>;
  /** How long the feed takes to answer from now on, in ms. */
  delay(ms: number): void;
  /** Nobody is answered from now on; sessions stay. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
const service = { id: "edge", secret: "Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXt" };

/** Starts a server of hybrid sessions in this process. */
export async function startEdgeSite(alg: EdgeSettings["alg"]): Promise<EdgeSite> {
  let server: Server | null = null;
  let auth: Auth<StoredUser> | null = null;
  let port = 0;
  let asked = 0;
  let people = 0;
  let delay = 0;
  const start = async (): Promise<void> => {
    const listening = createServer((request, response) => {
      const isFeed = request.url?.startsWith("/auth/revocations") === true;
      if (isFeed) asked += 1;
      setTimeout(() => void toNodeHandler(auth as Auth<StoredUser>)(request, response), isFeed ? delay : 0);
    });
    await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
    ({ port } = listening.address() as AddressInfo);
    server = listening;
  };
  await start();
  const baseURL = `http://127.0.0.1:${port}`;
  auth = openAuth(baseURL, alg);
  const post = (path: string, headers: object, body: object = {}): Promise<Response> =>
    fetch(`${baseURL}/auth${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: baseURL, ...headers },
      body: JSON.stringify(body),
    });
  return {
    auth,
    settings: { baseURL, alg, service, secret: alg === "HS256" ? secret : undefined },
    feeds() {
      const since = asked;
      asked = 0;
      return since;
    },
    delay(ms) {
      delay = ms;
    },
    async signUp() {
      people += 1;
      const account = { email: `somebody-${people}@example.com`, password: "correct horse battery" };
      const reply = await post("/sign-up/password", {}, account);
      return reply.headers
        .getSetCookie()
        .map((line) => line.split(";", 1)[0])
        .join("; ");
    },
    post: async (path, cookie) => (await post(path, { cookie })).status,
    start,
    async stop() {
      const closed = new Promise((resolve) => server?.close(resolve));
      server?.closeAllConnections();
      await closed;
    },
  };
}

function openAuth(baseURL: string, alg: EdgeSettings["alg"]): Auth<StoredUser> {
  return createAuth({
    baseURL,
    secret,
    strategy: "hybrid",
    jwt: { alg, fields: ["role"] },
    store: memory(),
    login: [password()],
    services: [service],
    rateLimit: false,
  });
}
