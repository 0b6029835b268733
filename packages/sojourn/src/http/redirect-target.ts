import { SojournError } from "../domain/errors.ts";
import { invalidOption, refuseUnknown } from "../domain/options.ts";

/** Where a browser may be sent. */
export interface RedirectSettings {
  /** The app's own origin. */
  readonly origin: string;
  /** Other origins that may be targets. */
  readonly allowedOrigins: readonly string[];
}

/** Where browsers go that name no target. */
export interface Redirects {
  readonly signedIn: string;
  readonly signedOut: string;
  /** A sign-in at a provider that failed. */
  readonly error: string;
  /** The sign-in page, for who opens a page that asks for a session; null if the app has not said. */
  readonly signIn: string | null;
}

/** The `redirects` option of `createAuth`. */
export type RedirectOptions = { readonly [Name in keyof Redirects]?: string };

const names: readonly string[] = ["signedIn", "signedOut", "error", "signIn"] satisfies (keyof Redirects)[];

/** The `redirects` options of `createAuth`, held to the same rules as any target. @throws {SojournError} `config_invalid`. */
export function resolveRedirects(options: RedirectOptions, settings: RedirectSettings): Redirects {
  refuseUnknown("redirects.", options, names);
  const targets = Object.entries(options).map(([name, target]) => {
    try {
      if (typeof target !== "string") throw refused();
      return [name, redirectTarget(target, settings)] as const;
    } catch {
      throw invalidOption(
        `redirects.${name} must be a path such as "/dashboard", or a URL of an origin in trustedOrigins.`,
      );
    }
  });
  const { signedIn = "/", signedOut = "/", error = signedIn, signIn = null } = Object.fromEntries(targets);
  return { signedIn, signedOut, error, signIn };
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

/** More than that no honest path is encoded over itself. */
const mostDecodings = 4;

/**
 * The path of a URL of ours, if it stays here for whoever reads it next. That may be a proxy or a router that decodes it
 * first: `/%2f%2fevil.example` would then name a host, and `/%0d%0a` end a header. The query and the fragment
 * come behind the path, and cannot change whose it is.
 */
function pathOf(url: URL): string {
  let path = url.pathname;
  for (let reading = 0; reading <= mostDecodings; reading += 1) {
    if (!staysOn(url.origin, path)) throw refused();
    const decoded = path.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (decoded === path) return url.pathname + url.search + url.hash;
    path = decoded;
  }
  throw refused();
}

/** Also `/.//evil.example` leaves in the end: without its dot it begins with two slashes. */
function staysOn(origin: string, path: string): boolean {
  if (/[\u0000-\u001f\u007f]/.test(path) || !URL.canParse(path, origin)) return false;
  const read = new URL(path, origin);
  return read.origin === origin && !read.pathname.startsWith("//");
}

function refused(): SojournError {
  return new SojournError("invalid_redirect", {
    detail: "returnTo must be a path on this site, such as /dashboard, or a URL of an allowed origin.",
  });
}
