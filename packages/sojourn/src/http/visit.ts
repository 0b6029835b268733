import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { AuthState, RequestAuthenticator } from "./request-authenticator.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { RequestSessions } from "./request-sessions.ts";
import type { Visit } from "./verbs.ts";

/** What reads and renews. */
export interface VisitParts {
  readonly authenticator: RequestAuthenticator;
  readonly requests: RequestSessions;
}

type Active = Extract<AuthState, { status: "active" }>;

/** Reads a request, and renews what is due where that can be written. Synchronous where reading is. */
export function visit(
  { authenticator, requests }: VisitParts,
  headers: RequestHeaders,
  { authoritative, renew }: { readonly authoritative: boolean; readonly renew: boolean },
): MaybePromise<Visit<BaseUser, object>> {
  return andThen(authenticator.authenticate(headers, authoritative), (state) => {
    if (renew && state.status === "active" && state.renewal === "due")
      return renewed(requests, headers, state);
    return { state, cookies: "cookies" in state ? state.cookies : [] };
  });
}

/** Whoever was signed in when they came still is, unless their session is over by now: no failed renewal says otherwise. */
async function renewed(
  requests: RequestSessions,
  headers: RequestHeaders,
  state: Active,
): Promise<Visit<BaseUser, object>> {
  const result = await requests.renew(headers);
  if (result.status === "ended") return { state: result, cookies: result.cookies };
  if (result.status !== "renewed") return { state, cookies: [] };
  // So that what is told to the page does not advise it to renew once more.
  const accessExpiresAt = result.credentials?.accessExpiresAt ?? state.accessExpiresAt;
  return { state: { ...state, renewal: "none", accessExpiresAt }, cookies: result.cookies };
}
