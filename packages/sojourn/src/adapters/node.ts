import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SojournError } from "../domain/errors.ts";
import type { Duration } from "../domain/duration.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { AuthState } from "../http/request-authenticator.ts";
import type { HostFacts } from "../http/handler.ts";
import { problemResponse, uncached } from "../http/problem.ts";
import { type RequestHeaders, requestHeaders } from "../http/request-headers.ts";

/** The part of Sojourn that an adapter needs. */
export interface NodeAuth<User extends BaseUser, Extra extends object> {
  handler(request: Request, host?: HostFacts): Promise<Response>;
  verify(
    headers: RequestHeaders,
    options?: { readonly maxAge?: Duration },
  ): MaybePromise<AuthState<User, Extra>>;
}

/** Answers with what the handler answers, on Node's own request and response. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Mounts the handler on `node:http` and on whatever takes its listeners. Cookies that the host has
 * already set on the response stay; bodies stream; a client that goes away aborts the request.
 */
export function toNodeHandler<User extends BaseUser, Extra extends object>(
  auth: NodeAuth<User, Extra>,
): NodeHandler {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    const request = toRequest(incoming, gone.signal);
    if (request === null) {
      await send(
        problemResponse(
          new SojournError("invalid_input", { detail: "The method, the target or the Host is not valid." }),
        ),
        outgoing,
      );
      return;
    }
    const response = await auth.handler(request, { ip: incoming.socket.remoteAddress ?? null });
    await send(response, outgoing);
  };
}

/** Who a request is from, read from its headers alone: no `Request` is built. Synchronous where the store is. */
export function readSession<User extends BaseUser, Extra extends object>(
  auth: NodeAuth<User, Extra>,
  request: IncomingMessage,
  options: { readonly maxAge?: Duration; readonly passive?: boolean } = {},
): MaybePromise<AuthState<User, Extra>> {
  const headers = requestHeaders(request, request.socket.remoteAddress ?? null);
  return auth.verify(
    options.passive === undefined ? headers : { ...headers, passive: options.passive },
    options,
  );
}

/** Adds Set-Cookie values to those that the response already has. No cache may keep it then: a cookie is for one user. */
export function appendCookies(response: ServerResponse, cookies: readonly string[]): void {
  for (const cookie of cookies) response.appendHeader("Set-Cookie", cookie);
  if (cookies.length > 0) for (const [name, value] of uncached) response.setHeader(name, value);
}

/** What a Host header may not hold: with a path in it, a request would be for another path than every proxy before us saw. */
const notInHost = /[\s/\\?#@]/;

/** Null for what cannot be expressed as a Request: a forbidden method, an unreadable target, a Host that is none. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | null {
  const scheme = "encrypted" in incoming.socket && incoming.socket.encrypted ? "https" : "http";
  const method = incoming.method ?? "GET";
  // HTTP/2 has :authority in its place (RFC 9113 §8.3.1).
  const authority = incoming.headers[":authority"];
  const host = incoming.headers.host || (typeof authority === "string" ? authority : "localhost");
  if (notInHost.test(host)) return null;
  try {
    const url = new URL(`${scheme}://${host}${originForm(incoming.url ?? "/")}`);
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) {
      if (name.startsWith(":")) continue;
      if (typeof value === "string") headers.set(name, value);
      else for (const one of value ?? []) headers.append(name, one);
    }
    const body =
      method === "GET" || method === "HEAD" ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
    return new Request(url, {
      method,
      headers,
      body,
      signal,
      ...(body === null ? {} : { duplex: "half" }),
    } as RequestInit);
  } catch {
    return null;
  }
}

/** A target may be a whole URL (RFC 9112 §3.2.2); only its path and query are believed. */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  appendCookies(outgoing, response.headers.getSetCookie());
  if (response.body === null) {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  // A client that goes away in mid-stream is no failure of ours.
  await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing).catch(
    () => {},
  );
}
