import { serve as serveNode } from "@hono/node-server";
import { Hono } from "hono";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { adapterContract, type RunningApp } from "../testing/index.ts";
import { Visitor } from "../testing/adapter-contract/visitor.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import { toHono } from "./hono.ts";

async function listening(app: Hono, close: () => Promise<void>): Promise<RunningApp> {
  const server = serveNode({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      (server as { closeAllConnections?(): void }).closeAllConnections?.();
      server.close();
      await close();
    },
  };
}

function contractApp(): Promise<RunningApp> {
  const auth = contractAuth();
  const session = toHono(auth);
  const app = new Hono();
  app.use(session.middleware);
  app.get("/api/whoami", async (c) => {
    const state = await session.of(c).read();
    return c.json({ status: state.status, userId: state.status === "active" ? state.user.id : null });
  });
  app.on(["GET", "POST"], "/api/private", session.guard(), (c) =>
    c.json({ userId: session.of(c).live.user.id }),
  );
  app.get("/api/fresh", session.guard({ freshFor: "5m" }), (c) =>
    c.json({ userId: session.of(c).live.user.id }),
  );
  app.get("/private", session.guard(), (c) => c.json({ userId: session.of(c).live.user.id }));
  app.post("/api/sign-in", async (c) => {
    const { userId } = await c.req.json<{ userId: string }>();
    await session.of(c).signIn({ userId, method: "app" });
    c.header("Set-Cookie", "theme=dark; Path=/", { append: true });
    c.header("Cache-Control", "public, s-maxage=600");
    return c.json({ userId });
  });
  app.post("/api/sign-out", async (c) => {
    await session.of(c).signOut();
    return c.json({});
  });
  return listening(app, () => auth.close());
}

adapterContract({ name: "Hono", serve: contractApp, describe, it, afterAll });

describe("Hono", () => {
  const running: RunningApp[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });

  async function serve(build: (app: Hono, session: ReturnType<typeof toHono>) => void): Promise<Visitor> {
    const auth = contractAuth();
    const app = new Hono();
    build(app, toHono(auth) as ReturnType<typeof toHono>);
    const started = await listening(app, () => auth.close());
    running.push(started);
    return new Visitor(started.origin, "/auth");
  }

  it("keeps the cookies and headers that the app's middleware has set on Sojourn's answers", async () => {
    const visitor = await serve((app, session) => {
      app.use(async (c, next) => {
        c.header("Set-Cookie", "theirs=1; Path=/", { append: true });
        await next();
        c.header("X-Request-Id", "7");
      });
      app.use(session.middleware);
    });
    const body = { email: "ada@example.com", password: "correct horse battery" };
    const { cookies, headers } = await visitor.auth("POST", "/sign-up/password", { body });
    expect(cookies.map((cookie) => cookie.split("=", 1)[0]).toSorted()).toEqual([
      "sojourn",
      "sojourn-hint",
      "sojourn-refresh",
      "theirs",
    ]);
    expect(headers["x-request-id"]).toBe("7");
  });

  it("carries renewed cookies also with a response that cannot be changed", async () => {
    const visitor = await serve((app, session) => {
      app.use(session.middleware);
      app.get("/go", async (c) => {
        await session.of(c).read();
        return Response.redirect("http://127.0.0.1/there", 302);
      });
    });
    await visitor.auth("POST", "/sign-up/password", {
      body: { email: "ada@example.com", password: "correct horse battery" },
    });
    await visitor.steer(`pass?ms=${16 * 60_000}`);
    const answer = await visitor.get("/go");
    expect(answer.status).toBe(302);
    expect(answer.cookies.some((cookie) => cookie.startsWith("sojourn-refresh=r1."))).toBe(true);
    expect(answer.headers["cache-control"]).toBe("private, no-store");
  });

  it("knows the peer's address, and says what is missing without the middleware", async () => {
    const visitor = await serve((app, session) => {
      app.get("/early", session.guard());
      app.onError((error, c) => c.text(error.message, 500));
      app.use(session.middleware);
    });
    expect((await visitor.auth("GET", "/contract/echo")).body?.["ip"]).toMatch(/127\.0\.0\.1$/);
    expect((await visitor.get("/early")).text).toMatch(/app\.use\(session\.middleware\) has to come before/);
  });
});
