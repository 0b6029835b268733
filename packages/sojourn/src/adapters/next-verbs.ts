import type { BaseUser, Principal } from "../domain/principal.ts";
import type { IssuedSession } from "../http/request-sessions.ts";
import type { LiveSession, RequireOptions, SignInWith, Snapshot } from "../http/verbs.ts";
import type { NextCookie } from "./next-cookies.ts";

/** What of Next.js is used: `next/headers` and `next/navigation`. */
export interface NextHost {
  headers(): Promise<{ get(name: string): string | null }>;
  cookies(): Promise<{ set(cookie: NextCookie): unknown }>;
  redirect(location: string): never;
}

/** What `requireSession` insists on. */
export interface PageOptions extends RequireOptions {
  /** Path and query of the page, for the way back from the sign-in page. Known by itself behind `sojourn/next/proxy`. */
  readonly returnTo?: string;
}

/** The session, in server components and actions. Verbs may be taken out of it one by one. */
export interface ServerVerbs<User extends BaseUser, Extra extends object> {
  /** The session and its user, or null. Read once per request, however many ask. @throws {SojournError} `store_unavailable`. */
  readonly getSession: () => Promise<LiveSession<User, Extra> | null>;
  /**
   * The session, or the way to the sign-in page and back, if `redirects.signIn` says where that is.
   *
   * @throws {SojournError} `unauthenticated`, `session_ended`, `step_up_required` without such a page;
   * `impersonation_forbidden`, `store_unavailable`.
   */
  readonly requireSession: (options?: PageOptions) => Promise<LiveSession<User, Extra>>;
  /** What `SessionProvider` begins with: its `initial`. Undefined in an outage: the page asks later. No credential is in it. */
  readonly snapshot: () => Promise<Snapshot<User, Extra> | null | undefined>;
  /** In actions: begins a session for somebody the app has authenticated. @throws {SojournError} as `auth.signIn` does. */
  readonly signIn: (principal: Principal<User>, options?: SignInWith) => Promise<IssuedSession<User>>;
  /** In actions: ends this session, or all of the user's. @throws {SojournError} `store_unavailable`. */
  readonly signOut: (options?: { readonly everywhere?: boolean }) => Promise<void>;
  /**
   * In actions: ends one of the user's own sessions, as `DELETE /sessions/{sid}` does.
   *
   * @throws {SojournError} `session_not_found`, also for a session of somebody else; what that route answers.
   */
  readonly revoke: (sid: string, options?: { readonly csrfToken?: string }) => Promise<void>;
}
