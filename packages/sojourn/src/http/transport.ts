import { everyChunked, readChunked, staleNames, toChunks } from "../cookies/chunks.ts";
import { type CookieReading, everyCookie, mentionsCookie, readCookie } from "../cookies/cookie-header.ts";
import type { CookieSettings } from "../cookies/cookie-options.ts";
import { expireCookie, serializeCookie } from "../cookies/set-cookie.ts";
import type { Sealer } from "../crypto/seal.ts";
import { longestUserAgent } from "../domain/request-context.ts";
import { SojournError } from "../domain/errors.ts";
import type { Transport } from "../domain/session.ts";
import type { Credentials, Presented } from "../strategies/verification.ts";
import type { RequestHeaders } from "./request-headers.ts";

/** What a request presents, or why nothing of it counts. */
export type Reading =
  | {
      readonly kind: "presented";
      readonly presented: Presented;
      readonly mixed: boolean;
      /** A cookie was sealed with a key that is not known here. It counts for nothing, and stays. */
      readonly foreign?: boolean;
    }
  | { readonly kind: "duplicate"; readonly name: string };

/** What carries credentials between client and server. */
export interface TransportParts {
  readonly cookies: CookieSettings;
  readonly transports: readonly Transport[];
  /** Whether there is a refresh cookie besides the session cookie. */
  readonly hasRefresh: boolean;
  /** Encrypts what goes into cookies; null leaves it readable. */
  readonly sealer: Sealer | null;
}

const bearer = /^Bearer +([^\s,]+)$/i;

/** Takes credentials out of requests and puts them into cookies. */
export class CredentialTransport {
  readonly #parts: TransportParts;
  readonly #takesHeader: boolean;
  readonly #takesCookie: boolean;

  constructor(parts: TransportParts) {
    this.#parts = parts;
    this.#takesHeader = parts.transports.includes("header");
    this.#takesCookie = parts.transports.includes("cookie");
  }

  read(headers: RequestHeaders): Reading {
    const userAgent = userAgentOf(headers);
    const { cookie, authorization } = headers;
    // A bearer token decides alone: falling back to the cookie would let one request be two people.
    const token = this.#bearerToken(authorization);
    if (token !== null) {
      const presented: Presented = { transport: "header", access: token, refresh: null, userAgent };
      return { kind: "presented", presented, mixed: this.#takesCookie && this.#mentionsSession(cookie) };
    }
    if (!this.#takesCookie || !cookie)
      return {
        kind: "presented",
        presented: { transport: "cookie", access: null, refresh: null, userAgent },
        mixed: false,
      };
    return this.#fromCookies(cookie, userAgent);
  }

  /** The same, but where a cookie came twice, each of its values by itself: nobody can say whose request it is, only whose they are. */
  readAll(headers: RequestHeaders): readonly Presented[] {
    const reading = this.read(headers);
    if (reading.kind === "presented") return [reading.presented];
    const { cookies, hasRefresh } = this.#parts;
    const userAgent = userAgentOf(headers);
    const nobody: Presented = { transport: "cookie", access: null, refresh: null, userAgent };
    const every = (name: string): readonly string[] => this.#readEvery(headers.cookie ?? "", name);
    return [
      ...every(cookies.sessionName).map((access) => ({ ...nobody, access })),
      ...(hasRefresh ? every(cookies.refreshName) : []).map((refresh) => ({ ...nobody, refresh })),
    ];
  }

  /** Set-Cookie values for new credentials. Browsers that were not told to remember forget them on closing. */
  write(credentials: Credentials, remember: boolean, now: number, cookieHeader: string | null): string[] {
    const { cookies } = this.#parts;
    const maxAge = remember ? Math.ceil((credentials.expiresAt - now) / 1000) : null;
    const { access, refresh } = credentials;
    return [
      ...this.#writeOne(cookies.sessionName, access, maxAge, cookieHeader),
      ...(refresh === null ? [] : this.#writeOne(cookies.refreshName, refresh, maxAge, cookieHeader)),
      ...this.#hint("1", maxAge),
    ];
  }

  /** Lasts as long as the credentials, and is removed with them. */
  #hint(value: string, maxAge: number | null): string[] {
    const { hintName, attributes } = this.#parts.cookies;
    return hintName === null
      ? []
      : [serializeCookie(hintName, value, { ...attributes, httpOnly: false }, maxAge)];
  }

  /**
   * Set-Cookie values that remove every cookie of ours, whatever the request says it holds. None where
   * a bearer token decides: a cookie beside it is of another session, which is not over.
   */
  clear({ authorization, cookie: cookieHeader = null }: RequestHeaders): string[] {
    if (!this.#takesCookie || this.#bearerToken(authorization) !== null) return [];
    const { cookies, hasRefresh } = this.#parts;
    const names = hasRefresh ? [cookies.sessionName, cookies.refreshName] : [cookies.sessionName];
    const pieces =
      cookieHeader === null ? [] : names.flatMap((name) => staleNames(cookieHeader, name, names));
    const expired = [...names, ...pieces].map((name) => expireCookie(name, cookies.attributes));
    return [...expired, ...this.#hint("", 0)];
  }

  #bearerToken(authorization: string | null | undefined): string | null {
    return this.#takesHeader && authorization ? (bearer.exec(authorization)?.[1] ?? null) : null;
  }

  #fromCookies(header: string, userAgent: string | null): Reading {
    const { cookies, hasRefresh } = this.#parts;
    const access = this.#readOne(header, cookies.sessionName);
    if (access.found === "several") return { kind: "duplicate", name: cookies.sessionName };
    const refresh = hasRefresh ? this.#readOne(header, cookies.refreshName) : nothing;
    if (refresh.found === "several") return { kind: "duplicate", name: cookies.refreshName };
    const presented: Presented = {
      transport: "cookie",
      access: access.found === "one" ? access.value : null,
      refresh: refresh.found === "one" ? refresh.value : null,
      userAgent,
    };
    const foreign = access.found === "foreign" || refresh.found === "foreign";
    return { kind: "presented", presented, mixed: false, ...(foreign && { foreign }) };
  }

  #readOne(header: string, name: string): CookieReading | { readonly found: "foreign" } {
    const { cookies, sealer } = this.#parts;
    const reading = cookies.chunking ? readChunked(header, name) : readCookie(header, name);
    if (sealer === null || reading.found !== "one") return reading;
    const opened = sealer.open(name, reading.value);
    if (opened === null && sealer.isForeign(reading.value)) return { found: "foreign" };
    // What cannot be opened stays a credential that is no good, so that it is cleared like any other.
    return { found: "one", value: opened ?? "" };
  }

  #readEvery(header: string, name: string): readonly string[] {
    const { cookies, sealer } = this.#parts;
    const values = cookies.chunking ? everyChunked(header, name) : everyCookie(header, name);
    if (sealer === null) return values;
    return values.map((value) => sealer.open(name, value)).filter((opened) => opened !== null);
  }

  #writeOne(name: string, value: string, maxAge: number | null, cookieHeader: string | null): string[] {
    const { cookies, sealer } = this.#parts;
    const content = sealer === null ? value : sealer.seal(name, value);
    const pieces = cookies.chunking ? toChunks(name, content) : [[name, content] as const];
    if (pieces === null) {
      throw new SojournError("cookie_too_large", {
        detail: `The value of ${name} has ${content.length} bytes, more than two cookies hold. Put less into the token (jwt.fields, callbacks.jwt).`,
      });
    }
    const set = pieces.map(([piece, part]) => serializeCookie(piece, part, cookies.attributes, maxAge));
    const written = pieces.map(([piece]) => piece);
    const stale = cookieHeader === null ? [] : staleNames(cookieHeader, name, written);
    return [...set, ...stale.map((old) => expireCookie(old, cookies.attributes))];
  }

  #mentionsSession(cookie: string | null | undefined): boolean {
    const { cookies, hasRefresh } = this.#parts;
    return cookie
      ? mentionsCookie(
          cookie,
          hasRefresh ? [cookies.sessionName, cookies.refreshName] : [cookies.sessionName],
        )
      : false;
  }
}

const nothing: CookieReading = { found: "none" };

/** Cut as the session keeps it, or a long one would never agree with the session's own. */
function userAgentOf({ userAgent }: RequestHeaders): string | null {
  return userAgent?.slice(0, longestUserAgent) ?? null;
}
