import { SojournError } from "../domain/errors.ts";
import type { AuthState } from "./request-authenticator.ts";

/** What is known of who a request is from. An outage is no answer. @throws {SojournError} `store_unavailable`. */
export function knownState<User, Extra extends object>(
  state: AuthState<User, Extra>,
): Exclude<AuthState<User, Extra>, { status: "unavailable" }> {
  if (state.status !== "unavailable") return state;
  throw new SojournError("store_unavailable", { retryAfter: state.retryAfter });
}
