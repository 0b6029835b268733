import type { IncomingMessage, ServerResponse } from "node:http";
import { isSojournError } from "../domain/errors.ts";
import type { BaseUser } from "../domain/principal.ts";
import { problemResponse, toSojournError } from "../http/problem.ts";
import type { ProtectOptions } from "../http/verbs.ts";
import { openRequest, sendResponse, toNodeHandler } from "./node.ts";
import type { AdapterAuth, RequestAuth } from "./request-auth.ts";
import { isOwnPath } from "./web-request.ts";

export type { AdapterAuth, RequestAuth } from "./request-auth.ts";

/** A request of Express 4 or 5. */
export type ExpressRequest = IncomingMessage & { readonly originalUrl?: string };

/** A middleware of Express 4 or 5, and of whatever else takes Connect's. */
export type ExpressMiddleware = (
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Sojourn in an Express app. */
export interface ExpressAdapter<User extends BaseUser, Extra extends object> {
  /** Answers Sojourn's routes, and opens the session of all other requests. Put it before what asks for sessions. */
  readonly middleware: ExpressMiddleware;
  /** Lets a request through whose session is enough; else it answers 401, 403 or 503, or sends to the sign-in page. */
  guard(options?: ProtectOptions): ExpressMiddleware;
  /** The session of a request. Reading it costs nothing until it is asked. @throws {TypeError} if the middleware has not run. */
  of(request: IncomingMessage): RequestAuth<User, Extra>;
  /** Answers errors of Sojourn that a route let out, such as `step_up_required`. Put it last. */
  readonly errors: (
    error: unknown,
    request: ExpressRequest,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ) => void;
}

/**
 * Brings Sojourn to Express 5, and to 4. Body parsers may stand before it.
 *
 * ```ts
 * const session = toExpress(auth);
 * app.use(session.middleware);
 * app.get("/me", session.guard(), (request, response) => response.json(session.of(request).live.user));
 * ```
 */
export function toExpress<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
): ExpressAdapter<User, Extra> {
  const handler = toNodeHandler(auth);
  const opened = new WeakMap<IncomingMessage, RequestAuth<User, Extra>>();
  const of = (request: IncomingMessage): RequestAuth<User, Extra> => {
    const found = opened.get(request);
    if (found !== undefined) return found;
    throw new TypeError("This request has no session yet: app.use(session.middleware) has to come before.");
  };
  return {
    of,
    middleware(request, response, next) {
      const [path = ""] = (request.originalUrl ?? request.url ?? "/").split("?", 1);
      if (isOwnPath(path, auth.basePath)) {
        handler(request, response).catch(next);
        return;
      }
      opened.set(request, openRequest(auth, request, response));
      next();
    },
    guard: (options) => (request, response, next) => {
      of(request)
        .protect(options)
        .then((refused) => (refused === null ? next() : sendResponse(refused, response)))
        .catch(next);
    },
    errors(error, _request, response, next) {
      const ours = isSojournError(error) && !response.headersSent;
      if (!ours) next(error);
      // What this sends cannot fail: a reader that leaves is no failure.
      else void sendResponse(problemResponse(toSojournError(error)), response);
    },
  };
}
