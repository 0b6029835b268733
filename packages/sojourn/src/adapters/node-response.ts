import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { uncached } from "../http/problem.ts";
import { mergeCookies } from "../http/response-cookies.ts";

/** Answers with a web-standard response, beside what the host has already set. Bodies stream. */
export async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  appendCookies(outgoing, response.headers.getSetCookie());
  if (isUncached(response.headers.get("cache-control"))) keepUncached(outgoing);
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

/**
 * Adds Set-Cookie values to those that the response already has, in the place of those with the same names. No cache may
 * keep it then, whatever the app says later of its page: a cookie is for one user.
 */
export function appendCookies(response: ServerResponse, cookies: readonly string[]): void {
  if (cookies.length === 0) return;
  const before = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
  response.setHeader("Set-Cookie", mergeCookies(before, cookies));
  keepUncached(response);
}

/** Whether a value of Cache-Control, or of a header like it, keeps a response out of caches. */
export function isUncached(caching: unknown): boolean {
  return /\bno-store\b/i.test(String(caching));
}

const kept = new WeakSet<ServerResponse>();

/** Keeps a response out of every cache, whatever is still said of it until it begins. */
export function keepUncached(response: ServerResponse): void {
  const set = (): void =>
    uncached.forEach(([name, value]) => {
      if (!isUncached(response.getHeader(name))) response.setHeader(name, value);
    });
  set();
  if (kept.has(response)) return;
  kept.add(response);
  const writeHead = response.writeHead.bind(response) as (...args: readonly unknown[]) => ServerResponse;
  response.writeHead = ((...args: readonly unknown[]) => {
    set();
    return writeHead(...args.map((arg) => (isHeaders(arg) ? withoutCaching(arg) : arg)));
  }) as typeof response.writeHead;
}

const cachingNames: ReadonlySet<string> = new Set(uncached.map(([name]) => name.toLowerCase()));

type HeadHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];

function isHeaders(arg: unknown): arg is HeadHeaders {
  return typeof arg === "object" && arg !== null;
}

/** What `writeHead` is given comes in the place of what was set: an object, pairs, or names and values by turns. */
function withoutCaching(headers: HeadHeaders): HeadHeaders {
  const stays = (name: unknown, value: unknown): boolean =>
    !cachingNames.has(String(name).toLowerCase()) || isUncached(value);
  if (!Array.isArray(headers))
    return Object.fromEntries(Object.entries(headers).filter(([name, value]) => stays(name, value)));
  const list: readonly OutgoingHttpHeader[] = headers;
  return list.filter((one, index) => {
    const at = index - (index % 2);
    return Array.isArray(one) ? stays(one[0], one[1]) : stays(list[at], list[at + 1]);
  });
}
