import { bearerToken, type Carriers, readCarried } from "../cookies/carried.ts";
import { everyChunked, staleNames, toChunks } from "../cookies/chunks.ts";
import { everyCookie } from "../cookies/cookie-header.ts";
import type { CookieSettings } from "../cookies/cookie-options.ts";
import { expireCookie, serializeCookie } from "../cookies/set-cookie.ts";
import type { Sealer } from "../crypto/seal.ts";
import { longestUserAgent } from "../domain/request-context.ts";
import { SojournError } from "../domain/errors.ts";
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
export interface TransportParts extends Carriers {
  readonly cookies: CookieSettings;
  /** Encrypts what goes into cookies; null leaves it readable. */
  readonly sealer: Sealer | null;
}

/** Sealed with a key that is not known here. */
const foreign: unique symbol = Symbol("foreign");

/** Takes credentials out of requests and puts them into cookies. */
export class CredentialTransport {
  readonly #parts: TransportParts;

  constructor(parts: TransportParts) {
    this.#parts = parts;
  }

  read(headers: RequestHeaders): Reading {
    const carried = readCarried(headers, this.#parts);
    if (carried.kind === "duplicate") return carried;
    const { transport, mixed } = carried;
    const userAgent = userAgentOf(headers);
    if (transport === "header") {
      const { access, refresh } = carried;
      return { kind: "presented", presented: { transport, access, refresh, userAgent }, mixed };
    }
    const { cookies } = this.#parts;
    const access = this.#opened(cookies.sessionName, carried.access);
    const refresh = this.#opened(cookies.refreshName, carried.refresh);
    const presented: Presented = {
      transport,
      access: access === foreign ? null : access,
      refresh: refresh === foreign ? null : refresh,
      userAgent,
    };
    const isForeign = access === foreign || refresh === foreign;
    return { kind: "presented", presented, mixed, ...(isForeign && { foreign: true }) };
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
  clear(headers: RequestHeaders): string[] {
    const { cookie: cookieHeader = null } = headers;
    if (!this.#parts.transports.includes("cookie") || bearerToken(headers, this.#parts) !== null) return [];
    const { cookies, hasRefresh } = this.#parts;
    const names = hasRefresh ? [cookies.sessionName, cookies.refreshName] : [cookies.sessionName];
    const pieces =
      cookieHeader === null ? [] : names.flatMap((name) => staleNames(cookieHeader, name, names));
    const expired = [...names, ...pieces].map((name) => expireCookie(name, cookies.attributes));
    return [...expired, ...this.#hint("", 0)];
  }

  #opened(name: string, value: string | null): string | null | typeof foreign {
    const { sealer } = this.#parts;
    if (sealer === null || value === null) return value;
    const opened = sealer.open(name, value);
    if (opened === null && sealer.isForeign(value)) return foreign;
    // What cannot be opened stays a credential that is no good, so that it is cleared like any other.
    return opened ?? "";
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
}

/** Cut as the session keeps it, or a long one would never agree with the session's own. */
function userAgentOf({ userAgent }: RequestHeaders): string | null {
  return userAgent?.slice(0, longestUserAgent) ?? null;
}
