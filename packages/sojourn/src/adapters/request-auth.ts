import { isSojournError, SojournError } from "../domain/errors.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser, Principal } from "../domain/principal.ts";
import { knownState } from "../http/known-state.ts";
import type { AuthState } from "../http/request-authenticator.ts";
import type { IssuedSession } from "../http/request-sessions.ts";
import { presenting } from "../http/response-cookies.ts";
import type {
  LiveSession,
  ProtectOptions,
  RequestSource,
  SignInWith,
  Snapshot,
  Visit,
} from "../http/verbs.ts";
import type { AdapterAuth, RequestHost } from "./request-host.ts";

export type { AdapterAuth, RequestHost } from "./request-host.ts";

/** The {@link RequestAuth} of an `auth`, for what a framework wants to be told: `RequestAuthOf<typeof auth>`. */
export type RequestAuthOf<Auth> =
  Auth extends AdapterAuth<infer User, infer Extra> ? RequestAuth<User, Extra> : never;

/**
 * The session of one request: read when first asked for, and once. What its response has to carry is written by
 * itself. Adapters put one on every request.
 */
export class RequestAuth<User extends BaseUser = BaseUser, Extra extends object = object> {
  readonly #auth: AdapterAuth<User, Extra>;
  readonly #host: RequestHost;
  /** The request as its client would send it by now: with what has been renewed or begun meanwhile. */
  #source: RequestSource;
  #state: MaybePromise<AuthState<User, Extra>> | null = null;
  #live: LiveSession<User, Extra> | null = null;

  constructor(auth: AdapterAuth<User, Extra>, host: RequestHost) {
    this.#auth = auth;
    this.#host = host;
    this.#source = host.source;
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
    const ip = await this.#address();
    const { write, page = null, keepPrivate } = this.#host;
    // Read once for all who ask: what it takes is written by then, unless nothing can be.
    const visit = async (): Promise<Visit<User, Extra>> => {
      if (options.maxAge !== undefined) this.#state = this.#visit(options);
      const state = await (this.#state ??= this.#visit(options));
      return { state, cookies: write === null && "cookies" in state ? state.cookies : [] };
    };
    const admission = await this.#auth.protect(this.#source, { ip, page, ...options, visit });
    if (!admission.admitted) return admission.response;
    keepPrivate?.();
    this.#live = { session: admission.session, user: admission.user };
    return null;
  }

  /** The session behind a guard. @throws {SojournError} `unauthenticated` where no guard let the request through. */
  get live(): LiveSession<User, Extra> {
    if (this.#live !== null) return this.#live;
    throw new SojournError("unauthenticated", { detail: "This route has no guard before it." });
  }

  /**
   * Begins a session for somebody the app has authenticated. What is read or ended afterwards is that session.
   *
   * @throws {SojournError} as `auth.signIn` does; {TypeError} where no cookie can be set any more.
   */
  async signIn(principal: Principal<User>, options: SignInWith = {}): Promise<IssuedSession<User>> {
    if (this.#host.write === null && options.transport !== "header")
      throw new TypeError("No cookie can be set here: sign in before the response begins.");
    await this.#settled();
    const ip = await this.#address();
    const issued = await this.#auth.signIn(principal, this.#source, { ip, ...options });
    const token = issued.session.transport === "header" ? (issued.credentials?.access ?? null) : null;
    this.#write(issued.cookies, true, token);
    this.#state = null;
    if (this.#live !== null) this.#live = await this.getSession();
    return issued;
  }

  /** Ends the request's session. @throws {SojournError} `store_unavailable`: nobody is told that it is over if it is not. */
  async signOut(options: { readonly everywhere?: boolean } = {}): Promise<void> {
    await this.#settled();
    const { cookies } = await this.#auth.signOut(this.#source, options);
    this.#write(cookies, true);
    this.#state = { status: "anonymous", cookies: [] };
    this.#live = null;
  }

  /** What is due is renewed by the first who asks. */
  #visit(options: ProtectOptions): MaybePromise<AuthState<User, Extra>> {
    const renew = options.renew !== false && this.#host.write !== null && this.#state === null;
    return andThen(this.#address(), (ip) =>
      andThen(this.#auth.visit(this.#source, { ip, ...options, renew }), ({ state, cookies }) => {
        this.#write(cookies, state.status === "active");
        return state;
      }),
    );
  }

  /** A renewal under way would else put its cookies in the place of those that come now. */
  async #settled(): Promise<void> {
    await Promise.resolve(this.#state).catch(() => {});
  }

  #address(): MaybePromise<string | null> {
    return this.#auth.clientAddress(this.#host.source, this.#host.peer);
  }

  /** @param counts what is asked of the request from now on is asked of these; a dead cookie still says why it is dead. */
  #write(cookies: readonly string[], counts: boolean, token: string | null = null): void {
    if (cookies.length > 0) this.#host.write?.(cookies);
    if (counts && (cookies.length > 0 || token !== null))
      this.#source = presenting(this.#source, { cookies, token });
  }
}
