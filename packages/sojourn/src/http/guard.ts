import { SojournError } from "../domain/errors.ts";

/** What the guard knows of a request. */
export interface GuardedRequest {
  readonly method: string;
  /** The request's own URL, for its origin where none is configured. */
  readonly url: URL;
  header(name: string): string | null;
  /** Whether the request carries a cookie of ours, and so the browser's say-so. */
  readonly hasSessionCookie: boolean;
  /** Whether a bearer token is presented; a page of another site cannot make a browser do that. */
  readonly hasBearer: boolean;
}

/** Which origins may act. */
export interface GuardSettings {
  /** The app's own origin; null takes the request's. */
  readonly origin: string | null;
  /** Further origins, such as a front end on a host of its own. */
  readonly trustedOrigins: readonly string[];
}

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what another site makes a browser send (CSRF, login CSRF), by Fetch Metadata where the
 * browser sends it and by Origin where not. SameSite cookies are no substitute: a sibling
 * sub-domain is the same site.
 *
 * @throws {SojournError} `csrf_refused`.
 */
export function refuseForeignSites(request: GuardedRequest, settings: GuardSettings): void {
  if (isSafe(request.method) && !opensSocket((name) => request.header(name))) return;
  const origin = request.header("origin");
  const own = settings.origin ?? request.url.origin;
  if (origin !== null && (settings.trustedOrigins.includes(origin) || origin === own)) return;

  const site = request.header("sec-fetch-site");
  if (site === "same-origin" || site === "none") return;
  if (request.hasBearer && !request.hasSessionCookie) return;
  // Neither header: no browser of this decade. Without a cookie there is nothing to abuse.
  if (site === null && origin === null && !request.hasSessionCookie) return;
  throw new SojournError("csrf_refused", {
    detail: `This request came from ${origin === null ? "an unknown origin" : "another origin"}. Send it from ${own}, or list the origin in trustedOrigins.`,
  });
}

/** Whether a request by this method changes nothing (RFC 9110 §9.2.1). */
export function isSafe(method: string): boolean {
  return safeMethods.has(method);
}

/**
 * Whether a request opens a WebSocket (RFC 6455 §4.1). It comes as a GET with all cookies from whatever page, and then
 * it can do everything: another site must no more open one than it may post (cross-site WebSocket hijacking).
 */
export function opensSocket(header: (name: string) => string | null): boolean {
  return header("sec-websocket-key") !== null || header("upgrade")?.toLowerCase() === "websocket";
}
