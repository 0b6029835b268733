import type { BaseUser } from "../domain/principal.ts";
import { caching, uncached } from "../http/problem.ts";
import { mergeCookies } from "../http/response-cookies.ts";
import type { ProtectOptions } from "../http/verbs.ts";
import { type AdapterAuth, RequestAuth } from "./request-auth.ts";

/** Where the headers of a response are put. */
export interface HeaderWriter {
  append(name: string, value: string): void;
  set(name: string, value: string): void;
}

/** A web-standard request under way: its session, and what its response has to carry. */
export interface WebVisit<User extends BaseUser, Extra extends object> {
  readonly auth: RequestAuth<User, Extra>;
  /** Keeps the headers of a guard's response, for a framework that has a redirect or an error of its own in its place. */
  keep(refused: Response): void;
  /** The status for a response: a refusal's own, where the framework made an error page of what it did not expect. */
  statusFor(status: number): number;
  /** Puts the cookies into a response, beside those that it has. No cache may keep it then: a cookie is for one user. */
  write(headers: HeaderWriter): void;
  /** The same for a whole response, in the place of its cookies of the same names. It is copied: headers may be locked, as those of `Response.redirect` (Fetch §5.5). */
  readonly finish: (response: Response) => Response;
}

/**
 * Opens the session of a web-standard request.
 *
 * @param peer the address of the socket, where the host tells.
 * @param page path and query of the page whose data a router in the browser asks for; null for other requests.
 */
export function openWebRequest<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  request: Request,
  peer: string | null = null,
  page: string | null = null,
): WebVisit<User, Extra> {
  let cookies: readonly string[] = [];
  const kept: [string, string][] = [];
  let refusedWith: number | null = null;
  let isPrivate = false;
  let isFinished = false;
  const add = (more: readonly string[]): void => void (cookies = mergeCookies(cookies, more));
  const host = {
    source: request,
    peer,
    page,
    get write() {
      return isFinished ? null : add;
    },
    keepPrivate: () => void (isPrivate = true),
  };
  const visit: WebVisit<User, Extra> = {
    auth: new RequestAuth(auth, host),
    keep(refused) {
      if (refused.status >= 400) refusedWith = refused.status;
      add(refused.headers.getSetCookie());
      for (const header of refused.headers) if (!ofItsBody.has(header[0])) kept.push(header);
    },
    statusFor: (status) => (status === 500 && refusedWith !== null ? refusedWith : status),
    write(headers) {
      isFinished = true;
      if (cookies.length === 0 && kept.length === 0) return;
      for (const cookie of cookies) headers.append("Set-Cookie", cookie);
      // What the app's own response varies by, it still does.
      for (const [name, value] of kept)
        if (name === "vary") headers.append(name, value);
        else headers.set(name, value);
      for (const [name, value] of uncached) headers.set(name, value);
    },
    finish(response) {
      isFinished = true;
      const isSilent = isPrivate && !response.headers.has(caching.name);
      if (cookies.length === 0 && kept.length === 0 && !isSilent) return response;
      const status = visit.statusFor(response.status);
      const init = status === response.status ? response : { status, headers: response.headers };
      const copy = new Response(response.body, init);
      cookies = mergeCookies(response.headers.getSetCookie(), cookies);
      copy.headers.delete("Set-Cookie");
      if (isSilent) copy.headers.set(caching.name, caching.value);
      visit.write(copy.headers);
      return copy;
    },
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
export const ofItsBody: ReadonlySet<string> = new Set(["content-type", "location", "set-cookie"]);

/** Whether a path is one of Sojourn's routes. */
export function isOwnPath(path: string, basePath: string): boolean {
  return path === basePath || path.startsWith(`${basePath}/`);
}
