import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser, Principal } from "../domain/principal.ts";
import type { HostFacts } from "../http/handler.ts";
import type { AuthState } from "../http/request-authenticator.ts";
import type { HeaderSource } from "../http/request-headers.ts";
import type { IssuedSession } from "../http/request-sessions.ts";
import type {
  Admission,
  KnownBefore,
  ProtectOptions,
  RequestSource,
  SignInWith,
  Snapshot,
  Visit,
  VisitOptions,
} from "../http/verbs.ts";

/** The part of Sojourn that adapters need. */
export interface AdapterAuth<User extends BaseUser, Extra extends object> {
  readonly basePath: string;
  handler(request: Request, host?: HostFacts): Promise<Response>;
  visit(request: HeaderSource, options?: VisitOptions): MaybePromise<Visit<User, Extra>>;
  protect(
    request: RequestSource,
    options?: ProtectOptions & KnownBefore<User, Extra>,
  ): Promise<Admission<User, Extra>>;
  snapshot(from: AuthState<User, Extra>): Promise<Snapshot<User, Extra> | null>;
  clientAddress(request: HeaderSource, peer: string | null): MaybePromise<string | null>;
  signIn(
    principal: Principal<User>,
    request: HeaderSource,
    options?: SignInWith,
  ): Promise<IssuedSession<User>>;
  signOut(
    request: HeaderSource,
    options?: { readonly everywhere?: boolean },
  ): Promise<{ readonly cookies: readonly string[] }>;
}

/** The request as its framework has it. */
export interface RequestHost {
  /** Its headers as they came, its method, and its target as it came: not what a router made of it. */
  readonly source: RequestSource;
  /** The address of the socket's peer; null if the framework does not tell. */
  readonly peer: string | null;
  /**
   * Puts Set-Cookie values into the response, each in the place of one of the same name; null while none can be written:
   * a page is rendered, or the response has begun.
   */
  readonly write: ((cookies: readonly string[]) => void) | null;
  /** Keeps a response that a guard has let through out of caches, unless the app says something of its caching itself. */
  readonly keepPrivate?: () => void;
  /** Path and query of the page that a router in the browser opens by this request; null or absent for any other. */
  readonly page?: string | null;
}
