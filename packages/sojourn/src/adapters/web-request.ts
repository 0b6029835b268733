import type { BaseUser } from "../domain/principal.ts";
import { caching, uncached } from "../http/problem.ts";
import { mergeCookies } from "../http/response-cookies.ts";
import { type AdapterAuth, RequestAuth } from "./request-auth.ts";

/** A web-standard request under way: its session, and the cookies that its response has to carry. */
export interface WebVisit<User extends BaseUser, Extra extends object> {
  readonly auth: RequestAuth<User, Extra>;
  /** Puts the cookies into a response, beside those that it has. A response whose headers are locked is copied. */
  readonly finish: (response: Response) => Response;
}

/** Opens the session of a web-standard request. @param peer the address of the socket, where the host tells. */
export function openWebRequest<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  request: Request,
  peer: string | null = null,
): WebVisit<User, Extra> {
  let cookies: readonly string[] = [];
  let isFinished = false;
  let isPrivate = false;
  const write = (more: readonly string[]): void => void (cookies = mergeCookies(cookies, more));
  const host = {
    source: request,
    peer,
    get write() {
      return isFinished ? null : write;
    },
    keepPrivate: () => void (isPrivate = true),
  };
  return {
    auth: new RequestAuth(auth, host),
    finish(response) {
      isFinished = true;
      const carried = withCookies(response, cookies);
      return isPrivate && !carried.headers.has(caching.name) ? privately(carried) : carried;
    },
  };
}

function privately(response: Response): Response {
  // Those of Response.redirect and of fetch cannot be changed (Fetch §5.5).
  const copy = new Response(response.body, response);
  copy.headers.set(caching.name, caching.value);
  return copy;
}

/** Adds Set-Cookie values to a response, in the place of those with the same names. No cache may keep it then: a cookie is for one user. */
export function withCookies(response: Response, cookies: readonly string[]): Response {
  if (cookies.length === 0) return response;
  // Those of Response.redirect and of fetch cannot be changed (Fetch §5.5).
  const copy = new Response(response.body, response);
  const all = mergeCookies(response.headers.getSetCookie(), cookies);
  copy.headers.delete("Set-Cookie");
  for (const cookie of all) copy.headers.append("Set-Cookie", cookie);
  for (const [name, value] of uncached) copy.headers.set(name, value);
  return copy;
}

/** Whether a path is one of Sojourn's routes. */
export function isOwnPath(path: string, basePath: string): boolean {
  return path === basePath || path.startsWith(`${basePath}/`);
}
