import { SojournError } from "../domain/errors.ts";
import type { EventLog } from "../session/event-log.ts";
import type { CsrfTokens, IssuedCsrfToken } from "./csrf-tokens.ts";
import { type GuardSettings, isSafe, refuseForeignSites } from "./guard.ts";
import { contextOf, headerReader, type HeaderSource, type RequestHeaders } from "./request-headers.ts";
import type { CredentialTransport } from "./transport.ts";

/** The request under guard, with its deciding headers. */
export interface GuardedCall {
  readonly method: string;
  /** Its own URL, for its origin where none is configured. */
  readonly url: URL;
  header(name: string): string | null;
  readonly headers: RequestHeaders;
}

/** A request as the guard looks at it. What does not say its method, as bare headers do not, is taken for unsafe. */
export function callOf(source: HeaderSource, headers: RequestHeaders): GuardedCall {
  const header = headerReader(source);
  const { method = "POST" } = source as { readonly method?: string };
  return { method, url: urlOf(source, header), header, headers };
}

/** Node's requests know only their path, so that the rest is put together from the connection. */
function urlOf(source: HeaderSource, header: GuardedCall["header"]): URL {
  const { url, socket } = source as {
    readonly url?: string;
    readonly socket?: { readonly encrypted?: boolean };
  };
  if (socket === undefined && url !== undefined && URL.canParse(url)) return new URL(url);
  const base = `${socket?.encrypted === true ? "https" : "http"}://${header("host") ?? "localhost"}`;
  return new URL(URL.canParse(base) ? base : "http://localhost");
}

/** What a guard is made of. */
export interface RequestGuardParts {
  readonly settings: GuardSettings;
  readonly transport: CredentialTransport;
  /** Null where no tokens are asked for. */
  readonly tokens: CsrfTokens | null;
  readonly events: EventLog;
}

/** Refuses what another site makes a browser send, and tells of it. */
export class RequestGuard {
  readonly #parts: RequestGuardParts;

  constructor(parts: RequestGuardParts) {
    this.#parts = parts;
  }

  /** Whether tokens are asked for. */
  get asksTokens(): boolean {
    return this.#parts.tokens !== null;
  }

  /** By where the browser says that the request comes from. @throws {SojournError} `csrf_refused`. */
  checkSite(call: GuardedCall): void {
    try {
      refuseForeignSites({ ...call, ...this.#carried(call.headers) }, this.#parts.settings);
    } catch (error) {
      this.#tell(call, "site");
      throw error;
    }
  }

  /**
   * By the token of its page, where tokens are asked for. Not from who has no need of cookies: whoever holds a
   * bearer token, and programs that send neither a cookie nor what every browser sends.
   *
   * @param token what came in a form field; else the header is looked at.
   * @throws {SojournError} `csrf_refused`, `store_unavailable`.
   */
  async checkToken(call: GuardedCall, token: string | null): Promise<void> {
    const { tokens } = this.#parts;
    if (tokens === null || isSafe(call.method)) return;
    const { hasBearer, hasSessionCookie } = this.#carried(call.headers);
    const isBrowser = call.header("origin") !== null || call.header("sec-fetch-site") !== null;
    if (!hasSessionCookie && (hasBearer || !isBrowser)) return;
    const given = token ?? call.header("x-csrf-token");
    if (given !== null && (await tokens.accepts(given, call.headers))) return;
    this.#tell(call, "token");
    throw new SojournError("csrf_refused", {
      detail: `${given === null ? "This call needs a CSRF token" : "The CSRF token is not of this session"}. Get one from GET /csrf-token, and send it in the header X-CSRF-Token or the form field csrfToken.`,
    });
  }

  /** Both, for a route of the app's own. @throws {SojournError} `csrf_refused`, `store_unavailable`. */
  async check(source: HeaderSource, headers: RequestHeaders, token: string | null): Promise<void> {
    const call = callOf(source, headers);
    this.checkSite(call);
    await this.checkToken(call, token);
  }

  /** Whether a request presents a credential in a cookie. */
  hasSessionCookie(headers: RequestHeaders): boolean {
    return this.#carried(headers).hasSessionCookie;
  }

  /** A token for the page of whoever sent a request; null where none are asked for. @throws {SojournError} `store_unavailable`. */
  async token(headers: RequestHeaders): Promise<IssuedCsrfToken | null> {
    return (await this.#parts.tokens?.issue(headers)) ?? null;
  }

  #carried(headers: RequestHeaders): { readonly hasBearer: boolean; readonly hasSessionCookie: boolean } {
    const reading = this.#parts.transport.read(headers);
    const presented = reading.kind === "presented" ? reading.presented : null;
    const hasBearer = presented?.transport === "header" && presented.access !== null;
    const hasSessionCookie =
      !hasBearer && (presented === null || presented.access !== null || presented.refresh !== null);
    return { hasBearer, hasSessionCookie };
  }

  #tell(call: GuardedCall, check: "site" | "token"): void {
    const origin = call.header("origin")?.slice(0, 256) ?? null;
    this.#parts.events.emit({ type: "csrf_refused", origin, check }, contextOf(call.headers));
  }
}
