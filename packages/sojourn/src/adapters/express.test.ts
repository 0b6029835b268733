import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
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
  app.use(make.json(), make.urlencoded({ extended: true }));
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
    await session.of(request).read();
    response.cookie("theme", "dark");
    await session.of(request).signIn({ userId, method: "app" });
    const live = await session.of(request).getSession();
    response.set("Cache-Control", "public, s-maxage=600").json({ userId: live?.user.id });
  });
  app.post("/api/sign-out", async (request, response) => {
    await session.of(request).read();
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

  it("remembers what it has read and written where the middleware stands twice", async () => {
    const origin = await serve((app, session) => {
      app.use(session.middleware);
      app.post("/out", session.guard(), session.middleware, async (request, response) => {
        await session.of(request).signOut();
        response.json({ isLive: isLive(request) });
      });
      const isLive = (request: express.Request): boolean => {
        try {
          return session.of(request).live !== null;
        } catch {
          return false;
        }
      };
    });
    const visitor = await signedUp(origin);
    await visitor.steer(`pass?ms=${16 * 60_000}`);
    expect((await visitor.post("/out")).body).toEqual({ isLive: false });
    expect([...visitor.jar.keys()]).toEqual([]);
  });

  it("lets no file out by another spelling where a guard stands right before what serves it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sojourn-files-"));
    writeFileSync(join(folder, "plan.txt"), "secret plan");
    const origin = await serve((app, session) => {
      app.use(session.middleware);
      app.use("/files", session.guard(), express.static(folder));
    });
    const visitor = await signedUp(origin);
    expect((await visitor.get("/files/plan.txt")).text).toBe("secret plan");
    const stranger = new Visitor(origin, "/auth");
    const spellings = ["/files/plan.txt", "//files/plan.txt", "/%66iles/plan.txt", "/FILES/plan.txt"];
    for (const path of [
      ...spellings,
      "/files//plan.txt",
      "/x/../files/plan.txt",
      "/files%2fplan.txt",
      "/plan.txt",
    ])
      expect((await stranger.get(path)).text, path).not.toContain("secret");
    rmSync(folder, { recursive: true });
  });

  it("keeps what a guard lets through out of caches, unless the route says otherwise", async () => {
    const origin = await serve((app, session) => {
      app.use(session.middleware);
      app.get("/photo.jpg", session.guard(), (_request, response) => void response.send("photo"));
      app.get("/shared", session.guard(), (_request, response) => {
        response.set("Cache-Control", "private, max-age=60").send("shared");
      });
    });
    const visitor = await signedUp(origin);
    expect((await visitor.get("/photo.jpg")).headers["cache-control"]).toBe("private, no-store");
    expect((await visitor.get("/shared")).headers["cache-control"]).toBe("private, max-age=60");
  });

  it("reads after the response has begun, and then renews nothing", async () => {
    const origin = await serve((app, session) => {
      app.use(session.middleware);
      app.get("/late", async (request, response) => {
        response.write("status: ");
        const state = await session.of(request).read();
        const refused = await session
          .of(request)
          .signIn({ userId: "x", method: "link" })
          .catch((error: Error) => error.message);
        response.end(`${state.status}, ${String(refused)}`);
      });
    });
    const visitor = await signedUp(origin);
    await visitor.steer(`pass?ms=${16 * 60_000}`);
    expect((await visitor.get("/late")).text).toMatch(/^status: active, .*before the response begins/);
    expect((await visitor.steer("events")).text).not.toContain("session_renewed");
  });

  it("tells the handler nothing of the bytes of a body that a parser has read", async () => {
    const origin = await serve((app, session) => app.use(express.json(), session.middleware));
    const echoed = await fetch(`${origin}/auth/contract/echo`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync('{ "a":   1 }'),
    });
    const { body, headers } = (await echoed.json()) as { body: string; headers: Record<string, string> };
    expect(body).toBe('{"a":1}');
    expect(headers["content-encoding"]).toBeUndefined();
    expect(headers["content-length"]).toBeUndefined();
  });
});

async function signedUp(origin: string): Promise<Visitor> {
  const visitor = new Visitor(origin, "/auth");
  await visitor.auth("POST", "/sign-up/password", {
    body: { email: "ada@example.com", password: "correct horse battery" },
  });
  return visitor;
}
