import { isSojournError, SojournError } from "../../domain/errors.ts";
import { longestImpersonation } from "../../domain/policy.ts";
import type { HttpParts, RouteHandlers } from "../call.ts";
import { problemResponse } from "../problem.ts";
import type { RequestImpersonation } from "../request-impersonation.ts";
import { signedInReply } from "../signed-in-reply.ts";

/** Acting as another user, and coming back. */
export const impersonationRoutes: Pick<RouteHandlers, "impersonate" | "stopImpersonating"> = {
  async impersonate(call) {
    const { input, parts, headers } = call;
    const { userId, reason, duration } = input;
    const wanted = {
      userId,
      reason,
      duration: duration === undefined ? longestImpersonation : duration * 1000,
    };
    const begun = await enabled(parts).begin(call.active().session, wanted, headers);
    const reply = await signedInReply(begun, parts);
    const { actorToken } = begun;
    return actorToken === null ? reply : { ...reply, body: { ...reply.body, actorToken } };
  },

  async stopImpersonating({ input, parts, headers }) {
    try {
      return await signedInReply(await enabled(parts).end(headers, input.actorToken), parts);
    } catch (error) {
      if (!isSojournError(error, "session_ended") && !isSojournError(error, "not_found")) throw error;
      // What leads nowhere is not to be kept; the browser's session cookie is another matter.
      return problemResponse(error, parts.parked?.clear(headers) ?? []);
    }
  },
};

function enabled({ impersonation }: HttpParts): RequestImpersonation {
  if (impersonation !== null) return impersonation;
  throw new SojournError("not_found", { detail: "Acting as somebody else is not enabled." });
}
