import type { RequireOptions } from "./auth.ts";
import type { ProofNeeded } from "./domain/assurance.ts";
import { durationToMs } from "./domain/duration.ts";
import { SojournError } from "./domain/errors.ts";
import type { SessionPolicy } from "./domain/policy.ts";
import type { Challenges } from "./http/challenges.ts";
import type { AuthState } from "./http/request-authenticator.ts";
import { type HeaderSource, headerReader } from "./cookies/header-source.ts";
import { knownState } from "./http/known-state.ts";

/** The live session of a request. @throws {SojournError} `unauthenticated`, `session_ended`, `store_unavailable`. */
export function activeOf(state: AuthState, challenges: Challenges): Extract<AuthState, { status: "active" }> {
  const known = knownState(state);
  if (known.status === "active") return known;
  throw known.status === "ended" ? challenges.ended(known) : new SojournError("unauthenticated");
}

/** What the caller insists on; null where a live session is enough. @throws {SojournError} `config_invalid`. */
export function neededOf(
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

/** The page that a browser was opening with a request, to send it back there later; null for anything else. */
export function pageOf(request: HeaderSource): string | null {
  const { url, method } = request as { readonly url?: unknown; readonly method?: unknown };
  if (method !== "GET" || typeof url !== "string") return null;
  // What a script fetches is no page; it knows itself where it is.
  if (headerReader(request)("sec-fetch-mode") !== "navigate") return null;
  const base = "http://localhost";
  if (!URL.canParse(url, base)) return null;
  const { pathname, search } = new URL(url, base);
  return pathname.startsWith("//") ? null : pathname + search;
}
