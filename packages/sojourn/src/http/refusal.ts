import { SojournError } from "../domain/errors.ts";
import type { Challenges } from "./challenges.ts";
import { problemResponse } from "./problem.ts";
import type { AuthState } from "./request-authenticator.ts";

/** The answer of a route that needs a live session to a request that has none. */
export function refusal(state: Exclude<AuthState, { status: "active" }>, challenges: Challenges): Response {
  switch (state.status) {
    case "unavailable":
      return problemResponse(new SojournError("store_unavailable", { retryAfter: state.retryAfter }));
    case "ended":
      return problemResponse(challenges.ended(state), state.cookies);
    case "anonymous":
      return problemResponse(new SojournError("unauthenticated"), state.cookies);
  }
}
