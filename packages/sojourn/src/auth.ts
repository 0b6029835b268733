import type { Audit } from "./auth-audit.ts";
import type { Keys } from "./auth-keys.ts";
import type { ProviderAccounts } from "./account-verbs.ts";
import type { AuthData, AuthFlash, RawData } from "./auth-data.ts";
import type { Users } from "./auth-users.ts";
import type {
  DataDeclarations,
  DataInputOf,
  DataOf,
  DataValidator,
  InputOf,
  OutputOf,
} from "./domain/data-schema.ts";
import type { BaseUser, Principal } from "./domain/principal.ts";
import type { Duration } from "./domain/duration.ts";
import type { PolicyReport } from "./domain/policy/report.ts";
import type { MaybePromise } from "./domain/maybe-promise.ts";
import type { EndReason, Session } from "./domain/session.ts";
import type { IssuedCsrfToken } from "./http/csrf-tokens.ts";
import type { StreamEvent } from "./http/event-stream.ts";
import type { HostFacts } from "./http/handler.ts";
import type { AuthState } from "./http/request-authenticator.ts";
import type { HeaderSource, RequestHeaders } from "./http/request-headers.ts";
import type { ImpersonatedSession } from "./http/request-impersonation.ts";
import type { IssuedSession, RefreshResult } from "./http/request-sessions.ts";
import type {
  Admission,
  KnownBefore,
  LiveSession,
  ProtectOptions,
  ReadOptions,
  RequestSource,
  RequireOptions,
  SignInWith,
  Snapshot,
  Visit,
  VisitOptions,
} from "./http/verbs.ts";
import type { WatchableSession } from "./http/session-watch.ts";
import type { Page, SchemaStep } from "./ports/session-store.ts";
import type { RequestContext } from "./session/event-log.ts";
import type { ListedSession, StoredSession } from "./session/session-manager.ts";

/** How `sessions.impersonate` begins a session. */
export interface ImpersonateOptions {
  /** Why, in 1 to 500 characters: for the banner and the log. */
  readonly reason: string;
  /** At most an hour, and no longer than the admin's own session. Default `"1h"`. */
  readonly duration?: Duration;
  /** The client's address, where the adapter knows it. */
  readonly ip?: string | null;
}

/**
 * What an event stream says to whom it was opened for. The signal is aborted when the stream is over: a source that waits
 * has to wait with it.
 */
export type StreamSource<User, Extra extends object> = (
  live: LiveSession<User, Extra>,
  signal: AbortSignal,
) => AsyncIterable<StreamEvent>;

/** Sojourn, configured. */
export interface Auth<
  User extends BaseUser = BaseUser,
  Extra extends object = object,
  Data extends DataDeclarations = DataDeclarations,
  Flash extends DataValidator = DataValidator,
> {
  /** Where the routes are, such as `/auth`. */
  readonly basePath: string;
  /** Where the app is reached, such as `https://app.example.com`: the origin of `baseURL`; null without one. */
  readonly origin: string | null;
  /** Answers the routes below `basePath`. Never rejects. */
  handler(request: Request, host?: HostFacts): Promise<Response>;
  /** Who a request is from: `active`, `anonymous`, `ended` or `unavailable`. Writes nothing, sets no cookie. */
  authenticate(request: HeaderSource, options?: ReadOptions): Promise<AuthState<User, Extra>>;
  /** The same for bare headers, and synchronous where store, directory and callbacks are. For adapters. */
  verify(
    headers: RequestHeaders,
    options?: Pick<ReadOptions, "maxAge">,
  ): MaybePromise<AuthState<User, Extra>>;
  /** The session and its user, or null. @throws {SojournError} `store_unavailable`. */
  getSession(request: HeaderSource, options?: ReadOptions): Promise<LiveSession<User, Extra> | null>;
  /**
   * What `GET /session` would answer, as data for a page that the server renders: give it to the client as `initial`, and
   * the page need not ask. Null if nobody is signed in. No credential is in it.
   *
   * @param from the request, or what was found when it was read.
   * @throws {SojournError} `store_unavailable`.
   */
  snapshot(
    from: HeaderSource | AuthState<User, Extra>,
    options?: ReadOptions,
  ): Promise<Snapshot<User, Extra> | null>;
  /** @throws {SojournError} `unauthenticated`, `session_ended`, `step_up_required`, `impersonation_forbidden`, `store_unavailable`. */
  requireSession(request: HeaderSource, options?: RequireOptions): Promise<LiveSession<User, Extra>>;
  /**
   * Reads a request for a place that can write cookies: renews what is due, and tells what the response has to carry.
   * Synchronous where reading is and nothing is due. For adapters.
   */
  visit(request: HeaderSource, options?: VisitOptions): MaybePromise<Visit<User, Extra>>;
  /**
   * Guards a route of the app: `requireSession` and `checkCsrf`, with the response to send where they refuse. Who opens a page
   * and has to sign in is sent to `redirects.signIn` and back later. Never rejects.
   */
  protect(
    request: RequestSource,
    options?: ProtectOptions & KnownBefore<User, Extra>,
  ): Promise<Admission<User, Extra>>;
  /**
   * Tells once when a session is over, whatever ended it and wherever: for what is kept open for it, such as a WebSocket.
   * What is revoked is told within `maxRevocationLag`, the end of its time at that time; an outage is no end.
   *
   * @returns what stops it: call it when the connection closes by itself.
   */
  watch(session: WatchableSession, onEnd: (reason: EndReason) => void): Promise<() => void>;
  /**
   * A stream of server-sent events that closes when the session ends, with a last event `session_ended`. Guarded as by
   * `protect`, whose response it is where that refuses. Never rejects.
   */
  eventStream(
    request: RequestSource & { readonly signal?: AbortSignal },
    source: StreamSource<User, Extra>,
    options?: ProtectOptions,
  ): Promise<Response>;
  /**
   * The address of the client that a request comes from, as `trustedProxies` has it.
   *
   * @param peer the address of the socket.
   */
  clientAddress(request: HeaderSource, peer: string | null): MaybePromise<string | null>;
  /** Begins a session for somebody the app has authenticated. This browser's session before, if any, is over. */
  signIn(
    principal: Principal<User>,
    request: HeaderSource,
    options?: SignInWith,
  ): Promise<IssuedSession<User>>;
  /** Ends the request's session. Repeating it is harmless. @returns the Set-Cookie values that clear the cookies. */
  signOut(
    request: HeaderSource,
    options?: { readonly everywhere?: boolean },
  ): Promise<{ readonly cookies: readonly string[] }>;
  /**
   * Refuses an unsafe request that another site made a browser send: for the app's own routes, by the
   * rules that hold for Sojourn's.
   *
   * @param options `token`: what a form had in its field `csrfToken`, with `csrf.token`; else the header is looked at.
   * @throws {SojournError} `csrf_refused`, `store_unavailable`.
   */
  checkCsrf(
    request: HeaderSource,
    options?: { readonly token?: string | null; readonly ip?: string | null },
  ): Promise<void>;
  /**
   * A token for the forms and scripts of a page, with the Set-Cookie values that go with it.
   *
   * @throws {SojournError} `config_invalid` without `csrf.token`; `store_unavailable`.
   */
  csrfToken(request: HeaderSource): Promise<IssuedCsrfToken>;
  /**
   * The user of the request's session has proven to the app again who they are: a new session takes the place of
   * it, also of one that idled where the policy lets it be resumed.
   *
   * @throws {SojournError} `unauthenticated`, `session_ended`, `sign_in_denied` for anybody else, `session_limit_reached`,
   * `store_unavailable`.
   */
  stepUp(
    principal: Principal<User>,
    request: HeaderSource,
    options?: Pick<ReadOptions, "ip">,
  ): Promise<IssuedSession<User>>;
  /** Renews the credentials of a request, for places that can write cookies. */
  refresh(request: HeaderSource, options?: Pick<ReadOptions, "ip">): Promise<RefreshResult<User>>;
  /** Set-Cookie values for a session that `sessions.create` made. */
  createSessionCookie(issued: Pick<IssuedSession<User>, "session" | "credentials">): readonly string[];
  /** Set-Cookie values that remove the cookies. */
  clearSessionCookie(): readonly string[];
  readonly sessions: Sessions<User, Data>;
  /** What the app keeps in its sessions, as the option `session.data` declares it. */
  readonly data: AuthData<DataOf<Data>, DataInputOf<Data>>;
  /** Messages that are shown once. */
  readonly flash: AuthFlash<OutputOf<Flash>, InputOf<Flash>>;
  /** For the compiler alone: what `session.data` declares. */
  readonly declared?: Data;
  readonly keys: Keys;
  /**
   * Reads the keys, where the option `keys` has them in the store. Happens by itself before first use; to call it at
   * the start shows at once whether the secret fits.
   *
   * @throws {SojournError} `config_secret_mismatch`, `store_unavailable`, `store_schema_newer`.
   */
  ready(): Promise<void>;
  /** Accounts that users have at providers. */
  readonly accounts: ProviderAccounts;
  /** Every timeout and limit in force, part by part. `npx sojourn policy` prints it. */
  policy(): Promise<PolicyReport>;
  readonly users: Users<User>;
  /** What happened, where the option `audit` keeps it. */
  readonly audit: Audit;
  /**
   * Makes or updates the store's tables. Runs by itself before first use; safe from many nodes at once.
   *
   * @param options `dryRun` changes nothing.
   * @returns the steps that were due, with their SQL.
   * @throws {SojournError} `store_schema_newer`, `store_unavailable`.
   */
  migrate(options?: { readonly dryRun?: boolean }): Promise<readonly SchemaStep[]>;
  /** Writes what waits to be written, and stops timers and feeds. The store stays open. */
  close(): Promise<void>;
}

/** What can be done with sessions without a request of their holder. */
export interface Sessions<
  User extends BaseUser = BaseUser,
  Data extends DataDeclarations = DataDeclarations,
> extends RawData {
  /** Begins a session; put `cookies` or `credentials` into the response. */
  create(
    principal: Principal<User>,
    options?: SignInWith,
    context?: RequestContext,
  ): Promise<IssuedSession<User>>;
  /** In whatever state, or null. */
  get(sid: string): Promise<StoredSession<Partial<DataOf<Data>>> | null>;
  /** Where a user is signed in, last seen first; at most 100 unless paged. */
  list(
    userId: string,
    options?: { readonly currentSid?: string | null; readonly page?: Page },
  ): Promise<readonly ListedSession[]>;
  /** @returns whether there was a live one. */
  revoke(sid: string, reason?: EndReason): Promise<boolean>;
  /** @returns how many. */
  revokeAll(
    userId: string,
    options?: { readonly exceptSid?: string | null; readonly reason?: EndReason },
  ): Promise<number>;
  /**
   * Begins a session in which one user acts as another, if the `impersonation` option allows it. Given a request, its
   * browser acts from then on and keeps the way back, for {@link Sessions.stopImpersonating}; given the admin's session,
   * that goes on as it is beside the new one.
   *
   * @throws {SojournError} `impersonation_forbidden`, `step_up_required`, `account_disabled`, `not_found` where it is not enabled.
   */
  impersonate(
    from: HeaderSource | Session,
    userId: string,
    options: ImpersonateOptions,
  ): Promise<ImpersonatedSession<User>>;
  /**
   * Ends the session in which a request's sender acts as somebody else, and gives back their own.
   *
   * @param options `actorToken`, with header transport, is what `impersonate` gave.
   * @throws {SojournError} `not_found` if there is no way back, `session_ended` if the own session is over.
   */
  stopImpersonating(
    request: HeaderSource,
    options?: { readonly actorToken?: string; readonly ip?: string | null },
  ): Promise<IssuedSession<User>>;
  /** Slides the idle timeout now. @returns whether it is alive. */
  touch(sid: string): Promise<boolean>;
  /** Removes sessions and small records that are long over, and what is known of their ends. @returns how many; call again while it is `limit`. */
  deleteExpired(limit?: number): Promise<number>;
}
