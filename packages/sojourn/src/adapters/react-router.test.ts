import {
  type ActionFunction,
  createContext,
  type LoaderFunction,
  type MiddlewareFunction,
  RouterContextProvider,
} from "react-router";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { StoredUser } from "../ports/user-directory.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import {
  authRoute,
  guard,
  requireSession,
  type RequestAuthOf,
  type RouteArgs,
  sessionMiddleware,
} from "./react-router.ts";

const auth = contractAuth();
const sessionContext = createContext<RequestAuthOf<typeof auth>>();
const peerContext = createContext<string | null>(null);
const open = sessionMiddleware(auth, sessionContext);

const navigation = { "sec-fetch-mode": "navigate" };
const fetched = { "sec-fetch-mode": "cors" };

function argsOf(path: string, headers: Record<string, string>, page?: string) {
  const request = new Request(`http://localhost${path}`, { headers });
  const context = new RouterContextProvider();
  return page === undefined ? { request, context } : { request, context, url: new URL(page, request.url) };
}

/** The response to a request for a guarded route, through the middleware as React Router runs it: what is thrown is one. */
async function guarded(args: RouteArgs): Promise<Response> {
  return open(args, async () => {
    try {
      return await guard(sessionContext)(args, async () => new Response("let through"));
    } catch (thrown) {
      if (thrown instanceof Response) return thrown;
      throw thrown;
    }
  });
}

describe("React Router's middleware", () => {
  it("has the types of React Router", () => {
    expectTypeOf(open).toExtend<MiddlewareFunction<Response>>();
    expectTypeOf(guard(sessionContext)).toExtend<MiddlewareFunction<Response>>();
    expectTypeOf(authRoute(auth)).toExtend<LoaderFunction>();
    expectTypeOf(authRoute(auth)).toExtend<ActionFunction>();
    expectTypeOf(requireSession<StoredUser, object>).returns.resolves.toHaveProperty("user");
  });

  it("sends who opens a page to the sign-in page, and who the router in the browser asks for", async () => {
    for (const args of [
      argsOf("/private?tab=1", navigation, "/private?tab=1"),
      argsOf("/private?tab=1", navigation),
      argsOf("/private.data?tab=1&_routes=routes%2Fprivate", fetched, "/private?tab=1"),
    ]) {
      const response = await guarded(args);
      expect(response.status).toBe(303);
      expect(response.headers.get("Location")).toBe("/sign-in?returnTo=%2Fprivate%3Ftab%3D1");
      expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    }
  });

  it("answers a script with 401", async () => {
    const response = await guarded(argsOf("/private", fetched, "/private"));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "unauthenticated" });
  });

  it("clears each dead cookie once, whether or not React Router keeps the headers of what was thrown", async () => {
    const cookie = "sojourn=no-token";
    const kept = await guarded(argsOf("/private", { ...fetched, cookie }, "/private"));
    const args = argsOf("/private", { ...fetched, cookie }, "/private");
    const replaced = await open(args, async () => {
      await guard(sessionContext)(args, async () => new Response()).catch(() => {});
      return new Response("an error page", { status: 401 });
    });
    for (const { headers } of [kept, replaced]) {
      const names = headers.getSetCookie().map((one) => one.split("=", 1)[0]);
      expect(names).toContain("sojourn");
      expect(new Set(names).size).toBe(names.length);
      expect(headers.get("Cache-Control")).toBe("private, no-store");
    }
  });

  it("says what is missing where the root has none", async () => {
    const { context } = argsOf("/private", fetched);
    context.set(sessionContext, {} as RequestAuthOf<typeof auth>);
    await expect(requireSession({ context }, sessionContext)).rejects.toThrow(/app\/root\.tsx/);
  });
});

describe("React Router's resource route", () => {
  it("tells the address that the server has put into the context", async () => {
    const args = argsOf("/auth/contract/echo", fetched);
    args.context.set(peerContext, "192.0.2.7");
    const response = await authRoute(auth, (context) => context.get(peerContext))(args);
    expect(await response.json()).toMatchObject({ ip: "192.0.2.7" });
  });
});
