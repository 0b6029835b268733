import { readCookie } from "../cookies/cookie-header.ts";
import type { CookieSettings } from "../cookies/cookie-options.ts";
import { serializeCookie } from "../cookies/set-cookie.ts";
import { claimedSid } from "../crypto/credential-sid.ts";
import { isCsrfTokenOf, makeCsrfToken } from "../crypto/csrf-token.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { Random } from "../ports/random.ts";
import type { AuthState, RequestAuthenticator } from "./request-authenticator.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { CredentialTransport } from "./transport.ts";
import { knownState } from "./known-state.ts";

/** A token for a page, with the Set-Cookie values that have to go with it. */
export interface IssuedCsrfToken {
  /** Goes back in the header `X-CSRF-Token` or the form field `csrfToken`. */
  readonly token: string;
  readonly cookies: readonly string[];
}

/** What these are made of. */
export interface CsrfTokenParts {
  readonly ring: KeyRing;
  readonly random: Random;
  readonly cookies: CookieSettings;
  readonly transport: CredentialTransport;
  readonly authenticator: RequestAuthenticator;
}

/** 16 random bytes in base64url. */
const visitorFormat = /^[A-Za-z0-9_-]{22}$/;
const visitorBytes = 16;

/**
 * Synchroniser tokens: what only a page that may read our replies can send. They are bound to the session;
 * for whoever has none, so that nobody can be signed in by another site either, to a random cookie of
 * that browser. Nothing is stored.
 */
export class CsrfTokens {
  readonly #parts: CsrfTokenParts;
  /** The cookie that stands for a browser without a session. */
  readonly #visitorCookie: string;

  constructor(parts: CsrfTokenParts) {
    this.#parts = parts;
    this.#visitorCookie = `${parts.cookies.sessionName}-csrf`;
  }

  /** A token for whoever sent a request. @throws {SojournError} `store_unavailable`. */
  async issue(headers: RequestHeaders): Promise<IssuedCsrfToken> {
    const { ring, random, cookies } = this.#parts;
    // For a session only to who proves to hold it: sids are public, and a token for each would be worth nothing.
    const state = await this.#stateOf(headers);
    if (state.status === "active")
      return { token: makeCsrfToken(ring, sessionHolder(state.session.sid), random), cookies: [] };
    const known = this.#visitorOf(headers);
    const visitor = known ?? Buffer.from(random.bytes(visitorBytes)).toString("base64url");
    return {
      token: makeCsrfToken(ring, visitorHolder(visitor), random),
      cookies: [
        ...state.cookies,
        ...(known === null ? [serializeCookie(this.#visitorCookie, visitor, cookies.attributes, null)] : []),
      ],
    };
  }

  /** Whether a token is of whoever sent a request. @throws {SojournError} `store_unavailable`. */
  async accepts(token: string, headers: RequestHeaders): Promise<boolean> {
    const isOf = (holder: string): boolean => isCsrfTokenOf(this.#parts.ring, holder, token);
    const sids = this.#claimedSids(headers);
    const [sid] = sids;
    // Nobody has a token of a session that they never held. So a page whose session is over may still sign out, or in.
    if (sid !== undefined && sids.size === 1 && isOf(sessionHolder(sid))) return true;
    const visitor = this.#visitorOf(headers);
    const isOfVisitor = visitor !== null && isOf(visitorHolder(visitor));
    if (sids.size === 0) return isOfVisitor;
    const state = await this.#stateOf(headers);
    // A cookie that a sub-domain may have planted does not speak for a session.
    return state.status === "active" ? isOf(sessionHolder(state.session.sid)) : isOfVisitor;
  }

  async #stateOf(headers: RequestHeaders): Promise<Exclude<AuthState, { status: "unavailable" }>> {
    return knownState(await this.#parts.authenticator.authenticate({ ...headers, passive: true }, false));
  }

  #claimedSids(headers: RequestHeaders): ReadonlySet<string> {
    const credentials = this.#parts.transport
      .readAll(headers)
      .flatMap(({ access, refresh }) => [access, refresh]);
    return new Set(
      credentials.map((one) => (one === null ? null : claimedSid(one))).filter((sid) => sid !== null),
    );
  }

  /** Null also where the cookie came twice: somebody planted one of them. */
  #visitorOf({ cookie }: RequestHeaders): string | null {
    const reading = cookie ? readCookie(cookie, this.#visitorCookie) : null;
    return reading?.found === "one" && visitorFormat.test(reading.value) ? reading.value : null;
  }
}

function sessionHolder(sid: string): string {
  return `session:${sid}`;
}

function visitorHolder(visitor: string): string {
  return `visitor:${visitor}`;
}
