import { SojournError } from "../domain/errors.ts";
import type { AuthState } from "./request-authenticator.ts";
import { sessionEnded } from "./request-sessions.ts";
import { knownState } from "./known-state.ts";

/**
 * The live session of a request.
 *
 * @throws {SojournError} `unauthenticated`, `session_ended`, `store_unavailable`.
 */
export function liveState<User, Extra extends object>(
  state: AuthState<User, Extra>,
): Extract<AuthState<User, Extra>, { status: "active" }> {
  const known = knownState(state);
  if (known.status === "active") return known;
  throw known.status === "ended" ? sessionEnded(known.reason) : new SojournError("unauthenticated");
}
