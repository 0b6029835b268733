import { isSojournError, SojournError } from "../domain/errors.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser, Principal } from "../domain/principal.ts";
import { knownState } from "../http/known-state.ts";
import type { HostFacts } from "../http/handler.ts";
import type { AuthState } from "../http/request-authenticator.ts";
import type { HeaderSource } from "../http/request-headers.ts";
import type { IssuedSession } from "../http/request-sessions.ts";
import type {
  Admission,
  KnownBefore,
  LiveSession,
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

/** The {@link RequestAuth} of an `auth`, for what a framework wants to be told: `RequestAuthOf<typeof auth>`. */
export type RequestAuthOf<Auth> =
  Auth extends AdapterAuth<infer User, infer Extra> ? RequestAuth<User, Extra> : never;

/** The request as its framework has it. */
export interface RequestHost {
  /** Its headers as they came, its method, and its target as it came: not what a router made of it. */
  readonly source: RequestSource;
  /** The address of the socket's peer; null if the framework does not tell. */
  readonly peer: string | null;
  /** Puts Set-Cookie values into the response; null where none can be written, such as while a page is rendered. */
  readonly write: ((cookies: readonly string[]) => void) | null;
  /** Path and query of the page that a router in the browser opens by this request; null or absent for any other. */
  readonly page?: string | null;
}

/**
 * The session of one request: read when first asked for, and once. What its response has to carry is written by
 * itself. Adapters put one on every request.
 */
export class RequestAuth<User extends BaseUser = BaseUser, Extra extends object = object> {
  readonly #auth: AdapterAuth<User, Extra>;
  readonly #host: RequestHost;
  #state: MaybePromise<AuthState<User, Extra>> | null = null;
  #live: LiveSession<User, Extra> | null = null;

  constructor(auth: AdapterAuth<User, Extra>, host: RequestHost) {
    this.#auth = auth;
    this.#host = host;
  }

  /** Who the request is from: one of four states. Synchronous where the store is. Costs nothing until it is called. */
  read(): MaybePromise<AuthState<User, Extra>> {
    return (this.#state ??= this.#visit({}));
  }

  /** The session and its user, or null. @throws {SojournError} `store_unavailable`. */
  async getSession(): Promise<LiveSession<User, Extra> | null> {
    const state = knownState(await this.read());
    return state.status === "active" ? { session: state.session, user: state.user } : null;
  }

  /**
   * What the client of a rendered page starts with, as its `initial`: null if nobody is signed in, undefined in an outage,
   * so that the page is shown all the same and its client asks later. Nothing secret is in it.
   */
  async snapshot(): Promise<Snapshot<User, Extra> | null | undefined> {
    try {
      return await this.#auth.snapshot(await this.read());
    } catch (error) {
      if (isSojournError(error, "store_unavailable")) return undefined;
      throw error;
    }
  }

  /**
   * Guards what comes next.
   *
   * @returns null if the request may go on, and `live` is its session; else the response to send in its place.
   */
  async protect(options: ProtectOptions = {}): Promise<Response | null> {
    const { source, write, page = null } = this.#host;
    const ip = await this.#address();
    // Read once for all who ask: each further renewal would write its cookies a second time (RFC 6265 §4.1.1).
    const visit = async (): Promise<Visit<User, Extra>> => {
      if (options.maxAge !== undefined) this.#state = this.#visit(options);
      const state = await (this.#state ??= this.#visit(options));
      return { state, cookies: write === null && "cookies" in state ? state.cookies : [] };
    };
    const admission = await this.#auth.protect(source, { ip, page, ...options, visit });
    if (!admission.admitted) return admission.response;
    this.#live = { session: admission.session, user: admission.user };
    return null;
  }

  /** The session behind a guard. @throws {SojournError} `unauthenticated` where no guard let the request through. */
  get live(): LiveSession<User, Extra> {
    if (this.#live !== null) return this.#live;
    throw new SojournError("unauthenticated", { detail: "This route has no guard before it." });
  }

  /** Begins a session for somebody the app has authenticated. @throws {SojournError} as `auth.signIn` does. */
  async signIn(principal: Principal<User>, options: SignInWith = {}): Promise<IssuedSession<User>> {
    const ip = await this.#address();
    const issued = await this.#auth.signIn(principal, this.#host.source, { ip, ...options });
    this.#write(issued.cookies);
    return issued;
  }

  /** Ends the request's session. @throws {SojournError} `store_unavailable`: nobody is told that it is over if it is not. */
  async signOut(options: { readonly everywhere?: boolean } = {}): Promise<void> {
    const { cookies } = await this.#auth.signOut(this.#host.source, options);
    this.#write(cookies);
    this.#state = { status: "anonymous", cookies: [] };
    this.#live = null;
  }

  /** What is due is renewed by the first who asks. */
  #visit(options: ProtectOptions): MaybePromise<AuthState<User, Extra>> {
    const { source, write } = this.#host;
    const renew = options.renew !== false && write !== null && this.#state === null;
    return andThen(this.#address(), (ip) =>
      andThen(this.#auth.visit(source, { ip, ...options, renew }), ({ state, cookies }) => {
        this.#write(cookies);
        return state;
      }),
    );
  }

  #address(): MaybePromise<string | null> {
    return this.#auth.clientAddress(this.#host.source, this.#host.peer);
  }

  #write(cookies: readonly string[]): void {
    if (cookies.length > 0) this.#host.write?.(cookies);
  }
}
