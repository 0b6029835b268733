import { isSojournError, SojournError } from "../domain/errors.ts";
import type { Problem } from "../contract/types.ts";
import { stepUpHeader } from "./challenges.ts";

/** Makes a code the URI that RFC 9457 §3.1.1 wants; `docs/errors.md` explains each under its name. */
export const errorDocs = "urn:sojourn:error:";

/** What keeps a response out of caches, where nothing else is said of it. */
export const caching = { name: "Cache-Control", value: "private, no-store" } as const;

/** Keeps a response out of every cache: out of the browser's, and out of those before the server. */
export const uncached: readonly (readonly [string, string])[] = [
  [caching.name, caching.value],
  ["CDN-Cache-Control", "no-store"],
];

/**
 * New headers, with what every answer that depends on a session carries: no cache may keep it for somebody else, or for a
 * page of another origin, and no browser may take it for a script.
 */
export function privateHeaders(): Headers {
  const headers = new Headers({
    Vary: "Cookie, Authorization, Origin",
    "X-Content-Type-Options": "nosniff",
  });
  for (const [name, value] of uncached) headers.set(name, value);
  return headers;
}

/** A problem document (RFC 9457). The error's cause stays here. */
export function problemOf(error: SojournError): Problem {
  const retryAfter = waitOf(error);
  return {
    ...error.extra,
    type: errorDocs + error.code,
    title: error.title,
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** The response to a failure, with the Set-Cookie values that go with it. */
export function problemResponse(error: SojournError, cookies: readonly string[] = []): Response {
  const headers = privateHeaders();
  headers.set("Content-Type", "application/problem+json");
  const retryAfter = waitOf(error);
  if (retryAfter !== undefined) headers.set("Retry-After", String(retryAfter));
  if (error.code === "invalid_client") headers.set("WWW-Authenticate", 'Basic realm="sojourn"');
  if (error.code === "unauthenticated" || error.code === "session_ended")
    headers.set("WWW-Authenticate", "Bearer");
  const wanted = stepUpHeader(error);
  if (wanted !== undefined) headers.set("WWW-Authenticate", wanted);
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  return new Response(JSON.stringify(problemOf(error)), { status: error.status, headers });
}

/**
 * Whatever was thrown as an error with a code. What we did not expect tells its caller nothing, nor
 * does a mistake of the app's configuration that shows only now: it is for the log.
 */
export function toSojournError(error: unknown): SojournError {
  return isSojournError(error) && !isBootError(error)
    ? error
    : new SojournError("internal", { cause: error });
}

function isBootError({ code }: SojournError): boolean {
  return code.startsWith("config_") || code === "store_schema_newer";
}

/** Seconds after which to try again. An outage always says so, also where a store of somebody else's did not. */
function waitOf({ retryAfter, status }: SojournError): number | undefined {
  return retryAfter ?? (status === 503 ? 1 : undefined);
}
