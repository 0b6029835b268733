import { NextResponse } from "next/server.js";
import type { BaseUser } from "../domain/principal.ts";
import { refuse } from "../http/admission.ts";
import { opensPage } from "../http/page.ts";
import { privateHeaders, uncached } from "../http/problem.ts";
import { renewedHeader, withIdentity } from "./next-identity.ts";
import { guardedPaths } from "./next-guarded.ts";
import {
  errorOf,
  type ProxyEvent,
  type ProxySource,
  type ProxyState,
  sessionReader,
} from "./next-proxy-state.ts";

export type { ProxyEvent, ProxySource, ProxyState, ProxyVerifier } from "./next-proxy-state.ts";

/** A request as Next.js hands it to its proxy. */
export type ProxyRequest = Request & {
  readonly nextUrl: { readonly pathname: string; readonly basePath: string; readonly href: string };
};

/** What the proxy does. */
export type ProxyOptions<User extends BaseUser, Extra extends object> = ProxySource<User, Extra> & {
  /**
   * The paths that take a session, each with all that is below it: `"/dashboard"`, `"/teams/:id/settings"`; `"/"` is
   * everything. However a path is spelt, it is found. No path here has the `basePath` of `next.config`.
   */
  readonly protect: readonly string[];
  /** What is open below those, such as `"/logo.png"`. */
  readonly open?: readonly string[];
  /** The sign-in page, which is always open. Without one, who opens a page gets 401. */
  readonly signIn?: string;
  /** A page of the app that is shown, with 503, to who opens a guarded page while the store is away. */
  readonly outage?: string;
  /** Where Sojourn's routes are. Default: as `auth` says, else `/auth`. */
  readonly basePath?: string;
  /** The origin under which browsers reach the app. Default: as `auth` has it, else as Next.js does, which may be `localhost`. */
  readonly baseURL?: string;
};

/**
 * Makes the proxy of Next.js 16 (`proxy.ts`), or the middleware of 15 (`middleware.ts`).
 *
 * It guards paths, renews what is due if it has `auth`, and tells the app behind it who is signed in by the request's headers
 * `x-user-id`, `x-session-id`, `x-session-kind` and `x-actor-id`, which nobody else can set. It is never the only check: actions
 * can be called at any path, and what cannot be known here (`needs_origin`) is let through. Pages ask for themselves.
 *
 * @throws {SojournError} `config_invalid` for a path that is none.
 */
export function createProxy<User extends BaseUser, Extra extends object>(
  options: ProxyOptions<User, Extra>,
): (request: ProxyRequest, event?: ProxyEvent) => Promise<Response> {
  const paths = guardedPaths(options, options.basePath ?? options.auth?.basePath ?? "/auth");
  const read = sessionReader(options);
  const origin = options.baseURL ?? options.auth?.origin ?? null;
  return async (request, event) => {
    const place = paths.placeOf(request);
    if (place === "outside") return onward(request, null, []);
    const state = await read(request, event);
    const active = state.status === "active" ? state : null;
    if (place === "open") return onward(request, active, state.cookies);
    if (state.status === "needs_origin" || (active !== null && active.session.kind !== "anonymous"))
      // A page that is for some alone is in no cache, also where Next.js made it long before.
      return keptPrivate(onward(request, active, state.cookies));
    return refused(request, state, options, origin);
  };
}

/** Lets a request go on to the app, with what is known of it and with nothing that it claims. */
function onward(
  request: ProxyRequest,
  known: (ProxyState & { readonly status: "active" }) | null,
  cookies: readonly string[],
): Response {
  const { pathname, search } = new URL(request.url);
  const headers = withIdentity(request.headers, pathname + search, known);
  if (known !== null && cookies.length > 0) headers.set(renewedHeader, "1");
  const response = NextResponse.next({ request: { headers } });
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  // No cache may keep what carries a cookie, whatever Next.js made of the page before.
  return cookies.length > 0 ? keptPrivate(response) : response;
}

function keptPrivate(response: Response): Response {
  for (const [name, value] of uncached) response.headers.set(name, value);
  return response;
}

/** Somebody may not go on: 401 or 503, or for who opens a page the way to the sign-in page, or the page about outages. */
function refused(
  request: ProxyRequest,
  state: Exclude<ProxyState, { status: "needs_origin" }>,
  { signIn = null, outage }: { readonly signIn?: string | null; readonly outage?: string },
  origin: string | null,
): Response {
  if (state.status === "unavailable" && outage !== undefined && opensPage(request)) {
    const headers = privateHeaders();
    headers.set("Retry-After", String(state.retryAfter));
    return NextResponse.rewrite(new URL(request.nextUrl.basePath + outage, request.nextUrl.href), {
      status: 503,
      headers,
    });
  }
  const { basePath, href } = request.nextUrl;
  const asked = { headers: request.headers, method: request.method, url: request.url };
  const response = refuse(errorOf(state), asked, { signIn, origin }, state.cookies);
  const location = response.headers.get("location");
  // Next.js takes no path here. What it knows of its own host it was configured with: no made-up Host gets in.
  if (location !== null) {
    const target = location.startsWith("/") ? basePath + location : location;
    response.headers.set("Location", new URL(target, origin ?? href).href);
  }
  return response;
}
