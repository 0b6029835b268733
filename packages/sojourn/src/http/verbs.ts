import type { SessionReply } from "../contract/types.ts";
import type { AssuranceLevel } from "../domain/policy.ts";
import type { Duration } from "../domain/duration.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Session, Transport } from "../domain/session.ts";
import type { AuthState } from "./request-authenticator.ts";
import type { HeaderSource } from "./request-headers.ts";

/** How a read may be answered. */
export interface ReadOptions {
  /** How old the answer may be; `0` asks the store, whatever the strategy would do. */
  readonly maxAge?: Duration;
  /** The request is no sign of the user; it does not slide the idle timeout. */
  readonly passive?: boolean;
  /** The client's address, where the adapter knows it. */
  readonly ip?: string | null;
}

/** What `requireSession` insists on; what is missing gives `step_up_required` with a challenge. */
export interface RequireOptions extends ReadOptions {
  /** The user must have proven who they are within this time; `true` is the policy's `freshFor`. */
  readonly freshFor?: Duration | true;
  /** The assurance level that they must have proven (NIST SP 800-63B-4). */
  readonly aal?: AssuranceLevel;
  /** The ways to sign in, or methods of RFC 8176 such as `pwd`, of which they must have used one. */
  readonly method?: string | readonly string[];
  /** Visitors who have not signed in will do as well: else they are `unauthenticated`. Default false. */
  readonly anonymous?: boolean;
  /** Only the user themselves will do, not somebody who acts as them: else `impersonation_forbidden`. Default false. */
  readonly noImpersonation?: boolean;
}

/** How `signIn` begins a session. */
export interface SignInWith {
  /** Keep the browser signed in after it closes. Default false. */
  readonly remember?: boolean;
  /** Default: the first of `transports`. */
  readonly transport?: Transport;
  /** The client's address, where the adapter knows it. */
  readonly ip?: string | null;
}

/** A session that is live, and its user. */
export interface LiveSession<User, Extra extends object> {
  readonly session: Session & Extra;
  readonly user: User;
}

/** What a client knows of a session from the beginning, if the server that renders its page tells it. */
export type Snapshot<User, Extra extends object> = SessionReply<User> & LiveSession<User, Extra>;

/** A request by its headers; with its method and target, it can also be guarded and sent back to later. */
export type RequestSource = HeaderSource & {
  /** Default: one that may change something. */
  readonly method?: string | undefined;
  /** A whole URL, or the path and query as they came. */
  readonly url?: string | undefined;
};

/** How `visit` reads a request. */
export interface VisitOptions extends ReadOptions {
  /** Whether credentials that are due may be renewed: the response must be able to take cookies. Default true. */
  readonly renew?: boolean;
}

/** Who a request is from, and what its response has to carry. */
export interface Visit<User, Extra extends object> {
  readonly state: AuthState<User, Extra>;
  /** Set-Cookie values: credentials that were renewed, or dead ones that are cleared. */
  readonly cookies: readonly string[];
}

/** What `protect` insists on. */
export interface ProtectOptions extends RequireOptions, Pick<VisitOptions, "renew"> {
  /** Whether unsafe requests of other sites are refused, as `checkCsrf` does. Default true. */
  readonly csrf?: boolean;
  /** The CSRF token that a form had, with `csrf.token`; else the header is looked at. */
  readonly csrfToken?: string | null;
  /** Path and query of the page that a router in the browser opens by this request. Default: what the browser itself opens. */
  readonly page?: string | null;
}

/** How `protect` comes to know who a request is from, if not by reading it. For adapters, which read a request once. */
export interface KnownBefore<User, Extra extends object> {
  readonly visit?: () => MaybePromise<Visit<User, Extra>>;
}

/** Whether a request may go on. If not, the response says why: 401, 403 or 503, or to a page's reader the sign-in page. */
export type Admission<User, Extra extends object> =
  | ({ readonly admitted: true; readonly cookies: readonly string[] } & LiveSession<User, Extra>)
  | { readonly admitted: false; readonly response: Response };
