import fastify, { type FastifyInstance } from "fastify";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { adapterContract, type RunningApp } from "../testing/index.ts";
import { Visitor } from "../testing/adapter-contract/visitor.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import { toFastify } from "./fastify.ts";

async function listening(app: FastifyInstance, close: () => Promise<void>): Promise<RunningApp> {
  const origin = await app.listen({ port: 0, host: "127.0.0.1" });
  return {
    origin,
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
      await close();
    },
  };
}

async function contractApp(): Promise<RunningApp> {
  const auth = contractAuth();
  const session = toFastify(auth);
  const app = fastify();
  await app.register(session.plugin);
  const user = {
    handler: async (request: Parameters<typeof session.of>[0]) => ({
      userId: session.of(request).live.user.id,
    }),
  };
  app.get("/api/whoami", async (request) => {
    const state = await session.of(request).read();
    return { status: state.status, userId: state.status === "active" ? state.user.id : null };
  });
  app.get("/api/private", { onRequest: session.guard(), ...user });
  app.post("/api/private", { preHandler: session.guard(), ...user });
  app.get("/api/fresh", { onRequest: session.guard({ freshFor: "5m" }), ...user });
  app.get("/private", { onRequest: session.guard(), ...user });
  app.post<{ Body: { userId: string } }>("/api/sign-in", async (request, reply) => {
    const { userId } = request.body;
    reply.header("Set-Cookie", "theme=dark; Path=/");
    await session.of(request).signIn({ userId, method: "app" });
    reply.header("Cache-Control", "public, s-maxage=600");
    return { userId };
  });
  app.post("/api/sign-out", async (request) => {
    await session.of(request).signOut();
    return {};
  });
  return listening(app, () => auth.close());
}

adapterContract({ name: "Fastify", serve: contractApp, describe, it, afterAll });

describe("Fastify", () => {
  const running: RunningApp[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });

  async function serve(
    build: (app: FastifyInstance, session: ReturnType<typeof toFastify>) => unknown,
  ): Promise<Visitor> {
    const auth = contractAuth();
    const app = fastify();
    await build(app, toFastify(auth) as ReturnType<typeof toFastify>);
    const started = await listening(app, () => auth.close());
    running.push(started);
    return new Visitor(started.origin, "/auth");
  }

  it("keeps the cookies and headers that the app's hooks have set on Sojourn's answers", async () => {
    const visitor = await serve(async (app, session) => {
      app.addHook("onRequest", async (_request, reply) => {
        reply.header("Set-Cookie", "theirs=1; Path=/").header("X-Request-Id", "7");
      });
      await app.register(session.plugin);
    });
    const body = { email: "ada@example.com", password: "correct horse battery" };
    const { cookies, headers } = await visitor.auth("POST", "/sign-up/password", { body });
    expect(cookies.map((cookie) => cookie.split("=", 1)[0])).toEqual([
      "theirs",
      "sojourn",
      "sojourn-refresh",
      "sojourn-hint",
    ]);
    expect(headers["x-request-id"]).toBe("7");
  });

  it("opens sessions in encapsulated parts of the app, by decorator and by type", async () => {
    const visitor = await serve(async (app, session) => {
      await app.register(session.plugin);
      await app.register(async (part) => {
        part.get("/who", async (request) => ({ status: (await request.auth.read()).status }));
      });
    });
    expect((await visitor.get("/who")).body).toEqual({ status: "anonymous" });
  });

  it("says what is missing where the plugin is not registered", async () => {
    const visitor = await serve(
      (app, session) => void app.get("/", { onRequest: session.guard(), handler: () => 1 }),
    );
    expect((await visitor.get("/")).text).toMatch(/app\.register\(session\.plugin\) has to come first/);
  });
});
