import * as schemas from "./impersonation-schemas.ts";
import type * as types from "./impersonation-types.ts";
import type { Route } from "./route.ts";
import { signedInReply } from "./schemas.ts";
import type { SignedInReply } from "./types.ts";

/** The routes of acting as somebody else, by name. */
export interface ImpersonationContract {
  readonly impersonate: Route<types.ImpersonateInput, types.ImpersonationReply>;
  readonly stopImpersonating: Route<types.StopImpersonatingInput, SignedInReply>;
}

/** Acting as another user, and coming back. */
export const impersonationRoutes: ImpersonationContract = {
  impersonate: {
    method: "POST",
    body: "json",
    path: "/impersonate",
    inImpersonation: false,
    access: "session",
    summary: "Act as another user, in a session of its own that ends with this one's at the latest.",
    input: schemas.impersonateInput,
    output: schemas.impersonationReply,
    errors: [
      "step_up_required",
      "account_disabled",
      "sign_in_denied",
      "not_found",
      "token_too_large",
      "cookie_too_large",
    ],
  },
  stopImpersonating: {
    method: "POST",
    body: "json",
    path: "/impersonate/stop",
    inImpersonation: true,
    access: "public",
    summary: "End the session in which one acts as another user, and be oneself again.",
    input: schemas.stopImpersonatingInput,
    output: signedInReply,
    errors: ["not_found", "session_ended", "impersonation_forbidden", "token_too_large", "cookie_too_large"],
  },
};
