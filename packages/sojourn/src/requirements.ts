import type { ProofNeeded } from "./domain/assurance.ts";
import { durationToMs } from "./domain/duration.ts";
import { SojournError } from "./domain/errors.ts";
import { forbidden } from "./domain/impersonation.ts";
import type { SessionPolicy } from "./domain/policy.ts";
import type { BaseUser } from "./domain/principal.ts";
import type { Challenges } from "./http/challenges.ts";
import type { AuthState } from "./http/request-authenticator.ts";
import { knownState } from "./http/known-state.ts";
import { pageOf } from "./http/page.ts";
import type { LiveSession, RequestSource, RequireOptions } from "./http/verbs.ts";
import type { Clock } from "./ports/clock.ts";

/** The live session of a request. @throws {SojournError} `unauthenticated`, `session_ended`, `store_unavailable`. */
export function activeOf(state: AuthState, challenges: Challenges): Extract<AuthState, { status: "active" }> {
  const known = knownState(state);
  if (known.status === "active") return known;
  throw known.status === "ended" ? challenges.ended(known) : new SojournError("unauthenticated");
}

/** What the caller insists on; null where a live session is enough. @throws {SojournError} `config_invalid`. */
function neededOf(
  { freshFor, aal, method }: Pick<RequireOptions, "freshFor" | "aal" | "method">,
  policy: SessionPolicy,
): ProofNeeded | null {
  if (freshFor === undefined && aal === undefined && method === undefined) return null;
  // A misspelt demand that nobody checks would let everybody in.
  if (aal !== undefined && ![1, 2, 3].includes(aal))
    throw new SojournError("config_invalid", { detail: "aal must be 1, 2 or 3." });
  return {
    ...(freshFor === undefined
      ? {}
      : { freshFor: freshFor === true ? policy.freshFor : durationToMs(freshFor, "freshFor") }),
    ...(aal === undefined ? {} : { aal }),
    ...(method === undefined ? {} : { methods: typeof method === "string" ? [method] : method }),
  };
}

/** What judges whether a session is enough. */
export interface RequirementParts {
  readonly challenges: Challenges;
  readonly policy: SessionPolicy;
  readonly clock: Clock;
}

/**
 * The session of a request, if it is all that the caller insists on.
 *
 * @throws {SojournError} `unauthenticated`, `session_ended`, `step_up_required`, `impersonation_forbidden`, `store_unavailable`.
 */
export function requiredOf(
  state: AuthState,
  request: RequestSource,
  options: RequireOptions,
  { challenges, policy, clock }: RequirementParts,
): LiveSession<BaseUser, object> {
  const needed = neededOf(options, policy);
  const { session, user } = activeOf(state, challenges);
  // Whoever turns on visits must not open every route that asks for a session.
  if (session.kind === "anonymous" && options.anonymous !== true)
    throw new SojournError("unauthenticated", { detail: "A visitor has to sign in for this." });
  if (options.noImpersonation === true && session.actor !== null)
    throw forbidden("Only the user can do this, not somebody who acts as them.");
  if (needed !== null) challenges.insist(session, needed, clock.now(), pageOf(request));
  return { session, user };
}
