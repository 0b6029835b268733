import type { BaseUser } from "../domain/principal.ts";
import type { LiveSession, ProtectOptions } from "../http/verbs.ts";
import { failureOf } from "./problem-failure.ts";
import type { AdapterAuth, RequestAuth } from "./request-auth.ts";
import { type HeaderWriter, openWebRequest, refusalOf } from "./web-request.ts";

export { type AdapterAuth, RequestAuth, type RequestAuthOf } from "./request-auth.ts";

/** A request, with the address of the socket that it came by where the server tells. */
export type StartRequest = Request & { readonly ip?: string | undefined };

/**
 * The functions of `@tanstack/react-start/server` by which a response is written. They are handed in, because what
 * they say has the last word, and only the app's own copies are heard.
 */
export interface StartResponse {
  readonly appendResponseHeader: (name: "Set-Cookie" | "Vary", value: string) => unknown;
  readonly setResponseHeader: (name: "Cache-Control", value: string) => unknown;
  readonly setResponseStatus: (status: number) => unknown;
}

/** A request under way. */
export interface StartVisit<User extends BaseUser, Extra extends object> {
  /** Its session, for the context. */
  readonly auth: RequestAuth<User, Extra>;
  /** Puts the session's cookies into the response of what `next` gives, beside those of the app. */
  finish<Result extends { readonly response: Response }>(result: Result | Promise<Result>): Promise<Result>;
}

/**
 * Opens the session of a request, in a middleware of the app. Make it global in `src/start.ts`.
 *
 * ```ts
 * import * as start from "@tanstack/react-start/server";
 * export const sessionMiddleware = createMiddleware().server(({ request, next }) => {
 *   const visit = openSession(auth, request, start);
 *   return visit.finish(next({ context: { auth: visit.auth } }));
 * });
 * ```
 */
export function openSession<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  request: StartRequest,
  { appendResponseHeader, setResponseHeader, setResponseStatus }: StartResponse,
): StartVisit<User, Extra> {
  const visit = openWebRequest(auth, request, request.ip ?? null);
  const headers = { append: appendResponseHeader, set: setResponseHeader } as HeaderWriter;
  return {
    auth: visit.auth,
    async finish(result) {
      try {
        const { status } = (await result).response;
        if (visit.statusFor(status) !== status) setResponseStatus(visit.statusFor(status));
        return await result;
      } finally {
        visit.write(headers);
      }
    },
  };
}

/** The handler of a server route. */
export type StartRouteHandler = (context: { readonly request: StartRequest }) => Promise<Response>;

/**
 * Answers Sojourn's routes.
 *
 * ```ts
 * // src/routes/auth/$.ts
 * export const Route = createFileRoute("/auth/$")({ server: { handlers: { ANY: authRoute(auth) } } });
 * ```
 */
export function authRoute(auth: Pick<AdapterAuth<BaseUser, object>, "handler">): StartRouteHandler {
  return ({ request }) => auth.handler(request, { ip: request.ip ?? null });
}

/** The router's `redirect`. It is handed in, because the app's own copy is understood. */
export interface StartThrows {
  readonly redirect: (options: { href: string; statusCode: 303 }) => Response;
}

/** Lets a server function go on with the session, or throws what is answered instead. */
export type StartGuard = <User extends BaseUser, Extra extends object>(
  auth: RequestAuth<User, Extra>,
  options?: ProtectOptions,
) => Promise<LiveSession<User, Extra>>;

/**
 * Makes a guard for server functions; server routes and middleware answer with what `context.auth.protect()` gives.
 *
 * Who has to sign in is redirected to the sign-in page when a page is opened. A server function that is called in the
 * browser does not see which page that is for: hand it to the guard as `page`, which only decides on the way back. For
 * anything else it throws the `SojournError`.
 *
 * ```ts
 * export const requireSession = sessionGuard({ redirect });
 * const getAccount = createServerFn()
 *   .validator((page: string) => page)
 *   .handler(async ({ context, data: page }) => (await requireSession(context.auth, { page })).user);
 * ```
 */
export function sessionGuard({ redirect }: StartThrows): StartGuard {
  return async (auth, options) => {
    const refused = await refusalOf(
      auth,
      options,
      "Open the request by openSession(auth, request, start) first.",
    );
    if (refused === null) return auth.live;
    const href = refused.headers.get("Location");
    // oxlint-disable-next-line typescript/only-throw-error -- it is how the router is told where to go
    if (href !== null) throw redirect({ href, statusCode: 303 });
    throw await failureOf(refused);
  };
}
