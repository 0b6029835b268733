import type { IncomingMessage, ServerResponse } from "node:http";
import type { BaseUser } from "../domain/principal.ts";
import type { ProtectOptions } from "../http/verbs.ts";
import { appendCookies, openRequest, toNodeHandler } from "./node.ts";
import type { AdapterAuth, RequestAuth } from "./request-auth.ts";
import { isOwnPath, ofItsBody } from "./web-request.ts";

export { type AdapterAuth, RequestAuth, type RequestAuthOf } from "./request-auth.ts";

/** What the adapter needs of an `H3Event`, as Nuxt 4 and Nitro 2 have it. */
export interface NuxtEvent {
  /** Path and query. */
  readonly path: string;
  readonly node: { readonly req: IncomingMessage; readonly res: ServerResponse };
  readonly context: object;
}

/** An event whose request {@link sessionHandler} has opened. */
export interface OpenedEvent {
  readonly context: { readonly auth: Pick<RequestAuth, "protect"> };
}

/**
 * The server middleware: answers Sojourn's routes, and puts the request's session on `event.context.auth`. Cookies go
 * into the response beside the app's own.
 *
 * ```ts
 * // server/middleware/session.ts
 * export default defineEventHandler(sessionHandler(auth));
 * ```
 */
export function sessionHandler<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
): (event: NuxtEvent) => Promise<void> {
  const answer = toNodeHandler(auth);
  return async ({ path, node: { req, res }, context }) => {
    const [pathname = path] = path.split("?", 1);
    if (isOwnPath(pathname, auth.basePath)) return answer(req, res);
    (context as { auth: unknown }).auth = openRequest(auth, req, res);
  };
}

/**
 * Puts a guard before an event handler: `event.context.auth.live` is then the session.
 *
 * ```ts
 * // server/api/account.get.ts
 * export default defineEventHandler(guarded((event) => event.context.auth.live.user, { freshFor: "1h" }));
 * ```
 */
export function guarded<Event extends OpenedEvent, Result>(
  handler: (event: Event) => Result | Promise<Result>,
  options: ProtectOptions = {},
): (event: Event) => Promise<Result | Response> {
  return async (event) => {
    const { auth } = event.context as Partial<OpenedEvent["context"]>;
    if (auth === undefined) throw new TypeError("Put sessionHandler(auth) into server/middleware.");
    return (await auth.protect(options)) ?? (await handler(event));
  };
}

/** What a page has in the place of its content. */
export interface PageRefusal {
  /** 303 for the sign-in page, else 401, 403 or 503. */
  readonly statusCode: number;
  /** Where to sign in; null where that would not help. */
  readonly location: string | null;
}

/**
 * Guards a page while the server renders it. Nuxt answers in its own way, with `navigateTo` or `abortNavigation`; what
 * the answer has to say of cookies and caches is already in the response. Import it only where `import.meta.server` is true.
 *
 * @returns null if the page may be shown.
 */
export async function refusePage(
  event: OpenedEvent & Pick<NuxtEvent, "node">,
  options: ProtectOptions = {},
): Promise<PageRefusal | null> {
  const refused = await guarded(() => null, options)(event);
  if (refused === null) return null;
  const { res } = event.node;
  for (const [name, value] of refused.headers)
    if (name === "vary") res.appendHeader(name, value);
    else if (!ofItsBody.has(name)) res.setHeader(name, value);
  appendCookies(res, refused.headers.getSetCookie());
  return { statusCode: refused.status, location: refused.headers.get("Location") };
}
