import type { BaseUser } from "../domain/principal.ts";
import type { LiveSession, ProtectOptions } from "../http/verbs.ts";
import type { AdapterAuth } from "./request-auth.ts";
import { isOwnPath, openWebRequest, refusalOf } from "./web-request.ts";

export { type AdapterAuth, RequestAuth, type RequestAuthOf } from "./request-auth.ts";

/** What the adapter needs of SvelteKit's `RequestEvent`. */
export interface SvelteKitEvent {
  readonly request: Request;
  readonly url: URL;
  /** The router in the browser asks for the data of a page. */
  readonly isDataRequest: boolean;
  readonly locals: object;
  getClientAddress(): string;
}

/** SvelteKit's `Handle`. */
export type SessionHandle = <Event extends SvelteKitEvent>(input: {
  readonly event: Event;
  readonly resolve: (event: Event) => Response | Promise<Response>;
}) => Promise<Response>;

/** SvelteKit's `redirect` and `error`. They are handed in, because only the app's own copies are understood. */
export interface SvelteKitThrows {
  readonly redirect: (status: 303, location: string, options: { readonly external: true }) => never;
  readonly error: (status: number, message: string) => never;
}

/** The parts of an event that a guard needs. */
export interface GuardedEvent<User extends BaseUser, Extra extends object> {
  readonly locals: { readonly auth: { readonly live: LiveSession<User, Extra> } };
}

/** Lets a `load` or an action go on with the session, or throws what SvelteKit answers with instead. */
export type PageGuard = <User extends BaseUser, Extra extends object>(
  event: GuardedEvent<User, Extra>,
  options?: ProtectOptions,
) => Promise<LiveSession<User, Extra>>;

/**
 * The `handle` hook: answers Sojourn's routes, and puts the request's session on `event.locals.auth`. Cookies go into the
 * response beside those of `event.cookies`.
 *
 * ```ts
 * // src/hooks.server.ts
 * export const handle = handleSession(auth);
 * ```
 */
export function handleSession<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
): SessionHandle {
  return async ({ event, resolve }) => {
    const peer = peerOf(event);
    const { pathname, search } = event.url;
    if (isOwnPath(pathname, auth.basePath)) return auth.handler(event.request, { ip: peer });
    const page = event.isDataRequest ? pathname + search : null;
    const visit = openWebRequest(auth, event.request, peer, page);
    (event.locals as { auth: unknown }).auth = visit.auth;
    return visit.finish(await resolve(event));
  };
}

/**
 * Makes a guard for `load` functions and actions; endpoints use `locals.auth.protect()`. Who is not signed in goes to
 * the sign-in page and comes back later, also where the router in the browser asked.
 *
 * ```ts
 * import * as kit from "@sveltejs/kit";
 * export const requireSession = pageGuard(kit);
 * // +page.server.ts
 * export const load = async (event) => ({ user: (await requireSession(event)).user });
 * ```
 */
export function pageGuard({ error, redirect }: SvelteKitThrows): PageGuard {
  return async ({ locals }, options) => {
    const refused = await refusalOf(
      locals.auth,
      options,
      "Put handleSession(auth) into src/hooks.server.ts.",
    );
    if (refused === null) return locals.auth.live;
    const location = refused.headers.get("Location");
    // The app's own sign-in page, which may be on another of its origins.
    if (location !== null) redirect(303, location, { external: true });
    const { title } = (await refused.json()) as { readonly title: string };
    return error(refused.status, title);
  };
}

/** Null where there is no client, as when a page is prerendered. */
function peerOf(event: SvelteKitEvent): string | null {
  try {
    return event.getClientAddress();
  } catch {
    return null;
  }
}
