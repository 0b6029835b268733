import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { type Auth, createAuth } from "sojourn";
import { toExpress } from "sojourn/express";
import { toFastify } from "sojourn/fastify";
import { toHono } from "sojourn/hono";
import { readSession } from "sojourn/node";
import { sqlite } from "sojourn/sqlite";

/*
 * One server of one framework, for `npm run bench:frameworks`: two routes that answer alike, `/bare` without a look at the session
 * and `/session` with one. Told to, it says how much processor time it has used.
 */
const [framework = "", strategy = "hybrid", secret = ""] = process.argv.slice(2);
const store = sqlite(":memory:");
const auth: Auth = createAuth({
  secret,
  store,
  strategy: strategy === "hybrid" ? "hybrid" : "stateful",
  users: { findById: (id) => ({ id }) },
});

const answers: Readonly<Record<string, () => Promise<AddressInfo>>> = {
  async node() {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const state = request.url === "/session" ? await readSession(auth, request) : null;
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ status: state?.status ?? "bare" }));
    };
    return listening(createServer((request, response) => void answer(request, response)));
  },
  async express() {
    const app = express();
    const session = toExpress(auth);
    app.get("/bare", (_request, response) => void response.json({ status: "bare" }));
    app.get("/session", session.middleware, async (request, response) => {
      const state = await session.of(request).read();
      response.json({ status: state.status });
    });
    return listening(createServer(app));
  },
  async fastify() {
    const app = fastify();
    const session = toFastify(auth);
    app.get("/bare", async () => ({ status: "bare" }));
    await app.register(async (part) => {
      await part.register(session.plugin);
      part.get("/session", async (request) => ({ status: (await session.of(request).read()).status }));
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    return app.server.address() as AddressInfo;
  },
  async hono() {
    const app = new Hono();
    const session = toHono(auth);
    app.get("/bare", (c) => c.json({ status: "bare" }));
    app.get("/session", session.middleware, async (c) =>
      c.json({ status: (await session.of(c).read()).status }),
    );
    return new Promise(
      (resolve) => void serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, resolve),
    );
  },
};

async function listening(server: ReturnType<typeof createServer>): Promise<AddressInfo> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address() as AddressInfo;
}

const start = answers[framework];
if (start === undefined) throw new Error(`There is no server for ${framework}.`);
const { port } = await start();
const cookies: string[] = [];
for (let user = 0; user < 256; user += 1) {
  const issued = await auth.sessions.create({ userId: `user-${user}`, method: "bench" });
  cookies.push(issued.cookies.map((cookie) => cookie.split(";", 1)[0]).join("; "));
}
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ micros: user + system });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port, cookies });
