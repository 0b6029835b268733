import { z } from "zod";
import type { Route } from "./route.ts";
import { emptyInput } from "./schemas.ts";
import type { LogoutTokenInput, SignedOutAtProviderInput } from "./types.ts";

type Nothing = Record<string, never>;

/** The routes of signing out together with providers, by name. */
export interface LogoutContract {
  readonly backchannelLogout: Route<LogoutTokenInput, Nothing>;
  readonly signedOutAtProvider: Route<SignedOutAtProviderInput, Nothing>;
}

/** Whatever else comes along is not looked at (OpenID Connect Back-Channel Logout 1.0 §2.5). */
const logoutToken: z.ZodType<LogoutTokenInput> = z.object({ logout_token: z.string().max(8192) });

const state: z.ZodType<SignedOutAtProviderInput> = z.object({ state: z.string().max(8192).optional() });

/** Signing out together with providers. */
export const logoutRoutes: LogoutContract = {
  backchannelLogout: {
    method: "POST",
    path: "/backchannel-logout/{provider}",
    access: "public",
    inImpersonation: true,
    fromElsewhere: true,
    summary: "A provider says that a session of its own is over: those that came from it end.",
    body: "form",
    input: logoutToken,
    output: emptyInput,
    errors: [
      "rate_limited",
      "not_found",
      "logout_token_invalid",
      "oauth_provider_unavailable",
      "oauth_provider_error",
    ],
  },
  signedOutAtProvider: {
    method: "GET",
    path: "/signed-out/{provider}",
    access: "public",
    inImpersonation: true,
    summary: "Where a provider sends the browser back that has signed out there.",
    body: "none",
    input: state,
    query: state,
    redirects: true,
    output: null,
    errors: ["not_found"],
  },
};
