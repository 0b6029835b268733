import { invalidOption, refuseUnknown } from "../domain/options.ts";
import { type CookieAttributes, checkCookieNameAndAttributes, type SameSite } from "./set-cookie.ts";

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

const known = new Set([
  "name",
  "secure",
  "sameSite",
  "path",
  "domain",
  "partitioned",
  "prefix",
  "chunking",
  "encrypt",
  "hint",
]);

/**
 * Settles names and attributes.
 *
 * @param baseURL where the app is reached; null is development on this machine.
 * @throws {SojournError} `config_invalid`.
 */
export function resolveCookies(options: CookieOptions, baseURL: URL | null): CookieSettings {
  refuseUnknown("cookie.", options, known);
  checkChoices(options);
  const secure =
    options.secure === undefined || options.secure === "auto"
      ? baseURL?.protocol === "https:"
      : options.secure;
  if (!secure && baseURL?.protocol === "https:") {
    throw invalidOption(
      "cookie.secure is false although baseURL is HTTPS: the session would also travel unencrypted.",
    );
  }
  const attributes: CookieAttributes = {
    path: options.path ?? "/",
    domain: options.domain ?? null,
    secure,
    httpOnly: true,
    sameSite: options.sameSite ?? "lax",
    partitioned: options.partitioned ?? false,
  };
  const sessionName = prefixFor(attributes, options.prefix ?? "auto") + (options.name ?? "sojourn");
  const settings: CookieSettings = {
    sessionName,
    refreshName: `${sessionName}-refresh`,
    hintName: options.hint === false ? null : hintNameFor(sessionName),
    attributes,
    chunking: options.chunking ?? false,
    encrypt: options.encrypt ?? false,
  };
  checkCookieNameAndAttributes(settings.sessionName, attributes);
  return settings;
}

/** What the types already say, for those who configure without them. */
function checkChoices({ name, prefix, secure, hint }: CookieOptions): void {
  // A prefix alone would pass for a name.
  if (name === "") throw invalidOption("cookie.name must not be empty.");
  if (prefix !== undefined && prefix !== "auto" && prefix !== "none")
    throw invalidOption('cookie.prefix must be "auto" or "none".');
  if (secure !== undefined && secure !== "auto" && typeof secure !== "boolean")
    throw invalidOption('cookie.secure must be true, false or "auto".');
  if (hint !== undefined && typeof hint !== "boolean")
    throw invalidOption("cookie.hint must be true or false.");
}

/** Browsers keep a cookie with `Http-` in its prefix from scripts, and this one is for them. */
function hintNameFor(sessionName: string): string {
  return `${sessionName.replace(/^__Host-Http-/, "__Host-")}-hint`;
}

/**
 * The strongest prefix that the attributes allow. `__Host-Http-` also keeps page scripts from
 * writing the cookie; browsers that do not know it apply the `__Host-` rules, which it begins with.
 */
function prefixFor(attributes: CookieAttributes, prefix: "auto" | "none"): string {
  if (prefix === "none" || !attributes.secure) return "";
  if (attributes.domain === null && attributes.path === "/") return "__Host-Http-";
  return "__Secure-";
}
