import type { BaseUser } from "../domain/principal.ts";
import { uncached } from "../http/problem.ts";
import type { RequestSource } from "../http/verbs.ts";
import { type AdapterAuth, RequestAuth } from "./request-auth.ts";

/** A web-standard request under way: its session, and what its response has to carry. */
export interface WebVisit<User extends BaseUser, Extra extends object> {
  readonly auth: RequestAuth<User, Extra>;
  /** Keeps the headers of a guard's response, for a framework that has a redirect or an error of its own in its place. */
  keep(refused: Response): void;
  /** Puts the cookies into a response, beside those that it has. A response whose headers are locked is copied. */
  finish(response: Response): Response;
}

/**
 * Opens the session of a web-standard request.
 *
 * @param peer the address of the socket, where the host tells.
 * @param page path and query of the page whose data a router in the browser asks for: to a guard, that page is being opened.
 */
export function openWebRequest<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  request: Request,
  peer: string | null = null,
  page: string | null = null,
): WebVisit<User, Extra> {
  const cookies: string[] = [];
  const kept: [string, string][] = [];
  const write = (more: readonly string[]): void => void cookies.push(...more);
  const source = page === null ? request : openingOf(request, page);
  return {
    auth: new RequestAuth(auth, { source, peer, write }),
    keep(refused) {
      write(refused.headers.getSetCookie());
      for (const header of refused.headers) if (!ofItsBody.has(header[0])) kept.push(header);
    },
    finish: (response) => withCookies(response, cookies, kept),
  };
}

/** What a framework's own response has instead of a guard's. */
const ofItsBody: ReadonlySet<string> = new Set(["content-type", "location", "set-cookie"]);

/** A router's request for the data of a page, as the request by which a browser would open that page. */
function openingOf({ headers, method }: Request, url: string): RequestSource {
  const get = (name: string): string | null => (name === "sec-fetch-mode" ? "navigate" : headers.get(name));
  return { headers: { get }, method, url };
}

/**
 * Adds Set-Cookie values to a response. No cache may keep it then: a cookie is for one user.
 *
 * @param more headers that it has to carry besides.
 */
function withCookies(
  response: Response,
  cookies: readonly string[],
  more: readonly (readonly [string, string])[] = [],
): Response {
  if (cookies.length === 0 && more.length === 0) return response;
  // Those of Response.redirect and of fetch cannot be changed (Fetch §5.5).
  const copy = new Response(response.body, response);
  for (const cookie of cookies) copy.headers.append("Set-Cookie", cookie);
  for (const [name, value] of [...more, ...uncached]) copy.headers.set(name, value);
  return copy;
}

/** Whether a path is one of Sojourn's routes. */
export function isOwnPath(path: string, basePath: string): boolean {
  return path === basePath || path.startsWith(`${basePath}/`);
}
