import { type Contract, contract, type RouteName } from "../contract/routes.ts";
import type { HttpParts } from "./call.ts";
import type { RequestHeaders } from "./request-headers.ts";

/** What does nothing for a browser without a session, and gives it none. */
const needSession: ReadonlySet<RouteName> = new Set<RouteName>(["signOut", "refresh"]);

/**
 * Whether another site would gain anything by making a browser send this: it uses a session cookie, or
 * gets one. Only then is there something to ask a token for.
 *
 * @throws {SojournError} `transport_not_enabled`.
 */
export function isForgeable(
  name: RouteName,
  input: object,
  headers: RequestHeaders,
  parts: HttpParts,
): boolean {
  const { access, fromElsewhere }: Contract[RouteName] = contract[name];
  // These prove themselves by what no browser adds by itself.
  if (access === "service" || fromElsewhere === true) return false;
  if (parts.requestGuard.hasSessionCookie(headers)) return true;
  if (access === "session" || needSession.has(name)) return false;
  const wanted = "transport" in input ? (input.transport as "cookie" | "header" | undefined) : undefined;
  return parts.requests.transportFor(wanted) === "cookie";
}
