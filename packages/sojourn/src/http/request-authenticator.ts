import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { EndReason, Session } from "../domain/session.ts";
import type { Authenticator, SessionState } from "../session/authenticator.ts";
import type { EventLog, RequestContext } from "../session/event-log.ts";
import type { SessionClients } from "../session/session-clients.ts";
import type { Presented } from "../strategies/verification.ts";
import { contextOf, type RequestHeaders } from "./request-headers.ts";
import type { CredentialTransport, Reading } from "./transport.ts";

/**
 * Who a request is from: one of four states. `cookies` are Set-Cookie values to append where the
 * response can still be written; leaving them out loses nothing but tidiness.
 */
export type AuthState<User = BaseUser, Extra extends object = object> =
  | {
      readonly status: "active";
      readonly session: Session & Extra;
      readonly user: User;
      /** `due`: call `auth.refresh` where cookies can be written. */
      readonly renewal: "none" | "due";
      /** When the access token that proves it runs out, in ms since the epoch; null where none does. */
      readonly accessExpiresAt: number | null;
    }
  | { readonly status: "anonymous"; readonly cookies: readonly string[] }
  | {
      readonly status: "ended";
      readonly reason: EndReason;
      readonly cookies: readonly string[];
      /** It idled, and `POST /step-up` may take it up again; the cookies stay for that. */
      readonly resumable?: true;
    }
  /** The store cannot be reached (503). Nobody was signed out; leave all cookies alone. */
  | { readonly status: "unavailable"; readonly retryAfter: number };

const anonymous: AuthState = Object.freeze({ status: "anonymous", cookies: Object.freeze([]) });

/** Takes the credentials out of a request and asks who they belong to. */
export class RequestAuthenticator {
  readonly #transport: CredentialTransport;
  readonly #authenticator: Authenticator;
  readonly #events: EventLog;
  readonly #clients: SessionClients;

  /** @param clients hears where live sessions are used from; null where nobody wants to. */
  constructor(
    transport: CredentialTransport,
    authenticator: Authenticator,
    events: EventLog,
    clients: SessionClients,
  ) {
    this.#clients = clients;
    this.#transport = transport;
    this.#authenticator = authenticator;
    this.#events = events;
  }

  /** Synchronous where nothing asynchronous is configured. Writes nothing. */
  authenticate(headers: RequestHeaders, authoritative: boolean): MaybePromise<AuthState> {
    const reading = this.#transport.read(headers);
    this.report(reading, headers);
    // Nothing is cleared: whoever planted the second cookie must not be able to sign the user out.
    if (reading.kind === "duplicate") return anonymous;
    const context = contextOf(headers);
    const options = { authoritative, passive: headers.passive ?? false };
    return andThen(this.#authenticator.read(reading.presented, context, options), (state) => {
      if (state.status === "active" && this.#clients !== null)
        this.#saw(this.#clients, state.session, headers);
      return this.#withCookies(state, headers);
    });
  }

  /** Nobody waits for it, so that what cannot be loaded must not end the process. */
  #saw(clients: NonNullable<SessionClients>, session: Session, headers: RequestHeaders): void {
    const told = andThen(clients(), (loaded) => loaded.saw(session, headers));
    if (told instanceof Promise)
      told.catch((error: unknown) =>
        this.#events.failure("sojourn: the use of a session could not be noted", error),
      );
  }

  /** Tells of what is odd about the way in which credentials came. */
  report(reading: Reading, headers: RequestHeaders): void {
    if (reading.kind === "duplicate")
      this.#events.emit({ type: "cookie_duplicate", name: reading.name }, contextOf(headers));
    else {
      if (reading.mixed) this.#events.emit({ type: "transport_mixed" }, contextOf(headers));
      if (reading.foreign === true)
        this.#events.emit({ type: "credential_invalid", code: "key_unknown" }, contextOf(headers));
    }
  }

  /** The same for credentials that came some other way, asked at the store. */
  authenticatePresented(presented: Presented, context: RequestContext): MaybePromise<AuthState> {
    const state = this.#authenticator.read(presented, context, { authoritative: true, passive: true });
    return andThen(state, (known) => this.#withCookies(known, {}));
  }

  #withCookies(state: SessionState, headers: RequestHeaders): AuthState {
    switch (state.status) {
      case "active":
      case "unavailable":
        return state;
      case "anonymous":
        return state.clear ? { status: "anonymous", cookies: this.#clear(headers) } : anonymous;
      case "ended":
        return {
          status: "ended",
          reason: state.reason,
          cookies: state.clear ? this.#clear(headers) : [],
          ...(state.resumable === true ? { resumable: true } : {}),
        };
    }
  }

  #clear(headers: RequestHeaders): string[] {
    return headers.cookie ? this.#transport.clear(headers) : [];
  }
}
