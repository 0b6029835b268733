import type { InputOf, OutputOf, RouteName } from "../contract/routes.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { SessionData } from "../domain/session.ts";
import type { TrustedProxies } from "../domain/trusted-proxies.ts";
import type { LoginMethod } from "../login/login-method.ts";
import type { Signer } from "../ports/signer.ts";
import type { AuditLog } from "../session/audit-log.ts";
import type { RequestContext } from "../session/event-log.ts";
import type { LocalRevocations } from "../strategies/local-revocations.ts";
import type { NewsPage } from "../strategies/revocation-news.ts";
import type { Challenges } from "./challenges.ts";
import type { Confirmations } from "./confirmations.ts";
import type { CorsSettings } from "./cors-options.ts";
import type { GuardSettings } from "./guard.ts";
import type { Limits } from "./limits.ts";
import type { LoadProviders } from "./provider-parts.ts";
import type { Redirects } from "./redirect-target.ts";
import type { AuthState } from "./request-authenticator.ts";
import type { RequestGuard } from "./request-guard.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { RequestImpersonation } from "./request-impersonation.ts";
import type { RequestSessionParts, RequestSessions } from "./request-sessions.ts";

/** A service that may ask about tokens. */
export interface ServiceClient {
  readonly id: string;
  readonly secret: string;
}

/** What the routes work with. */
export interface HttpParts extends RequestSessionParts {
  readonly basePath: string;
  readonly guard: GuardSettings;
  readonly requestGuard: RequestGuard;
  readonly cors: CorsSettings;
  readonly trustedProxies: TrustedProxies;
  /** Null where nothing is limited. */
  readonly limits: Limits | null;
  /** Where forms go that name no target, and where a sign-in at a provider goes that failed. */
  readonly redirects: Redirects;
  /** What sign-out tells the browser to forget of the whole site. */
  readonly clearSiteData: readonly string[];
  readonly requests: RequestSessions;
  readonly challenges: Challenges;
  readonly confirmations: Confirmations;
  /** Null where the app has not enabled it. */
  readonly impersonation: RequestImpersonation | null;
  readonly login: readonly LoginMethod[];
  /** What signing in at providers takes; null where no login method does that. */
  readonly loadProviders: LoadProviders | null;
  /** Null where no events are kept. */
  readonly loadAudit: (() => Promise<AuditLog>) | null;
  /** All that is held about a user, as JSON; null if there is no such user. @throws {SojournError} `store_unavailable`. */
  readonly exportUser: (
    userId: string,
    context: RequestContext,
  ) => Promise<ReadableStream<Uint8Array> | null>;
  readonly services: readonly ServiceClient[];
  /** Makes sure that this node knows the keys as they are now. @throws {SojournError} `store_unavailable`. */
  ready(): MaybePromise<void>;
  readonly signer: Signer;
  /** How long others may keep the public keys, in seconds: well below the time for which a key is announced. */
  readonly jwksMaxAge: number;
  readonly revocations: LocalRevocations | null;
  /** What verifiers elsewhere are told, after a cursor; null without a store. @throws {SojournError} `store_unavailable`. */
  readonly news: ((cursor: string | null) => Promise<NewsPage>) | null;
  /** The ids of the keys that verify, as the keys are now. */
  readonly keyIds: () => readonly string[];
  /** What a session's client may know of its data; null where that is nothing. */
  readonly exposedData: ((sid: string) => Promise<SessionData>) | null;
}

/** A live session and its user. */
export type Active = Extract<AuthState<BaseUser>, { status: "active" }>;

/** One request on its way to a route. */
export interface Call<Name extends RouteName> {
  readonly input: InputOf<Name>;
  /** The input came from an HTML form, which wants to be sent on. */
  readonly form: boolean;
  readonly params: Readonly<Record<string, string>>;
  readonly request: Request;
  readonly headers: RequestHeaders;
  /** @throws {SojournError} `unauthenticated` in a route that is open to all; the handler makes sure elsewhere. */
  active(): Active;
  /** Who the request is from, in a route that is not open to all; null in one that is. */
  readonly state: AuthState | null;
  readonly parts: HttpParts;
}

/** What a route answers. */
export interface Reply<Output> {
  readonly body: Output;
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Where a form goes next. */
  readonly redirect?: string | undefined;
}

/** Answers one route. A `Response` is passed on as it is. */
export type RouteHandler<Name extends RouteName> = (
  call: Call<Name>,
) => Promise<Reply<OutputOf<Name>> | Response>;

/** A handler for every route of the contract: one that is missing does not compile. */
export type RouteHandlers = { readonly [Name in RouteName]: RouteHandler<Name> };
