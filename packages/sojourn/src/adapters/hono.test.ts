import { serve as serveNode } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { stream } from "hono/streaming";
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
    await session.of(c).read();
    await session.of(c).signIn({ userId, method: "app" });
    c.header("Set-Cookie", "theme=dark; Path=/", { append: true });
    c.header("Cache-Control", "public, s-maxage=600");
    return c.json({ userId: (await session.of(c).getSession())?.user.id });
  });
  app.post("/api/sign-out", async (c) => {
    await session.of(c).read();
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

  it("gets bodies that middleware before it has read", async () => {
    const visitor = await serve((app, session) => {
      app.use(async (c, next) => {
        if (c.req.header("content-type") === "application/json") await c.req.json();
        else await c.req.parseBody();
        await next();
      });
      app.use(session.middleware);
    });
    const account = { email: "ada@example.com", password: "correct horse battery" };
    expect((await visitor.auth("POST", "/sign-up/password", { body: account })).status).toBe(200);
    const form = {
      body: new URLSearchParams(account).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    };
    expect((await visitor.auth("POST", "/sign-in/password", form)).status).toBe(303);
  });

  it("knows its sessions also behind middleware that replaces the request", async () => {
    const visitor = await serve((app, session) => {
      app.use(session.middleware);
      app.use(bodyLimit({ maxSize: 1000 }));
      app.post("/who", async (c) => c.text(`${(await session.of(c).read()).status} ${await c.req.text()}`));
    });
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("body"));
        controller.close();
      },
    });
    const request = { method: "POST", body, duplex: "half" } as RequestInit;
    expect(await (await fetch(`${visitor.origin}/who`, request)).text()).toBe("anonymous body");
  });

  it("lets the last of what a request does count where the middleware stands twice", async () => {
    const visitor = await serve((app, session) => {
      app.use(session.middleware, session.guard(), session.middleware);
      app.post("/out", async (c) => {
        await session.of(c).signOut();
        return c.json({});
      });
    });
    await visitor.auth("POST", "/sign-up/password", {
      body: { email: "ada@example.com", password: "correct horse battery" },
    });
    await visitor.steer(`pass?ms=${16 * 60_000}`);
    expect((await visitor.post("/out")).status).toBe(200);
    expect([...visitor.jar.keys()]).toEqual([]);
  });

  it("keeps what a guard lets through out of caches, unless the route says otherwise", async () => {
    const visitor = await serve((app, session) => {
      app.use(session.middleware);
      app.get("/photo.jpg", session.guard(), (c) => c.text("photo"));
      app.get("/go", session.guard(), () => Response.redirect("http://127.0.0.1/there", 302));
      app.get("/shared", session.guard(), (c) =>
        c.text("shared", 200, { "Cache-Control": "private, max-age=60" }),
      );
    });
    const body = { email: "ada@example.com", password: "correct horse battery" };
    await visitor.auth("POST", "/sign-up/password", { body });
    expect((await visitor.get("/photo.jpg")).headers["cache-control"]).toBe("private, no-store");
    expect((await visitor.get("/go")).headers["cache-control"]).toBe("private, no-store");
    expect((await visitor.get("/shared")).headers["cache-control"]).toBe("private, max-age=60");
  });

  it("begins no session in a stream that is under way", async () => {
    const visitor = await serve((app, session) => {
      app.use(session.middleware);
      app.get("/late", (c) =>
        stream(c, async (body) => {
          await body.write("late: ");
          await session
            .of(c)
            .signIn({ userId: "x", method: "link" })
            .catch(async (error: Error) => body.write(error.message));
        }),
      );
    });
    expect((await visitor.get("/late")).text).toMatch(/^late: .*before the response begins/);
  });
});
