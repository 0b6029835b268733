import type { CookieAttributes, SameSite } from "./set-cookie.ts";

/** The `cookie` options of `createAuth`. */
export interface CookieOptions {
  /** Without a prefix; one is added where the browser's rules allow it. Default `sojourn`. */
  readonly name?: string;
  /** `auto` (default) decides from the base URL. Never decided from NODE_ENV. */
  readonly secure?: boolean | "auto";
  /** Default `lax`. */
  readonly sameSite?: SameSite;
  /** Default `/`. */
  readonly path?: string;
  /** Share with sub-domains; costs the `__Host-` protection. Default: this host only. */
  readonly domain?: string;
  /** For use in an iframe of another site (CHIPS). Default false. */
  readonly partitioned?: boolean;
  /** `auto` (default) uses the strongest prefix the other options allow; `none` adds none. */
  readonly prefix?: "auto" | "none";
  /** Split a value that is too long over several cookies. Default false: a clear error. */
  readonly chunking?: boolean;
  /** Encrypt tokens in cookies (AES-256-GCM), so that nobody reads their claims. Default false. */
  readonly encrypt?: boolean;
  /**
   * A second cookie that page scripts can read and that says "1": there is a session. It is no credential; with it a
   * page of somebody who never signed in needs not ask. Default true.
   */
  readonly hint?: boolean;
}

/** The cookies of one deployment, settled. */
export interface CookieSettings {
  /** Holds the session token, the session JWT or the access token. */
  readonly sessionName: string;
  /** Holds the refresh token; hybrid only. */
  readonly refreshName: string;
  /** Tells page scripts that there is a session; null where none does. */
  readonly hintName: string | null;
  readonly attributes: CookieAttributes;
  readonly chunking: boolean;
  readonly encrypt: boolean;
}

/** Whether cookies travel over HTTPS only. @param baseURL where the app is reached; null is development on this machine. */
export function isSecure({ secure = "auto" }: CookieOptions, baseURL: URL | null): boolean {
  return secure === "auto" ? baseURL?.protocol === "https:" : secure;
}

/** Names and attributes, by options that have been checked. */
export function settleCookies(options: CookieOptions & { readonly secure: boolean }): CookieSettings {
  const attributes: CookieAttributes = {
    path: options.path ?? "/",
    domain: options.domain ?? null,
    secure: options.secure,
    httpOnly: true,
    sameSite: options.sameSite ?? "lax",
    partitioned: options.partitioned ?? false,
  };
  const read = settleReading(options);
  return { ...read, hintName: options.hint === false ? null : hintNameFor(read.sessionName), attributes };
}

/** What it takes to read cookies, by options that have been checked. */
export function settleReading(
  options: CookieOptions & { readonly secure: boolean },
): Omit<CookieSettings, "hintName" | "attributes"> {
  const sessionName = prefixFor(options) + (options.name ?? "sojourn");
  return {
    sessionName,
    refreshName: `${sessionName}-refresh`,
    chunking: options.chunking ?? false,
    encrypt: options.encrypt ?? false,
  };
}

/** Browsers keep a cookie with `Http-` in its prefix from scripts, and this one is for them. */
function hintNameFor(sessionName: string): string {
  return `${sessionName.replace(/^__Host-Http-/, "__Host-")}-hint`;
}

/**
 * The strongest prefix that the attributes allow. `__Host-Http-` also keeps page scripts from
 * writing the cookie; browsers that do not know it apply the `__Host-` rules, which it begins with.
 */
function prefixFor({ prefix, secure, domain, path = "/" }: CookieOptions): string {
  if (prefix === "none" || secure !== true) return "";
  return domain === undefined && path === "/" ? "__Host-Http-" : "__Secure-";
}
