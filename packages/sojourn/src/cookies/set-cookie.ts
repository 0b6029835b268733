import { SojournError } from "../domain/errors.ts";
import { invalidOption } from "../domain/options.ts";

/** `SameSite` as RFC 6265bis §4.1.2.7 spells it, in lower case. */
export type SameSite = "strict" | "lax" | "none";

/** Where and how a cookie is kept. */
export interface CookieAttributes {
  readonly path: string;
  readonly domain: string | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: SameSite;
  readonly partitioned: boolean;
}

/** Browsers drop a cookie whose name and value together are longer (RFC 6265bis §5.7). */
export const longestPair = 4096;

/** An RFC 9110 token: what a cookie's name may be. Longer ones would take the room that the value needs. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
/** RFC 6265 §4.1.1 cookie-octets: no control characters, white space, quotes, commas, semicolons, backslashes. */
const value = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const attribute = /^[\x20-\x3a\x3c-\x7e]{1,1024}$/;

/**
 * One Set-Cookie value (RFC 6265 §4.1).
 *
 * @param maxAge seconds; null makes a cookie that ends with the browser.
 * @throws {SojournError} `cookie_too_large`, or `config_invalid` for what would break the header.
 */
export function serializeCookie(
  name: string,
  content: string,
  attributes: CookieAttributes,
  maxAge: number | null,
): string {
  // Without this, a CR, LF or ";" in a value could add headers or attributes of its own.
  if (!value.test(content))
    throw new SojournError("internal", { detail: "A cookie value has characters that are not allowed." });
  if (name.length + content.length > longestPair) {
    throw new SojournError("cookie_too_large", {
      detail: `The cookie ${name} has ${name.length + content.length} bytes, and browsers drop more than ${longestPair}. Put less into the token (jwt.fields, callbacks.jwt) or set cookie.chunking.`,
    });
  }
  const parts = [`${name}=${content}`, `Path=${attributes.path}`];
  if (attributes.domain !== null) parts.push(`Domain=${attributes.domain}`);
  if (attributes.httpOnly) parts.push("HttpOnly");
  if (attributes.secure) parts.push("Secure");
  parts.push(`SameSite=${sameSiteText[attributes.sameSite]}`);
  if (attributes.partitioned) parts.push("Partitioned");
  if (maxAge !== null) parts.push(`Max-Age=${Math.max(0, Math.floor(maxAge))}`);
  return parts.join("; ");
}

/** The Set-Cookie value that removes a cookie: browsers only match the same path, domain and prefix rules. */
export function expireCookie(name: string, attributes: CookieAttributes): string {
  return serializeCookie(name, "", attributes, 0);
}

/** @throws {SojournError} `config_invalid` when a browser would not keep such a cookie. */
export function checkCookieNameAndAttributes(name: string, attributes: CookieAttributes): void {
  if (!token.test(name))
    throw invalidOption(
      `cookie.name ${JSON.stringify(name)} must be 1 to 256 letters, digits and !#$%&'*+-.^_\`|~.`,
    );
  if (!attribute.test(attributes.path) || !attributes.path.startsWith("/"))
    throw invalidOption("cookie.path must begin with / and hold no ; or control character.");
  if (attributes.domain !== null && !/^[a-z0-9.-]{1,253}$/i.test(attributes.domain))
    throw invalidOption("cookie.domain must be a host name.");
  if (!Object.hasOwn(sameSiteText, attributes.sameSite))
    throw invalidOption('cookie.sameSite must be "strict", "lax" or "none".');
  if (attributes.sameSite === "none" && !attributes.secure)
    throw invalidOption('cookie.sameSite "none" needs cookie.secure: browsers refuse it otherwise.');
  if (attributes.partitioned && !attributes.secure)
    throw invalidOption("cookie.partitioned needs cookie.secure: browsers refuse it otherwise.");
  if (/^__(host|http|host-http|secure)-/i.test(name) && !attributes.secure)
    throw invalidOption(`A cookie named ${name} needs HTTPS: browsers refuse it otherwise.`);
  if (/^__host-/i.test(name) && (attributes.domain !== null || attributes.path !== "/")) {
    throw invalidOption(
      `A cookie named ${name} must have path "/" and no domain. For shared sub-domains leave out the prefix: __Secure- is then used.`,
    );
  }
}

const sameSiteText: Readonly<Record<SameSite, string>> = { strict: "Strict", lax: "Lax", none: "None" };
