// `next/navigation.js` is for the browser too: it cannot load in a route handler.
import { redirect } from "next/dist/client/components/redirect.js";
import { cookies, headers } from "next/headers.js";
import type { BaseUser } from "../domain/principal.ts";
import { type RouteVerbs, routeVerbs } from "./next-routes.ts";
import { serverVerbs } from "./next-server.ts";
import type { AdapterAuth } from "./request-auth.ts";
import type { ServerVerbs } from "./next-verbs.ts";

export { type RouteHandlers, toRouteHandlers } from "./next-handlers.ts";
export type { RouteHandler, RouteVerbs } from "./next-routes.ts";
export type { PageOptions, ServerVerbs } from "./next-verbs.ts";
export type { AdapterAuth, RequestAuth } from "./request-auth.ts";

/** The session for all that Next.js runs on the server. */
export type NextSession<User extends BaseUser, Extra extends object> = RouteVerbs<User, Extra> &
  ServerVerbs<User, Extra>;

/**
 * The session for server components, server actions and route handlers. Call it once, beside `createAuth`.
 *
 * Components only read: Next.js sets no cookie while it renders. Actions and route handlers also write.
 *
 * @param options `basePath` of `next.config`, if it has one: Next.js puts it before what components redirect to.
 */
export function toNext<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  { basePath = "" }: { readonly basePath?: string } = {},
): NextSession<User, Extra> {
  return { ...routeVerbs(auth), ...serverVerbs(auth, { cookies, headers, redirect }, basePath) };
}
