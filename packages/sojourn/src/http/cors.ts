import { endReasonHeader } from "../contract/headers.ts";
import type { Contract, Route, RouteName } from "../contract/routes.ts";
import type { CorsSettings } from "./cors-options.ts";
import { privateHeaders } from "./problem.ts";

/** What can be asked of one path. */
export interface PathFacts {
  readonly methods: ReadonlySet<string>;
  /** The request headers that it reads, beyond those that any page may send. */
  readonly headers: ReadonlySet<string>;
}

/** What else every route reads. */
export interface ReadHeaders {
  readonly bearer: boolean;
  readonly csrfToken: boolean;
}

/** The request headers that a route reads and a page of another origin must ask for. */
export function headersRead(
  route: Route<unknown, unknown> | Contract[RouteName],
  read: ReadHeaders,
): string[] {
  return [
    ...(route.body === "none" ? [] : ["Content-Type"]),
    ...(read.bearer ? ["Authorization"] : []),
    ...(read.csrfToken && route.method !== "GET" ? ["X-CSRF-Token"] : []),
    ...(route.method === "GET" ? ["Sojourn-Passive"] : []),
  ];
}

/** The answer to `OPTIONS`: what the path takes, and for a page that may ask, that it may (Fetch Standard §3.3.2). */
export function preflight(
  request: Request,
  { methods, headers }: PathFacts,
  settings: CorsSettings,
): Response {
  const answer = privateHeaders();
  const allowed = [...methods, "OPTIONS"].join(", ");
  answer.set("Allow", allowed);
  if (isListed(request, settings) && request.headers.has("access-control-request-method")) {
    answer.set("Access-Control-Allow-Methods", [...methods].join(", "));
    if (headers.size > 0) answer.set("Access-Control-Allow-Headers", [...headers].join(", "));
    answer.set("Access-Control-Max-Age", String(settings.maxAge));
  }
  return new Response(null, { status: 204, headers: answer });
}

/**
 * Lets a page of a listed origin read a response, whatever it says. Only an origin of the list is ever named:
 * echoing what came would let every page in, and `null` is the origin of any sandboxed frame.
 */
export function allowReading(request: Request, response: Response, settings: CorsSettings): Response {
  if (!isListed(request, settings)) return response;
  const headers = new Headers(response.headers);
  headers.set("Access-Control-Allow-Origin", request.headers.get("origin") ?? "");
  headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Access-Control-Expose-Headers", `Retry-After, ${endReasonHeader}`);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

function isListed(request: Request, { origins }: CorsSettings): boolean {
  const origin = request.headers.get("origin");
  return origin !== null && origins.has(origin);
}
