import type { Sessions } from "./auth.ts";
import type { Composition } from "./composition.ts";
import { durationToMs } from "./domain/duration.ts";
import { SojournError } from "./domain/errors.ts";
import { longestImpersonation } from "./domain/policy.ts";
import type { RequestImpersonation } from "./http/request-impersonation.ts";
import { requestHeaders } from "./http/request-headers.ts";
import { liveState } from "./http/live-state.ts";

/** The verbs of impersonation as an app calls them. */
export function impersonationVerbs(
  parts: Pick<Composition, "impersonation" | "authenticator">,
): Pick<Sessions, "impersonate" | "stopImpersonating"> {
  return {
    async impersonate(from, userId, { reason, duration, ip = null }) {
      const wanted = {
        userId,
        reason,
        duration: duration === undefined ? longestImpersonation : durationToMs(duration, "duration"),
      };
      const acting = enabled(parts);
      if ("sid" in from) return acting.begin(from, wanted, null);
      const headers = requestHeaders(from, ip);
      const { session } = liveState(await parts.authenticator.authenticate(headers, true));
      return acting.begin(session, wanted, headers);
    },
    stopImpersonating: async (request, { actorToken, ip = null } = {}) =>
      enabled(parts).end(requestHeaders(request, ip), actorToken),
  };
}

function enabled({ impersonation }: Pick<Composition, "impersonation">): RequestImpersonation {
  if (impersonation !== null) return impersonation;
  throw new SojournError("not_found", {
    detail: "Acting as somebody else is not enabled. Give createAuth the impersonation option.",
  });
}
