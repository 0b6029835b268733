import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, describe, it } from "vitest";
import { adapterContract } from "../testing/index.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import { openRequest, sendResponse, toNodeHandler } from "./node.ts";

const auth = contractAuth();
const handler = toNodeHandler(auth);

async function app(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (pathname.startsWith(auth.basePath)) return handler(request, response);
  const visit = openRequest(auth, request, response);
  const reply = (body: unknown): void => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(body));
  };
  switch (`${request.method} ${pathname}`) {
    case "GET /api/whoami": {
      const state = await visit.read();
      return reply({ status: state.status, userId: state.status === "active" ? state.user.id : null });
    }
    case "GET /private":
    case "GET /api/fresh":
    case "GET /api/private":
    case "POST /api/private": {
      const refused = await visit.protect(pathname === "/api/fresh" ? { freshFor: "5m" } : {});
      if (refused !== null) return sendResponse(refused, response);
      return reply({ userId: visit.live.user.id });
    }
    case "POST /api/sign-in": {
      const { userId } = (await json(request)) as { userId: string };
      await visit.read();
      response.setHeader("Set-Cookie", "theme=dark; Path=/");
      await visit.signIn({ userId, method: "app" });
      response.setHeader("Cache-Control", "public, s-maxage=600");
      return reply({ userId: (await visit.getSession())?.user.id });
    }
    case "POST /api/sign-out":
      await visit.read();
      await visit.signOut();
      return reply({});
    default:
      response.statusCode = 404;
      return reply({});
  }
}

adapterContract({
  name: "node:http",
  describe,
  it,
  afterAll,
  async serve() {
    const server = createServer((request, response) => void app(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: async () => {
        server.closeAllConnections();
        server.close();
        await auth.close();
      },
    };
  },
});
