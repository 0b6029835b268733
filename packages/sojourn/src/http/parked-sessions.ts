import { readCookie } from "../cookies/cookie-header.ts";
import type { CookieSettings } from "../cookies/cookie-options.ts";
import { expireCookie, serializeCookie } from "../cookies/set-cookie.ts";
import type { Sealer } from "../crypto/seal.ts";
import { parseSessionToken } from "../crypto/session-token.ts";
import type { EndReason } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { RequestContext } from "../session/event-log.ts";
import type { Impersonation, ParkedSession } from "../session/impersonation.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { CredentialTransport } from "./transport.ts";

/** What keeping the sessions of actors takes. */
export interface ParkedParts {
  readonly impersonation: Impersonation;
  readonly sealer: Sealer;
  readonly cookies: CookieSettings;
  readonly transport: CredentialTransport;
  readonly clock: Clock;
}

/**
 * Keeps the way back of who acts as somebody else: the token of their own session, sealed under a name of its own, so
 * that it is good for coming back and for nothing else. Browsers keep it in a cookie beside the session's; clients of the
 * header are handed it.
 */
export class ParkedSessions {
  readonly #parts: ParkedParts;
  readonly #name: string;

  constructor(parts: ParkedParts) {
    this.#parts = parts;
    this.#name = `${parts.cookies.sessionName}-actor`;
  }

  seal({ token, childSid }: ParkedSession): string {
    return this.#parts.sealer.seal(this.#name, `${childSid} ${token}`);
  }

  /** The Set-Cookie values that make a browser keep it. */
  keep(parked: ParkedSession): readonly string[] {
    const { cookies, clock } = this.#parts;
    const maxAge = parked.remember ? Math.ceil((parked.expiresAt - clock.now()) / 1000) : null;
    return [serializeCookie(this.#name, this.seal(parked), cookies.attributes, maxAge)];
  }

  /** What a request keeps. @param sealed the one from the body, with header transport. */
  open(headers: RequestHeaders, sealed?: string): Pick<ParkedSession, "token" | "childSid"> | null {
    const given = sealed ?? this.#inCookie(headers);
    const [childSid, token] =
      given === null ? [] : (this.#parts.sealer.open(this.#name, given)?.split(" ") ?? []);
    return childSid === undefined || token === undefined ? null : { token, childSid };
  }

  /** The sid of the session that a browser keeps; null if it keeps none. */
  sidOf(headers: RequestHeaders): string | null {
    const kept = this.open(headers);
    return kept === null ? null : (parseSessionToken(kept.token)?.sid ?? null);
  }

  /** The Set-Cookie values that remove the cookie, where there is one. */
  clear(headers: RequestHeaders): readonly string[] {
    const { cookies } = this.#parts;
    return this.#cookies(headers).includes(`${this.#name}=`)
      ? [expireCookie(this.#name, cookies.attributes)]
      : [];
  }

  /** This browser signs out, or signs in as somebody: the session that it kept is over too. @returns whether there was one. */
  async leave(headers: RequestHeaders, reason: EndReason, context: RequestContext): Promise<boolean> {
    const kept = this.open(headers);
    return kept !== null && this.#parts.impersonation.abandon(kept.token, reason, context);
  }

  #inCookie(headers: RequestHeaders): string | null {
    const reading = readCookie(this.#cookies(headers), this.#name);
    return reading.found === "one" ? reading.value : null;
  }

  /** A cookie beside a bearer token is of another session, which is not concerned. */
  #cookies(headers: RequestHeaders): string {
    const reading = this.#parts.transport.read(headers);
    const byHeader = reading.kind === "presented" && reading.presented.transport === "header";
    return byHeader ? "" : (headers.cookie ?? "");
  }
}
