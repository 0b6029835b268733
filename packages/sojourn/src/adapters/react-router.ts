import type { BaseUser } from "../domain/principal.ts";
import type { LiveSession, ProtectOptions } from "../http/verbs.ts";
import type { AdapterAuth, RequestAuth } from "./request-auth.ts";
import { openWebRequest, refusalOf } from "./web-request.ts";

export { type AdapterAuth, RequestAuth, type RequestAuthOf } from "./request-auth.ts";

/** What React Router's `createContext` makes. */
export interface RouterContext<Value> {
  defaultValue?: Value;
}

/** React Router's `RouterContextProvider`. */
export interface ContextProvider {
  get<Value>(context: RouterContext<Value>): Value;
  set<Value>(context: RouterContext<Value>, value: Value): void;
}

/** What the adapter needs of the arguments of loaders, actions and middleware. */
export interface RouteArgs {
  readonly request: Request;
  /** The page's URL, without what React Router adds for itself; only version 8 tells. */
  readonly url?: URL;
  readonly context: ContextProvider;
}

/** Tells the address of the socket that a request came by, where the server has put it into the context. */
export type PeerOf = (context: ContextProvider) => string | null;

/** React Router's `MiddlewareFunction`, on the server. */
export type SessionMiddleware = (args: RouteArgs, next: () => Promise<Response>) => Promise<Response>;

/** A context that holds the session of a request: `createContext<RequestAuthOf<typeof auth>>()`. */
export type SessionContext<User extends BaseUser, Extra extends object> = RouterContext<
  RequestAuth<User, Extra>
>;

/**
 * The middleware for `root.tsx`, which puts the request's session into a context. Cookies go into the response beside
 * those of loaders and actions.
 *
 * ```ts
 * // app/root.tsx
 * export const middleware = [sessionMiddleware(auth, sessionContext)];
 * ```
 */
export function sessionMiddleware<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  session: SessionContext<User, Extra>,
  peer: PeerOf = () => null,
): SessionMiddleware {
  return async ({ request, url, context }, next) => {
    const visit = openWebRequest(auth, request, peer(context), pageOf(request, url));
    context.set(session, visit.auth);
    return visit.finish(await next());
  };
}

/** The path and query of the page whose data the router in the browser asks for; null for other requests. */
function pageOf(request: Request, url: URL | undefined): string | null {
  const isDataRequest = request.method === "GET" && new URL(request.url).pathname.endsWith(".data");
  return isDataRequest && url !== undefined ? url.pathname + url.search : null;
}

/** React Router's `LoaderFunction` and `ActionFunction`. */
export type RouteHandler = (args: RouteArgs) => Promise<Response>;

/**
 * The loader, and the action, of the resource route that answers Sojourn's routes.
 *
 * ```ts
 * // app/routes.ts: route("auth/*", "routes/auth.ts")
 * export const loader = authRoute(auth);
 * export const action = authRoute(auth);
 * ```
 */
export function authRoute(
  auth: Pick<AdapterAuth<BaseUser, object>, "handler">,
  peer: PeerOf = () => null,
): RouteHandler {
  return ({ request, context }) => auth.handler(request, { ip: peer(context) });
}

/** Guards a route and those below it: `export const middleware = [guard(sessionContext)]`. */
export function guard<User extends BaseUser, Extra extends object>(
  session: SessionContext<User, Extra>,
  options: ProtectOptions = {},
): SessionMiddleware {
  return async (args, next) => {
    await requireSession(args, session, options);
    return next();
  };
}

/** The session, for a loader or an action. Throws the response for who may not go on, which React Router then sends. */
export async function requireSession<User extends BaseUser, Extra extends object>(
  { context }: Pick<RouteArgs, "context">,
  session: SessionContext<User, Extra>,
  options: ProtectOptions = {},
): Promise<LiveSession<User, Extra>> {
  const opened = context.get(session);
  const refused = await refusalOf(opened, options, "Put sessionMiddleware(auth, context) into app/root.tsx.");
  if (refused === null) return opened.live;
  // oxlint-disable-next-line typescript/only-throw-error -- it is how React Router is told what to answer
  throw refused;
}
