import { isSojournError } from "../domain/errors.ts";
import type { BaseUser } from "../domain/principal.ts";
import { problemResponse, uncached } from "../http/problem.ts";
import type { LiveSession, ProtectOptions } from "../http/verbs.ts";
import { renewedHeader } from "./next-identity.ts";
import type { AdapterAuth, RequestAuth } from "./request-auth.ts";
import { openWebRequest } from "./web-request.ts";

/** A route handler of Next.js; `context` has the route's parameters. */
export type RouteHandler<Context = unknown> = (request: Request, context: Context) => Promise<Response>;

/** The session, in the app's own route handlers. */
export interface RouteVerbs<User extends BaseUser, Extra extends object> {
  /** A route that looks at the session, or changes it. What its response has to carry is put there. */
  readonly route: <Context>(
    handler: (
      request: Request,
      visit: RequestAuth<User, Extra>,
      context: Context,
    ) => Response | Promise<Response>,
  ) => RouteHandler<Context>;
  /** A route for who is signed in. Others get 401, 403 or 503, or the sign-in page if they open it as a page; other sites get 403. */
  readonly protect: <Context>(
    handler: (
      request: Request,
      live: LiveSession<User, Extra>,
      context: Context,
    ) => Response | Promise<Response>,
    options?: ProtectOptions,
  ) => RouteHandler<Context>;
}

/** Makes what wraps route handlers. */
export function routeVerbs<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
): RouteVerbs<User, Extra> {
  const route: RouteVerbs<User, Extra>["route"] = (handler) => async (request, context) => {
    const isRenewed = request.headers.get(renewedHeader) !== null;
    const visit = openWebRequest(isRenewed ? withoutRenewal(auth) : auth, request);
    try {
      return visit.finish(await handler(request, visit.auth, context));
    } catch (error) {
      // Next.js throws as well, for its redirects.
      if (!isSojournError(error)) throw error;
      return visit.finish(problemResponse(error));
    }
  };
  return {
    route,
    protect: (handler, options) =>
      route(async (request, visit, context: Parameters<typeof handler>[2]) => {
        const refused = await visit.protect(options);
        return refused ?? ownAlone(await handler(request, visit.live, context));
      }),
  };
}

/** The same, for a request whose response carries new credentials already: the browser gets one set of them. */
function withoutRenewal<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
): AdapterAuth<User, Extra> {
  return {
    ...auth,
    visit: (request, options) => auth.visit(request, { ...options, renew: false }),
    protect: (request, options) => auth.protect(request, { ...options, renew: false }),
  };
}

/** What is for one user is in no shared cache, unless the app itself says something about caches. */
function ownAlone(response: Response): Response {
  if (response.headers.has("cache-control")) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of uncached) copy.headers.set(name, value);
  return copy;
}
