import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** What a Host header may not hold: with a path in it, a request would be for another path than every proxy before us saw. */
const notInHost = /[\s/\\?#@]/;

/** Null for what cannot be expressed as a Request: a forbidden method, an unreadable target, a Host that is none. */
export function toRequest(
  incoming: IncomingMessage,
  signal: AbortSignal,
  target: string | undefined = incoming.url,
): Request | null {
  const scheme = "encrypted" in incoming.socket && incoming.socket.encrypted ? "https" : "http";
  const method = incoming.method ?? "GET";
  // HTTP/2 has :authority in its place (RFC 9113 §8.3.1).
  const authority = incoming.headers[":authority"];
  const host = incoming.headers.host || (typeof authority === "string" ? authority : "localhost");
  if (notInHost.test(host)) return null;
  try {
    const url = new URL(`${scheme}://${host}${originForm(target ?? "/")}`);
    const headers = headersOf(incoming);
    const body = method === "GET" || method === "HEAD" ? null : bodyOf(incoming, headers);
    const duplex = body instanceof ReadableStream ? { duplex: "half" } : {};
    return new Request(url, { method, headers, body, signal, ...duplex } as RequestInit);
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

function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (name.startsWith(":")) continue;
    if (typeof value === "string") headers.set(name, value);
    else for (const one of value ?? []) headers.append(name, one);
  }
  return headers;
}

type Body = NonNullable<RequestInit["body"]>;

/** The body, written again where a body parser before us has read it: `body` is then what it made of it. */
function bodyOf(incoming: IncomingMessage, headers: Headers): Body {
  const { body } = incoming as { readonly body?: unknown };
  // A parser that did not read leaves the stream as it was, and often an empty object in its place.
  if (body === undefined || !incoming.readableDidRead)
    return Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  // They told of the bytes that came.
  for (const name of ["content-length", "content-encoding", "transfer-encoding"]) headers.delete(name);
  if (typeof body === "string" || body instanceof Uint8Array) return body as Body;
  const isForm = headers.get("content-type")?.startsWith("application/x-www-form-urlencoded") === true;
  return isForm ? formOf(body as Record<string, unknown>) : JSON.stringify(body);
}

/**
 * A field that came twice comes twice again: joined, two answers to one question would look like a third. What a parser took
 * for an object is no field of ours, and stays none.
 */
function formOf(fields: Record<string, unknown>): URLSearchParams {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    [value]
      .flat()
      .map((one): [string, string] => (typeof one === "string" ? [name, one] : [`${name}[]`, ""])),
  );
  return new URLSearchParams(pairs);
}
