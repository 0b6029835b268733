import { type Context, Hono } from "hono";
import { type Contract, contract, type Route, type RouteName } from "../contract/routes.ts";
import { SojournError } from "../domain/errors.ts";
import { forbidden } from "../domain/impersonation.ts";
import { readInput } from "./body.ts";
import type { Active, Call, HttpParts, Reply, RouteHandler, RouteHandlers } from "./call.ts";
import { clientAddressBy } from "./client-address.ts";
import { allowReading, headersRead, preflight } from "./cors.ts";
import { isForgeable } from "./forgeable.ts";
import { reportMisplaced } from "./misplaced.ts";
import { privateHeaders, problemResponse, toSojournError } from "./problem.ts";
import { proxyHint } from "./proxy-hint.ts";
import { refusal } from "./refusal.ts";
import { callOf } from "./request-guard.ts";
import { type RequestHeaders, requestHeaders } from "./request-headers.ts";
import { csrfRoutes } from "./routes/csrf-routes.ts";
import { eventRoutes } from "./routes/event-stream.ts";
import { forwardRoutes } from "./routes/forward-routes.ts";
import { impersonationRoutes } from "./routes/impersonation-routes.ts";
import { identityRoutes } from "./routes/identity-routes.ts";
import { otherSignInRoutes } from "./routes/other-sign-in-routes.ts";
import { providerLogoutRoutes } from "./routes/provider-logout-routes.ts";
import { providerRoutes } from "./routes/provider-routes.ts";
import { serviceRoutes } from "./routes/service-routes.ts";
import { sessionRoutes } from "./routes/session-routes.ts";
import { signInRoutes } from "./routes/sign-in-routes.ts";
import { userDataRoutes } from "./routes/user-data-routes.ts";

const handlers: RouteHandlers = {
  ...sessionRoutes,
  ...signInRoutes,
  ...impersonationRoutes,
  ...serviceRoutes,
  ...eventRoutes,
  ...csrfRoutes,
  ...providerRoutes,
  ...identityRoutes,
  ...providerLogoutRoutes,
  ...otherSignInRoutes,
  ...userDataRoutes,
  ...forwardRoutes,
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
  const findAddress = clientAddressBy(parts.trustedProxies);
  const hint = proxyHint(parts.trustedProxies, parts.events);
  const addressOf = ({ env, req }: Context<{ Bindings: HostFacts }>): string | null => {
    hint(req.raw);
    return findAddress(env.ip ?? null, (header) => req.raw.headers.get(header));
  };
  const paths = new Map<string, { methods: Set<string>; headers: Set<string> }>();
  const read = { bearer: parts.transports.includes("header"), csrfToken: parts.requestGuard.asksTokens };
  for (const name of Object.keys(contract) as RouteName[]) {
    const route: Contract[RouteName] = contract[name];
    for (const path of [route.path, ...(route.aliases ?? [])]) {
      const pattern = parts.basePath + path.replace(/\{(\w+)\}/g, ":$1");
      const { methods, headers } = paths.get(pattern) ?? { methods: new Set(), headers: new Set() };
      for (const header of headersRead(route, read)) headers.add(header);
      paths.set(pattern, { methods: methods.add(route.method), headers });
      // Whatever can be read can be asked for its headers alone (RFC 9110 §9.3.2).
      if (route.method === "GET") methods.add("HEAD");
      const method = route.anyMethod === true ? "ALL" : route.method;
      app.on(method, pattern, (c) => answer(name, parts, c.req.raw, c.req.param(), addressOf(c)));
    }
  }
  for (const [pattern, facts] of paths) {
    app.on("OPTIONS", pattern, (c) => preflight(c.req.raw, facts, parts.cors));
    app.all(pattern, () => wrongMethod([...facts.methods].join(", ")));
  }
  app.notFound(() => problemResponse(new SojournError("not_found")));
  app.onError((error) => failure(error, parts, {}));
  // Failures as well: a page that may call may also read why it did not work.
  return async (request, host = {}) => allowReading(request, await app.fetch(request, host), parts.cors);
}

function wrongMethod(allowed: string): Response {
  const response = problemResponse(
    new SojournError("method_not_allowed", { detail: `Allowed here: ${allowed}.` }),
  );
  response.headers.set("Allow", allowed);
  return response;
}

async function answer<Name extends RouteName>(
  name: Name,
  parts: HttpParts,
  request: Request,
  params: Readonly<Record<string, string>>,
  ip: string | null,
): Promise<Response> {
  const headers = requestHeaders(request, ip);
  try {
    await parts.ready();
    reportMisplaced(request, parts.events, headers);
    const route = contract[name] as Route<Call<Name>["input"], unknown>;
    const guarded = callOf(request, headers);
    if (route.fromElsewhere !== true) parts.requestGuard.checkSite(guarded);
    const { input, form, csrfToken } = await readInput(request, route);
    if (parts.requestGuard.asksTokens && isForgeable(name, input as object, headers, parts))
      await parts.requestGuard.checkToken(guarded, csrfToken);
    const state =
      route.access === "session"
        ? await parts.authenticator.authenticate({ ...headers, passive: true }, false)
        : null;
    const mayResume = route.resumes === true && state?.status !== "unavailable";
    if (state !== null && state.status !== "active" && !mayResume) return refusal(state, parts.challenges);
    if (state?.status === "active" && state.session.actor !== null && !route.inImpersonation)
      throw forbidden("Only the user can do this, not somebody who acts as them.");
    if (state?.status === "active" && state.session.kind === "anonymous" && !route.inImpersonation)
      throw new SojournError("unauthenticated", { detail: "Sign in first: a visitor has no account." });
    const active = (): Active => {
      if (state?.status !== "active") throw new SojournError("unauthenticated");
      return state;
    };
    const handler = handlers[name] as RouteHandler<Name>;
    const reply = await handler({ input, form, params, request, headers, active, state, parts });
    return reply instanceof Response ? reply : toResponse(reply);
  } catch (error) {
    return failure(error, parts, headers);
  }
}

function toResponse(reply: Reply<unknown>): Response {
  const headers = privateHeaders();
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
  // Nor one that can be resumed.
  const { reason, challenge } = known.extra;
  const clears = known.code === "session_ended" && reason !== "superseded" && challenge === undefined;
  return problemResponse(known, clears && headers.cookie ? parts.transport.clear(headers) : []);
}
