import { SojournError } from "../domain/errors.ts";
import type { AuthState } from "./request-authenticator.ts";
import { sessionEnded } from "./request-sessions.ts";

/**
 * The live session of a request.
 *
 * @throws {SojournError} `unauthenticated`, `session_ended`, `store_unavailable`.
 */
export function liveState<User, Extra extends object>(
  state: AuthState<User, Extra>,
): Extract<AuthState<User, Extra>, { status: "active" }> {
  switch (state.status) {
    case "active":
      return state;
    case "unavailable":
      throw new SojournError("store_unavailable", { retryAfter: state.retryAfter });
    case "ended":
      throw sessionEnded(state.reason);
    case "anonymous":
      throw new SojournError("unauthenticated");
  }
}
