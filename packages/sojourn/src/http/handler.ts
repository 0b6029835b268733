import { Hono } from "hono";
import { type Contract, contract, type Route, type RouteName } from "../contract/routes.ts";
import { SojournError } from "../domain/errors.ts";
import { forbidden } from "../domain/impersonation.ts";
import { readInput } from "./body.ts";
import type { Active, Call, HttpParts, Reply, RouteHandler, RouteHandlers } from "./call.ts";
import { clientAddress } from "./client-address.ts";
import { refuseForeignSites } from "./guard.ts";
import { privateHeaders, problemResponse, toSojournError } from "./problem.ts";
import type { AuthState } from "./request-authenticator.ts";
import { contextOf, type RequestHeaders, requestHeaders } from "./request-headers.ts";
import { sessionEnded } from "./request-sessions.ts";
import { eventRoutes } from "./routes/event-stream.ts";
import { impersonationRoutes } from "./routes/impersonation-routes.ts";
import { serviceRoutes } from "./routes/service-routes.ts";
import { sessionRoutes } from "./routes/session-routes.ts";
import { signInRoutes } from "./routes/sign-in-routes.ts";

const handlers: RouteHandlers = {
  ...sessionRoutes,
  ...signInRoutes,
  ...impersonationRoutes,
  ...serviceRoutes,
  ...eventRoutes,
};

/** What the host knows of a request beyond the request itself. */
export interface HostFacts {
  /** The address of the socket's peer. */
  readonly ip?: string | null;
}

/** Answers every route of the contract. */
export type Handler = (request: Request, host?: HostFacts) => Promise<Response>;

/** Builds the handler: a web-standard Request in, a Response out; it never rejects. */
export function createHandler(parts: HttpParts): Handler {
  const app = new Hono<{ Bindings: HostFacts }>({ strict: true });
  const allowed = new Map<string, Set<string>>();
  for (const name of Object.keys(contract) as RouteName[]) {
    const route: Contract[RouteName] = contract[name];
    for (const path of [route.path, ...(route.aliases ?? [])]) {
      const pattern = parts.basePath + path.replace(/\{(\w+)\}/g, ":$1");
      const methods = allowed.get(pattern) ?? new Set();
      allowed.set(pattern, methods.add(route.method));
      // Whatever can be read can be asked for its headers alone (RFC 9110 §9.3.2).
      if (route.method === "GET") methods.add("HEAD");
      app.on(route.method, pattern, (c) => answer(name, parts, c.req.raw, c.req.param(), c.env));
    }
  }
  for (const [pattern, methods] of allowed) {
    app.all(pattern, () => {
      const response = problemResponse(
        new SojournError("method_not_allowed", { detail: `Allowed here: ${[...methods].join(", ")}.` }),
      );
      response.headers.set("Allow", [...methods].join(", "));
      return response;
    });
  }
  app.notFound(() => problemResponse(new SojournError("not_found")));
  app.onError((error) => failure(error, parts, {}));
  return async (request, host = {}) => app.fetch(request, host);
}

async function answer<Name extends RouteName>(
  name: Name,
  parts: HttpParts,
  request: Request,
  params: Readonly<Record<string, string>>,
  host: HostFacts,
): Promise<Response> {
  const ip = clientAddress(host.ip ?? null, request.headers.get("x-forwarded-for"), parts.trustedProxies);
  const headers = requestHeaders(request, ip);
  try {
    guard(request, parts, headers);
    const route = contract[name] as Route<Call<Name>["input"], unknown>;
    const { input, form } = await readInput(request, route);
    const state =
      route.access === "session"
        ? await parts.authenticator.authenticate({ ...headers, passive: true }, false)
        : null;
    if (state !== null && state.status !== "active") return refuse(state);
    if (state !== null && state.session.actor !== null && !route.inImpersonation)
      throw forbidden("Only the user can do this, not somebody who acts as them.");
    const active = (): Active => {
      if (state === null) throw new SojournError("unauthenticated");
      return state;
    };
    const handler = handlers[name] as RouteHandler<Name>;
    const reply = await handler({ input, form, params, request, headers, active, parts });
    return reply instanceof Response ? reply : toResponse(reply);
  } catch (error) {
    return failure(error, parts, headers);
  }
}

function guard(request: Request, parts: HttpParts, headers: RequestHeaders): void {
  const reading = parts.transport.read(headers);
  const presented = reading.kind === "presented" ? reading.presented : null;
  const hasBearer = presented?.transport === "header" && presented.access !== null;
  const hasSessionCookie =
    !hasBearer && (presented === null || presented.access !== null || presented.refresh !== null);
  const guarded = {
    method: request.method,
    url: new URL(request.url),
    header: (name: string) => request.headers.get(name),
    hasSessionCookie,
    hasBearer,
  };
  try {
    refuseForeignSites(guarded, parts.guard);
  } catch (error) {
    parts.events.emit(
      { type: "csrf_refused", origin: request.headers.get("origin")?.slice(0, 256) ?? null },
      contextOf(headers),
    );
    throw error;
  }
}

/** The answer of a route that needs a live session to a request that has none. */
function refuse(state: Exclude<AuthState, { status: "active" }>): Response {
  switch (state.status) {
    case "unavailable":
      return problemResponse(new SojournError("store_unavailable", { retryAfter: state.retryAfter }));
    case "ended":
      return problemResponse(sessionEnded(state.reason), state.cookies);
    case "anonymous":
      return problemResponse(new SojournError("unauthenticated"), state.cookies);
  }
}

function toResponse(reply: Reply<unknown>): Response {
  const headers = new Headers(privateHeaders.map(([name, value]): [string, string] => [name, value]));
  for (const [name, value] of Object.entries(reply.headers ?? {})) headers.set(name, value);
  for (const cookie of reply.cookies ?? []) headers.append("Set-Cookie", cookie);
  if (reply.redirect !== undefined) {
    headers.set("Location", reply.redirect);
    return new Response(null, { status: 303, headers });
  }
  headers.set("Content-Type", "application/json");
  return new Response(JSON.stringify(reply.body), { status: 200, headers });
}

function failure(error: unknown, parts: HttpParts, headers: RequestHeaders): Response {
  const known = toSojournError(error);
  if (known.status >= 500) parts.events.failure(`sojourn: ${known.code}`, error);
  // A session that ended while it was worked with leaves dead cookies behind. Not so one that was just
  // replaced: the browser has its new cookies by now.
  const clears = known.code === "session_ended" && known.extra["reason"] !== "superseded";
  return problemResponse(known, clears && headers.cookie ? parts.transport.clear(headers) : []);
}
