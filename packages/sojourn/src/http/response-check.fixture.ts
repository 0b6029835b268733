import { expect } from "vitest";
import { accessErrors } from "../contract/route.ts";
import { commonErrors, type Contract, contract, type Route, type RouteName } from "../contract/routes.ts";
import { problemSchema } from "../contract/schemas.ts";
import type {
  CsrfTokenReply,
  EndedReply,
  IntrospectionReply,
  Problem,
  SessionListReply,
  SignedInReply,
} from "../contract/types.ts";
import { type ErrorCode, errorTable } from "../domain/errors.ts";
import type { StoredUser } from "../ports/user-directory.ts";

/** Whatever a route may answer: a test looks at what its own route has. */
export type ReplyBody = SignedInReply<StoredUser> &
  SessionListReply &
  EndedReply &
  IntrospectionReply &
  CsrfTokenReply &
  Omit<StoredUser, "status"> &
  Problem & {
    readonly session: { readonly greeting?: string };
    readonly tokens: { readonly refreshToken: string };
    readonly openapi: string;
    readonly actorToken: string;
  };

/** A response, read. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The Set-Cookie values, but for the hint. */
  readonly cookies: readonly string[];
  /** The Set-Cookie values of the cookie that tells scripts of a session; it comes and goes with the credentials. */
  readonly hints: readonly string[];
  readonly text: string;
  /** Parsed; undefined where there is no JSON. */
  readonly body: ReplyBody;
  /** The code of a problem; undefined for a success. */
  readonly code: ErrorCode | undefined;
  readonly route: RouteName | null;
  readonly response: Response;
}

/** Every route that a test had a success from, in this file. */
export const visited: Set<RouteName> = new Set();

const routes = Object.entries(contract as unknown as Record<RouteName, Route<unknown, unknown>>) as [
  RouteName,
  Route<unknown, unknown>,
][];

/** What a request that reaches no route is answered. */
const outside: readonly ErrorCode[] = ["not_found", "method_not_allowed"];

/** Which route of the contract a request is for, if any. */
function routeOf(method: string, pathname: string): RouteName | null {
  const path = pathname.replace(/^\/auth/, "");
  const asked = method === "HEAD" ? "GET" : method;
  for (const [name, route] of routes) {
    const patterns = [route.path, ...(route.aliases ?? [])].map((one) =>
      one.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+"),
    );
    const answers = route.anyMethod === true || route.method === asked;
    if (answers && patterns.some((pattern) => new RegExp(`^${pattern}$`).test(path))) return name;
  }
  return null;
}

/**
 * Holds a response to what every response must be: no cookie twice, each with all its attributes;
 * private and uncached; a success of the shape in the contract, or a problem document with a code
 * that the contract foretells; nothing of the inside in it.
 */
export async function checkResponse(request: Request, response: Response): Promise<Reply> {
  const { pathname } = new URL(request.url);
  const route = routeOf(request.method, pathname);
  const what = `${request.method} ${pathname}`;
  const allCookies = response.headers.getSetCookie();
  checkCookies(allCookies, what);
  const cookies = allCookies.filter((cookie) => !hint.test(cookie));
  const hints = allCookies.filter((cookie) => hint.test(cookie));
  checkCaching(response, route, what);
  const stream = response.headers.get("content-type") === "text/event-stream";
  const text = stream ? "" : await response.clone().text();
  const isJson = (response.headers.get("content-type") ?? "").endsWith("json");
  const body: unknown = isJson && text !== "" ? JSON.parse(text) : undefined;
  const code = response.status >= 400 && text !== "" ? checkProblem(response, body, route, what) : undefined;
  if (response.status === 200 && route !== null && !stream && request.method !== "HEAD") {
    visited.add(route);
    const { output } = contract[route] as Contract[RouteName];
    if (output !== null) expect(output.parse(body), what).toEqual(body);
  } else if (response.status === 200 && route !== null) visited.add(route);
  const { status, headers } = response;
  return { status, headers, cookies, hints, text, body: body as ReplyBody, code, route, response };
}

const hint = /^[^=]*-hint=/;

function checkCookies(cookies: readonly string[], what: string): void {
  const names = cookies.map((cookie) => cookie.split("=", 1)[0]);
  expect(new Set(names).size, `${what}: one cookie twice in ${names.join()}`).toBe(names.length);
  for (const cookie of cookies) {
    const [pair = "", ...attributes] = cookie.split("; ");
    expect(pair.length, what).toBeLessThanOrEqual(4097);
    expect(cookie, what).toMatch(/^[\u0020-\u007e]+$/);
    // The one cookie that scripts may read says nothing but that there is a session.
    if (hint.test(cookie)) expect(pair, what).toMatch(/=1?$/);
    else expect(attributes, what).toContain("HttpOnly");
    expect(
      attributes.filter((one) => one.startsWith("SameSite=")),
      what,
    ).toHaveLength(1);
    expect(
      attributes.filter((one) => one.startsWith("Path=")),
      what,
    ).toHaveLength(1);
    if (pair.startsWith("__")) expect(attributes, what).toContain("Secure");
    if (/^__host-/i.test(pair)) expect(attributes.join(), what).toMatch(/^Path=\/(?!.*Domain)/);
    const maxAge = Number(/Max-Age=(\d+)/.exec(cookie)?.[1] ?? 0);
    expect(maxAge, what).toBeLessThanOrEqual(400 * 86_400);
  }
}

function checkCaching(response: Response, route: RouteName | null, what: string): void {
  expect(response.headers.get("x-content-type-options"), what).toBe("nosniff");
  expect(response.headers.get("vary"), what).toMatch(/\bOrigin\b/);
  if (route === "jwks" || route === "openapi") {
    if (response.status === 200 || response.status === 304) {
      expect(response.headers.getSetCookie(), what).toEqual([]);
      const caching = /^public, max-age=\d+(, stale-while-revalidate=\d+)?$/;
      expect(response.headers.get("cache-control"), what).toMatch(caching);
      return;
    }
  }
  expect(response.headers.get("cache-control"), what).toBe("private, no-store");
  expect(response.headers.get("cdn-cache-control"), what).toBe("no-store");
  expect(response.headers.get("vary"), what).toMatch(/\bCookie\b/);
}

function checkProblem(response: Response, body: unknown, route: RouteName | null, what: string): ErrorCode {
  expect(response.headers.get("content-type"), what).toBe("application/problem+json");
  const problem = problemSchema.parse(body);
  expect(problem, what).toEqual(body);
  const code = problem.code as ErrorCode;
  expect(Object.keys(errorTable), what).toContain(code);
  expect([problem.status, response.status], what).toEqual([errorTable[code].status, errorTable[code].status]);
  const known =
    route === null
      ? [...outside, ...commonErrors]
      : [...contract[route].errors, ...commonErrors, ...accessErrors(contract[route])];
  expect(known, `${what} answered ${code}, which its contract does not foretell`).toContain(code);
  if (response.status === 503)
    expect(Number(response.headers.get("retry-after")), what).toBeGreaterThanOrEqual(1);
  if (response.status === 405) expect(response.headers.get("allow"), what).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
  // Neither a stack nor a path nor what the driver said.
  expect(JSON.stringify(body), what).not.toMatch(/\bat .*:\d+:\d+|node:|\/src\/|\.ts\b|ECONNREFUSED|SQLITE/);
  return code;
}
