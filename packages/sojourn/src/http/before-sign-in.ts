import type { BaseUser } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";
import type { SessionManager } from "../session/session-manager.ts";
import type { Presented, Strategy } from "../strategies/verification.ts";
import type { ParkedSessions } from "./parked-sessions.ts";
import type { RequestAuthenticator } from "./request-authenticator.ts";
import { contextOf, type RequestHeaders } from "./request-headers.ts";
import { knownState } from "./known-state.ts";

/** The live session that a request has; null if it has none. @throws {SojournError} `store_unavailable`. */
export async function presentSession(
  authenticator: RequestAuthenticator,
  headers: RequestHeaders,
): Promise<{ readonly session: Session; readonly user: BaseUser } | null> {
  const state = knownState(await authenticator.authenticate({ ...headers, passive: true }, true));
  return state.status === "active" ? state : null;
}

/**
 * Ends what a browser had before it signs in.
 *
 * @param visitorSid a visitor's session, which takes no room and ends when the new one has what is in it.
 */
export async function makeRoom(
  parts: {
    readonly strategy: Strategy;
    readonly sessions: SessionManager;
    readonly parked: ParkedSessions | null;
  },
  before: Presented | null,
  visitorSid: string | null,
  headers: RequestHeaders,
): Promise<void> {
  const { strategy, sessions, parked } = parts;
  const context = contextOf(headers);
  if (strategy.stored && before !== null)
    await sessions.end([before], "superseded", context, false, visitorSid);
  await parked?.leave(headers, "superseded", context);
}
