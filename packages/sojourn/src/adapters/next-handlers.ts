import type { BaseUser } from "../domain/principal.ts";
import type { AdapterAuth } from "./request-auth.ts";
import { isOwnPath } from "./web-request.ts";

/** Every method that Sojourn's routes may be asked by. */
export type RouteHandlers = Readonly<
  Record<
    "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS",
    (request: Request) => Promise<Response>
  >
>;

/**
 * Mounts Sojourn's routes, in `app/auth/[...sojourn]/route.ts`:
 *
 * ```ts
 * export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = toRouteHandlers(auth);
 * ```
 *
 * Bodies and events stream; a client that goes away aborts the request.
 */
export function toRouteHandlers(
  auth: Pick<AdapterAuth<BaseUser, object>, "basePath" | "handler">,
): RouteHandlers {
  const handle = (request: Request): Promise<Response> => auth.handler(asAsked(request, auth.basePath));
  return {
    GET: handle,
    HEAD: handle,
    POST: handle,
    PUT: handle,
    PATCH: handle,
    DELETE: handle,
    OPTIONS: handle,
  };
}

/**
 * The request with the path that the browser asked for. Next.js takes the `basePath` of `next.config` away, and with
 * `trailingSlash` adds a slash.
 */
function asAsked(request: Request, ownRoutes: string): Request {
  const url = new URL(request.url);
  const path = url.pathname.replace(/(?<=.)\/+$/, "");
  const mounts = [...ownRoutes.matchAll(/\//g)].map(({ index }) => ownRoutes.slice(index));
  const mount = mounts.find((one) => isOwnPath(path, one)) ?? ownRoutes;
  const asked = isOwnPath(path, mount) ? ownRoutes + path.slice(mount.length) : path;
  if (asked === url.pathname) return request;
  url.pathname = asked;
  return new Request(url, request);
}
