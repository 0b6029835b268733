import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { SojournError } from "../domain/errors.ts";
import { adapterContract, type RunningApp } from "../testing/index.ts";
import { Visitor } from "../testing/adapter-contract/visitor.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import { toExpress } from "./express.ts";

// It has no types of its own beside those of 5.
const { default: express4 } = (await import("express-4" as string)) as { default: typeof express };

async function listening(app: Express, close: () => Promise<void>): Promise<RunningApp> {
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await close();
    },
  };
}

function contractApp(make: typeof express): Promise<RunningApp> {
  const auth = contractAuth();
  const session = toExpress(auth);
  const app = make();
  // As in most apps, bodies are parsed for all routes.
  app.use(make.json(), make.urlencoded({ extended: false }));
  app.use(session.middleware);
  const user = (request: express.Request, response: express.Response): void =>
    void response.json({ userId: session.of(request).live.user.id });
  app.get("/api/whoami", async (request, response) => {
    const state = await session.of(request).read();
    response.json({ status: state.status, userId: state.status === "active" ? state.user.id : null });
  });
  app.get("/api/private", session.guard(), user);
  app.post("/api/private", session.guard(), user);
  app.get("/api/fresh", session.guard({ freshFor: "5m" }), user);
  app.get("/private", session.guard(), user);
  app.post("/api/sign-in", async (request, response) => {
    const { userId } = request.body as { userId: string };
    response.cookie("theme", "dark");
    await session.of(request).signIn({ userId, method: "app" });
    response.set("Cache-Control", "public, s-maxage=600").json({ userId });
  });
  app.post("/api/sign-out", async (request, response) => {
    await session.of(request).signOut();
    response.json({});
  });
  app.use(session.errors);
  return listening(app, () => auth.close());
}

adapterContract({ name: "Express 5", serve: () => contractApp(express), describe, it, afterAll });
adapterContract({
  name: "Express 4",
  serve: () => contractApp(express4),
  describe,
  it,
  afterAll,
});

describe("Express", () => {
  const running: RunningApp[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });

  async function serve(
    build: (app: Express, session: ReturnType<typeof toExpress>) => void,
  ): Promise<string> {
    const auth = contractAuth();
    const app = express();
    build(app, toExpress(auth) as ReturnType<typeof toExpress>);
    const started = await listening(app, () => auth.close());
    running.push(started);
    return started.origin;
  }

  it("answers errors of Sojourn that a route lets out, and leaves others to the app", async () => {
    const origin = await serve((app, session) => {
      app.use(session.middleware);
      app.get("/sojourn", () => {
        throw new SojournError("impersonation_forbidden");
      });
      app.get("/other", () => {
        throw new RangeError("not ours");
      });
      app.use(session.errors);
      const last: express.ErrorRequestHandler = (error: Error, _request, response, _next) =>
        void response.status(500).send(error.message);
      app.use(last);
    });
    const ours = await fetch(`${origin}/sojourn`);
    expect(ours.status).toBe(403);
    expect(await ours.json()).toMatchObject({ code: "impersonation_forbidden" });
    expect(await (await fetch(`${origin}/other`)).text()).toBe("not ours");
  });

  it("says what is missing where a guard stands before the middleware", async () => {
    const origin = await serve((app, session) => {
      app.get("/", session.guard());
      const last: express.ErrorRequestHandler = (error: Error, _request, response, _next) =>
        void response.status(500).send(error.message);
      app.use(last);
    });
    expect(await (await fetch(origin)).text()).toMatch(/app\.use\(session\.middleware\) has to come before/);
  });

  it("knows its routes and the way back also from within a router", async () => {
    const origin = await serve((app, session) => {
      const router = express.Router();
      router.use(session.middleware);
      router.get("/reports", session.guard());
      app.use("/admin", router);
      app.use("/auth", session.middleware);
    });
    const page = await new Visitor(origin, "/auth").open("/admin/reports?year=2026");
    expect(page.headers.location).toBe("/sign-in?returnTo=%2Fadmin%2Freports%3Fyear%3D2026");
    expect((await fetch(`${origin}/auth/session`)).status).toBe(200);
  });
});
