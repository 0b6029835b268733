import type { IncomingMessage, ServerResponse } from "node:http";
import { SojournError } from "../domain/errors.ts";
import type { Duration } from "../domain/duration.ts";
import type { BaseUser } from "../domain/principal.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { AuthState } from "../http/request-authenticator.ts";
import type { HostFacts } from "../http/handler.ts";
import { caching, problemResponse } from "../http/problem.ts";
import type { HeaderSource } from "../http/request-headers.ts";
import type { RequestSource, Visit, VisitOptions } from "../http/verbs.ts";
import { toRequest } from "./node-request.ts";
import { appendCookies, sendResponse } from "./node-response.ts";
import { type AdapterAuth, RequestAuth } from "./request-auth.ts";

export type { AdapterAuth } from "./request-auth.ts";
export {
  type ClosableSocket,
  sessionEndedCode,
  type SocketServer,
  toUpgradeListener,
  type UpgradeAuth,
  type UpgradeListener,
} from "./node-upgrade.ts";
export { appendCookies, RequestAuth, sendResponse };

/** Answers with what the handler answers, on Node's own request and response. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Mounts the handler on `node:http` and on whatever takes its listeners. Cookies that the host has
 * already set on the response stay; bodies stream; a client that goes away aborts the request.
 */
export function toNodeHandler(auth: {
  handler(request: Request, host?: HostFacts): Promise<Response>;
}): NodeHandler {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    const { originalUrl } = incoming as { readonly originalUrl?: string };
    const request = toRequest(incoming, gone.signal, originalUrl);
    const response =
      request === null
        ? problemResponse(unreadable())
        : await auth.handler(request, { ip: incoming.socket.remoteAddress ?? null });
    await sendResponse(response, outgoing);
  };
}

/** What {@link readSession} needs of Sojourn. */
export interface ReadingAuth<User extends BaseUser, Extra extends object> {
  visit(request: HeaderSource, options?: VisitOptions): MaybePromise<Visit<User, Extra>>;
  clientAddress(request: HeaderSource, peer: string | null): MaybePromise<string | null>;
}

/**
 * Who a request is from, read from its headers alone: no `Request` is built, and nothing is written. Synchronous where
 * the store is; with `trustedProxies`, from the second request on.
 */
export function readSession<User extends BaseUser, Extra extends object>(
  auth: ReadingAuth<User, Extra>,
  request: IncomingMessage,
  options: { readonly maxAge?: Duration; readonly passive?: boolean } = {},
): MaybePromise<AuthState<User, Extra>> {
  return andThen(auth.clientAddress(request, request.socket.remoteAddress ?? null), (ip) =>
    andThen(auth.visit(request, { ...options, ip, renew: false }), ({ state }) => state),
  );
}

/** The session of a request, for routes of the app: read, guarded, begun and ended, with the cookies in the response. */
export function openRequest<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  request: IncomingMessage & { readonly originalUrl?: string },
  response: ServerResponse,
): RequestAuth<User, Extra> {
  const { headers, method, originalUrl, url, socket } = request;
  return new RequestAuth(auth, {
    source: { headers, method, url: originalUrl ?? url, socket } as RequestSource,
    peer: socket.remoteAddress ?? null,
    get write() {
      return response.headersSent ? null : (cookies: readonly string[]) => appendCookies(response, cookies);
    },
    keepPrivate() {
      if (response.headersSent || response.hasHeader(caching.name)) return;
      response.setHeader(caching.name, caching.value);
    },
  });
}

/** The error of a request that cannot be one: a forbidden method, an unreadable target, a Host that is none. */
export function unreadable(): SojournError {
  return new SojournError("invalid_input", { detail: "The method, the target or the Host is not valid." });
}
