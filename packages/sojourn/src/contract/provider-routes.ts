import type { ErrorCode } from "../domain/errors.ts";
import { type LogoutContract, logoutRoutes } from "./logout-routes.ts";
import * as schemas from "./provider-schemas.ts";
import type * as types from "./provider-types.ts";
import type { Route } from "./route.ts";
import { emptyInput } from "./schemas.ts";

type Nothing = Record<string, never>;

/** The routes of sign-in at a provider, and of sign-out, by name. */
export interface ProviderContract extends LogoutContract {
  readonly startSignIn: Route<types.StartSignInInput, types.ProviderUrlReply>;
  readonly providerCallback: Route<Nothing, Nothing>;
  readonly providerFormCallback: Route<Readonly<Record<string, string>>, Nothing>;
  readonly linkIdentity: Route<types.LinkInput, types.ProviderUrlReply>;
  readonly listIdentities: Route<Nothing, types.IdentityListReply>;
  readonly unlinkIdentity: Route<Nothing, types.UnlinkedReply>;
}

/** What can go wrong before the browser is at the provider. */
const beginning: readonly ErrorCode[] = [
  "not_found",
  "invalid_redirect",
  "oauth_provider_unavailable",
  "oauth_provider_error",
  "account_not_linked",
];

/** What can go wrong with what comes back; a page is told by a parameter of its URL. */
const ending: readonly ErrorCode[] = [
  "rate_limited",
  "not_found",
  "method_not_allowed",
  "access_denied",
  "oauth_state_invalid",
  "oauth_transaction_missing",
  "oauth_provider_unavailable",
  "oauth_provider_error",
  "oauth_identity_mismatch",
  "account_not_linked",
  "identity_taken",
  "account_disabled",
  "sign_in_denied",
  "session_limit_reached",
  "step_up_required",
  "session_ended",
  "unauthenticated",
  "token_too_large",
  "cookie_too_large",
];

const callback = {
  path: "/callback/{provider}",
  access: "public",
  inImpersonation: true,
  redirects: true,
  output: null,
  errors: ending,
} as const;

/** Sign-in at a provider: there and back, and which accounts there are a user's. */
export const providerRoutes: ProviderContract = {
  startSignIn: {
    method: "GET",
    path: "/sign-in/{method}",
    access: "public",
    inImpersonation: true,
    summary: "Send the browser to a provider to sign in, or with stepUp to confirm its session.",
    body: "none",
    input: schemas.startSignInInput,
    query: schemas.startSignInInput,
    redirects: true,
    output: schemas.providerUrlReply,
    errors: [...beginning, "unauthenticated", "session_ended", "cookie_too_large"],
  },
  providerCallback: {
    ...callback,
    method: "GET",
    summary: "Where a provider sends the browser back: finishes what this browser began, and nothing else.",
    body: "none",
    input: emptyInput,
  },
  providerFormCallback: {
    ...callback,
    method: "POST",
    fromElsewhere: true,
    summary: "The same for providers that post a form (response_mode=form_post).",
    body: "form",
    input: schemas.providerAnswer,
  },
  linkIdentity: {
    method: "POST",
    path: "/link/{provider}",
    access: "session",
    inImpersonation: false,
    summary: "Begin to add an account at a provider as a way to sign in. Needs a fresh session.",
    body: "json-or-form",
    input: schemas.linkInput,
    redirects: true,
    output: schemas.providerUrlReply,
    errors: [...beginning, "step_up_required", "cookie_too_large"],
  },
  listIdentities: {
    method: "GET",
    path: "/identities",
    access: "session",
    inImpersonation: true,
    summary: "The accounts at providers that the user can sign in with.",
    body: "none",
    input: emptyInput,
    output: schemas.identityListReply,
    errors: [],
  },
  unlinkIdentity: {
    method: "DELETE",
    path: "/identities/{id}",
    access: "session",
    inImpersonation: false,
    summary: "Remove one of them, but not the last way to sign in. Needs a fresh session.",
    body: "none",
    input: emptyInput,
    output: schemas.unlinkedReply,
    errors: ["identity_not_found", "last_sign_in_method", "step_up_required"],
  },
  ...logoutRoutes,
};
