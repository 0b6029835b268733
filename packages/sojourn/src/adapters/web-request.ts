import type { BaseUser } from "../domain/principal.ts";
import { uncached } from "../http/problem.ts";
import type { ProtectOptions, RequestSource } from "../http/verbs.ts";
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
  const visit: WebVisit<User, Extra> = {
    auth: new RequestAuth(auth, { source, peer, write }),
    keep(refused) {
      write(refused.headers.getSetCookie());
      for (const header of refused.headers) if (!ofItsBody.has(header[0])) kept.push(header);
    },
    finish: (response) => withCookies(response, cookies, kept),
  };
  visits.set(visit.auth, visit);
  return visit;
}

/** How what has been opened is found again by those to whom the framework hands the session alone. */
const visits = new WeakMap<object, Pick<WebVisit<BaseUser, object>, "auth" | "keep">>();

/**
 * Guards a route whose framework has its own way to leave it early.
 *
 * @param opened the session of the request, as the framework keeps it.
 * @param missing what to say where none has been opened.
 * @returns null if the request may go on; else the response to make the framework's own of. Its cookies, and what it
 * says of caching, are already kept for the response in the end.
 */
export async function refusalOf(
  opened: object | undefined,
  options: ProtectOptions | undefined,
  missing: string,
): Promise<Response | null> {
  const visit = opened === undefined ? undefined : visits.get(opened);
  if (visit === undefined) throw new TypeError(missing);
  const refused = await visit.auth.protect(options);
  if (refused === null) return null;
  visit.keep(refused);
  refused.headers.delete("Set-Cookie");
  return refused;
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
  // What the app's own response varies by, it still does.
  for (const [name, value] of more)
    if (name === "vary") copy.headers.append(name, value);
    else copy.headers.set(name, value);
  for (const [name, value] of uncached) copy.headers.set(name, value);
  return copy;
}

/** Whether a path is one of Sojourn's routes. */
export function isOwnPath(path: string, basePath: string): boolean {
  return path === basePath || path.startsWith(`${basePath}/`);
}
