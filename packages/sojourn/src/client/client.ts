import type { EndedReply, SessionListEntry, SessionReply, SignedOutReply } from "../contract/types.ts";
import type { EndReason } from "../domain/session.ts";
import { type ClientOptions, type ClientSettings, settle } from "./client-options.ts";
import { connect, type Connection } from "./connection.ts";
import { isAuthError, type Result } from "./result.ts";
import { SessionKeeper } from "./session-keeper.ts";
import type { SessionState, ShownData } from "./session-state.ts";
import type { ReadableStore } from "./store.ts";
import { lazyCalls, lazyFetch, lazyRenew, lazyTokens, lazyWatch, lazyWithAuth } from "./later.ts";
import type {
  AuthShape,
  CredentialsFor,
  DataOf,
  Live,
  SessionOf,
  SignInInputs,
  SignUpInputs,
  UserOf,
} from "./types.ts";

/** What a page knows of its session, and what it can do about it. Calls do not throw; see {@link Result}. */
export interface Client<User, LiveSession, Data = ShownData> {
  /** Who is signed in: a nanostore, for any framework. The client keeps it up while somebody listens to it. */
  readonly $session: ReadableStore<SessionState<User, LiveSession, Data>>;
  /** Asks the server who is signed in; null if nobody is. */
  getSession(): Promise<Result<Live<User, LiveSession> | null>>;
  /** @param method `password`, `anonymous`, or another that takes its credentials as JSON. */
  signIn<Method extends string>(
    method: Method,
    credentials: CredentialsFor<SignInInputs, Method>,
  ): Promise<Result<Live<User, LiveSession>>>;
  signUp<Method extends string>(
    method: Method,
    credentials: CredentialsFor<SignUpInputs, Method>,
  ): Promise<Result<Live<User, LiveSession>>>;
  /** The address to send the browser to for signing in at a provider. @param returnTo a path of this site, to come back to. */
  signInURL(provider: string, options?: { readonly returnTo?: string; readonly remember?: boolean }): string;
  /** Ends this session, or with `everywhere` all sessions of the user. */
  signOut(options?: { readonly everywhere?: boolean }): Promise<Result<SignedOutReply>>;
  /** The user is active: slides the idle timeout. */
  touch(): Promise<Result<Live<User, LiveSession>>>;
  /** Renews the credential now. It happens by itself while `$session` is listened to. */
  refresh(): Promise<Result<Live<User, LiveSession> | null>>;
  /** Proves again who is there, for what needs a recent sign-in. */
  stepUp(input: { readonly password: string }): Promise<Result<Live<User, LiveSession>>>;
  /** All other sessions of the user end. */
  changePassword(input: {
    readonly currentPassword: string;
    readonly newPassword: string;
  }): Promise<Result<Live<User, LiveSession>>>;
  /** Goes back from acting as somebody else. */
  stopImpersonating(input?: { readonly actorToken?: string }): Promise<Result<Live<User, LiveSession>>>;
  readonly sessions: {
    /** Where the user is signed in. */
    list(): Promise<Result<readonly SessionListEntry[]>>;
    /** Ends one of them. */
    revoke(sid: string): Promise<Result<EndedReply>>;
    /** Ends all but this one. */
    revokeOthers(): Promise<Result<EndedReply>>;
  };
  /**
   * `fetch` with what proves who is asking. A 401 is answered by renewing once and trying once more. Tokens go to the
   * server's origin and the trusted ones, and nowhere else.
   */
  readonly fetch: typeof fetch;
  /** Runs something that needs the session; if it fails for want of one, renews and runs it once more. */
  withAuth<T>(act: () => Promise<T>): Promise<T>;
  /** Whether something failed for want of a session. */
  isAuthError(what: unknown): boolean;
  /**
   * Calls back when the session of this page is over by anything but the user's own signing out.
   *
   * @returns what stops it.
   */
  onExpired(act: (reason: EndReason | null) => void): () => void;
  /** Calls back at once and with each change. @returns what stops it. */
  subscribe(act: (state: SessionState<User, LiveSession, Data>) => void): () => void;
  /** The server's time now, in ms since the epoch, as well as this page knows it. */
  now(): number;
  /** Takes in what the server rendered. */
  hydrate(initial: SessionReply | null): void;
  /** Ends what keeps `$session` up, timers and the stream included, and lets go of the other tabs; for tests and pages that make many clients. */
  close(): void;
}

/**
 * Makes the client of one server.
 *
 * @typeParam Auth `typeof auth` of the server, for the types of users and sessions. Import it with `import type`.
 * @throws {TypeError} for options that cannot work.
 */
export function createClient<Auth extends AuthShape = AuthShape>(
  options: ClientOptions = {},
): Client<UserOf<Auth>, SessionOf<Auth>, DataOf<Auth>> {
  const settings = settle(options);
  const { origin, url, storage, name, shared, canSee, mayHaveSession } = settings;
  const { initial } = options;
  const tokens = settings.transport === "header" ? lazyTokens(storage, name) : null;
  const credentials = url.startsWith("/") ? "same-origin" : "include";
  const connection = connect({
    url,
    credentials,
    tokens,
    fetch: options.fetch ?? ((...args) => fetch(...args)),
  });
  const keeper = new SessionKeeper({
    connection,
    name,
    shared,
    watch: () => lazyWatch(keeper, settings),
    renew: (isDue) => lazyRenew(keeper, isDue),
  });
  const hydrate = (found: SessionReply | null): void => {
    // A page out of a cache may show what was before the browser signed in, or out. Where the cookie says otherwise
    // neither is believed: the server is asked. Tokens in a storage it could not see at all.
    if (canSee ? mayHaveSession() === !!found : found || !tokens) keeper.hydrate(found);
  };
  if (initial !== undefined || !mayHaveSession()) hydrate(initial ?? null);

  const renews = async (): Promise<boolean> => {
    // Nobody is signed in, and nothing says otherwise.
    if (keeper.known?.reply === null && !mayHaveSession()) return false;
    await keeper.renew();
    return !!keeper.known?.reply;
  };
  const client = {
    $session: keeper.$session,
    ...callsOf(connection, keeper, settings),
    fetch: lazyFetch(connection, origin, options.trustedOrigins ?? [], renews),
    withAuth: <T>(work: () => Promise<T>) => lazyWithAuth(work, renews),
    isAuthError,
    onExpired(act: (reason: EndReason | null) => void) {
      // One function may be told twice.
      const own = (reason: EndReason | null): void => act(reason);
      keeper.expired.add(own);
      // Nobody learns of the end of a session that is not looked at.
      const stop = keeper.$session.listen(() => {});
      return () => {
        keeper.expired.delete(own);
        stop();
      };
    },
    subscribe: (listener: (state: SessionState) => void) => keeper.$session.subscribe(listener),
    now: () => Date.now() + (keeper.known?.ahead ?? 0),
    hydrate,
    close: () => keeper.close(),
  };
  return client as unknown as Client<UserOf<Auth>, SessionOf<Auth>, DataOf<Auth>>;
}

const stubs = [
  "signIn",
  "signUp",
  "signOut",
  "touch",
  "stepUp",
  "changePassword",
  "stopImpersonating",
] as const;

/** What can be asked of the server. */
function callsOf(connection: Connection, keeper: SessionKeeper, { url, transport }: ClientSettings) {
  const later = lazyCalls(connection, keeper, transport);
  return {
    getSession: () => keeper.read(),
    refresh: () => keeper.renew(),
    signInURL(provider: string, query: object = {}) {
      // What is undefined is not asked for.
      const asked = new URLSearchParams(
        JSON.parse(JSON.stringify(query)) as Record<string, string>,
      ).toString();
      return `${url}/sign-in/${provider}${asked && `?${asked}`}`;
    },
    ...Object.fromEntries(stubs.map((name) => [name, later(name)])),
    sessions: { list: later("list"), revoke: later("revoke"), revokeOthers: later("revokeOthers") },
  };
}
