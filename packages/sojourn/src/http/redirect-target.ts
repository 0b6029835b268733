import { SojournError } from "../domain/errors.ts";

/** Where a browser may be sent. */
export interface RedirectSettings {
  /** The app's own origin. */
  readonly origin: string;
  /** Other origins that may be targets. */
  readonly allowedOrigins: readonly string[];
}

/**
 * A target for a redirect, held to this origin (open redirect, CWE-601). Judged by the same URL
 * parser that browsers use, because `/\evil.example` and `//evil.example` are not paths to them.
 *
 * @returns a path on this origin, or an absolute URL of an allowed one.
 * @throws {SojournError} `invalid_redirect`.
 */
export function redirectTarget(wanted: string, settings: RedirectSettings): string {
  // Browsers drop tabs and line breaks inside URLs; nothing honest has them, or a backslash.
  if (/[\u0000-\u0020\u007f\\]/.test(wanted)) throw refused();
  const base = new URL(settings.origin);
  if (!URL.canParse(wanted, settings.origin)) throw refused();
  const url = new URL(wanted, base);
  if (url.username !== "" || url.password !== "") throw refused();
  // The origin of blob:https://... is the one inside it, and that of javascript: is "null".
  if (!/^https?:$/.test(url.protocol)) throw refused();
  if (url.origin === base.origin) return pathOf(url);
  if (settings.allowedOrigins.includes(url.origin)) return url.href;
  throw refused();
}

/** A path that begins with two slashes would name a host when a browser reads it again. */
function pathOf(url: URL): string {
  if (url.pathname.startsWith("//")) throw refused();
  return url.pathname + url.search + url.hash;
}

function refused(): SojournError {
  return new SojournError("invalid_redirect", {
    detail: "returnTo must be a path on this site, such as /dashboard, or a URL of an allowed origin.",
  });
}
