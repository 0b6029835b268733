import type { ErrorCode } from "../domain/errors.ts";
import type { BaseUser } from "../domain/principal.ts";
import { type ForwardContract, forwardRoutes } from "./forward-routes.ts";
import { type OtherSignInContract, otherSignInRoutes } from "./other-sign-in-routes.ts";
import { type ProviderContract, providerRoutes } from "./provider-routes.ts";
import { type ImpersonationContract, impersonationRoutes } from "./impersonation-routes.ts";
import { type RevocationContract, revocationRoutes } from "./revocation-routes.ts";
import type { Route } from "./route.ts";
import { type UserDataContract, userDataRoutes } from "./user-data-routes.ts";
import * as schemas from "./schemas.ts";
import type * as types from "./types.ts";

export type { Route } from "./route.ts";

/** All routes by name. */
export interface Contract
  extends
    ProviderContract,
    ImpersonationContract,
    OtherSignInContract,
    UserDataContract,
    ForwardContract,
    RevocationContract {
  readonly getSession: Route<Record<string, never>, types.SessionReply | null>;
  readonly getMe: Route<Record<string, never>, BaseUser>;
  readonly signIn: Route<types.SignInInput, types.SignedInReply>;
  readonly signUp: Route<types.SignUpInput, types.SignedInReply>;
  readonly signOut: Route<types.SignOutInput, types.SignedOutReply>;
  readonly refresh: Route<types.RefreshInput, types.SignedInReply>;
  readonly touch: Route<Record<string, never>, types.SignedInReply>;
  readonly stepUp: Route<types.StepUpInput, types.SignedInReply>;
  readonly changePassword: Route<types.ChangePasswordInput, types.SignedInReply>;
  readonly listSessions: Route<Record<string, never>, types.SessionListReply>;
  readonly revokeSession: Route<Record<string, never>, types.EndedReply>;
  readonly revokeOtherSessions: Route<Record<string, never>, types.EndedReply>;
  readonly events: Route<Record<string, never>, types.SessionEventMessage>;
  readonly csrfToken: Route<Record<string, never>, types.CsrfTokenReply>;
  readonly introspect: Route<types.TokenInput, types.IntrospectionReply>;
  readonly revokeToken: Route<types.TokenInput, Record<string, never>>;
  readonly jwks: Route<Record<string, never>, { readonly keys: readonly object[] }>;
  readonly openapi: Route<Record<string, never>, object>;
}

/** The name of a route. */
export type RouteName = keyof Contract;
/** What a route takes. */
export type InputOf<Name extends RouteName> =
  Contract[Name] extends Route<infer Input, infer _Output> ? Input : never;
/** What a route answers. */
export type OutputOf<Name extends RouteName> =
  Contract[Name] extends Route<infer _Input, infer Output> ? Output : never;

const read = { method: "GET", body: "none", input: schemas.emptyInput, inImpersonation: true } as const;
const act = { method: "POST", body: "json", inImpersonation: false } as const;
const end = { method: "DELETE", body: "none", input: schemas.emptyInput, inImpersonation: false } as const;

/** Where credentials are made, they may turn out too large to be carried. */
const issues: readonly ErrorCode[] = ["token_too_large", "cookie_too_large"];

/** Every HTTP route, declared once. */
export const contract: Contract = {
  getSession: {
    ...read,
    path: "/session",
    access: "public",
    summary: "The session of this request and its user, or null.",
    output: schemas.sessionReply.nullable(),
    errors: [],
  },
  getMe: {
    ...read,
    path: "/me",
    access: "session",
    summary: "The user who is signed in.",
    output: schemas.userSchema,
    errors: [],
  },
  // A path of its own comes before the one that would take it for a name.
  ...otherSignInRoutes,
  signIn: {
    ...act,
    path: "/sign-in/{method}",
    inImpersonation: true,
    aliases: ["/{method}/login"],
    access: "public",
    summary: "Sign in. Any session this browser had before is over.",
    body: "json-or-form",
    input: schemas.signInInput,
    output: schemas.signedInReply,
    errors: [
      "rate_limited",
      "invalid_credentials",
      "account_disabled",
      "sign_in_denied",
      "session_limit_reached",
      "transport_not_enabled",
      "login_busy",
      "invalid_redirect",
      "not_found",
      ...issues,
    ],
  },
  ...providerRoutes,
  signUp: {
    ...act,
    path: "/sign-up/{method}",
    inImpersonation: true,
    access: "public",
    summary: "Make an account and sign in.",
    body: "json-or-form",
    input: schemas.signUpInput,
    output: schemas.signedInReply,
    errors: [
      "rate_limited",
      "account_exists",
      "password_rejected",
      "account_disabled",
      "sign_in_denied",
      "session_limit_reached",
      "transport_not_enabled",
      "login_busy",
      "invalid_redirect",
      "not_found",
      ...issues,
    ],
  },
  signOut: {
    ...act,
    path: "/sign-out",
    inImpersonation: true,
    aliases: ["/logout"],
    access: "public",
    summary: "End this session, or with everywhere=true all sessions of its user. Repeating it is harmless.",
    body: "json-or-form",
    input: schemas.signOutInput,
    query: schemas.signOutQuery,
    output: schemas.signedOutReply,
    errors: ["invalid_redirect", "transport_not_enabled", "impersonation_forbidden"],
  },
  refresh: {
    ...act,
    path: "/refresh",
    inImpersonation: true,
    access: "public",
    summary:
      "Fresh credentials for old ones: rotates a refresh token, or makes a self-contained session anew.",
    input: schemas.refreshInput,
    output: schemas.signedInReply,
    errors: [
      "rate_limited",
      "unauthenticated",
      "session_ended",
      "refresh_invalid",
      "transport_not_enabled",
      ...issues,
    ],
  },
  touch: {
    ...act,
    path: "/touch",
    inImpersonation: true,
    access: "session",
    summary: "The user is active: slide the idle timeout.",
    input: schemas.emptyInput,
    output: schemas.signedInReply,
    errors: issues,
  },
  stepUp: {
    ...act,
    path: "/step-up",
    access: "session",
    resumes: true,
    summary: "Confirm who is there. Every credential the session had before is dead.",
    input: schemas.stepUpInput,
    output: schemas.signedInReply,
    errors: [
      "rate_limited",
      "invalid_credentials",
      "account_disabled",
      "sign_in_denied",
      "session_limit_reached",
      "transport_not_enabled",
      "login_busy",
      "not_found",
      ...issues,
    ],
  },
  changePassword: {
    ...act,
    path: "/change-password",
    access: "session",
    summary: "Change the password. All other sessions of the user end, where sessions are stored.",
    input: schemas.changePasswordInput,
    output: schemas.signedInReply,
    errors: [
      "rate_limited",
      "invalid_credentials",
      "account_disabled",
      "sign_in_denied",
      "password_rejected",
      "login_busy",
      "not_found",
      ...issues,
    ],
  },
  ...impersonationRoutes,
  listSessions: {
    ...read,
    path: "/sessions",
    access: "session",
    summary: "Where the user is signed in.",
    output: schemas.sessionListReply,
    errors: ["strategy_unsupported"],
  },
  revokeSession: {
    ...end,
    path: "/sessions/{sid}",
    access: "session",
    summary: "End one session of the user. Somebody else's answers like one that does not exist.",
    output: schemas.endedReply,
    errors: ["session_not_found", "step_up_required", "strategy_unsupported"],
  },
  revokeOtherSessions: {
    ...end,
    path: "/sessions",
    access: "session",
    summary: "End all sessions of the user but this one.",
    output: schemas.endedReply,
    errors: ["step_up_required", "strategy_unsupported"],
  },
  ...userDataRoutes,
  ...forwardRoutes,
  events: {
    ...read,
    path: "/events",
    access: "session",
    summary: "Server-sent events: tells an open page when its session ends.",
    output: null,
    errors: [],
  },
  csrfToken: {
    ...read,
    path: "/csrf-token",
    access: "public",
    summary: "A token for the pages of this session, where csrf.token asks for one.",
    output: schemas.csrfTokenReply,
    errors: ["not_found"],
  },
  introspect: {
    ...act,
    path: "/introspect",
    inImpersonation: true,
    access: "service",
    summary: "Whether a token is good, for other services (RFC 7662).",
    body: "form",
    input: schemas.tokenInput,
    output: schemas.introspectionReply,
    errors: ["rate_limited", "invalid_client"],
  },
  revokeToken: {
    ...act,
    path: "/revoke",
    inImpersonation: true,
    access: "service",
    summary: "End the session of a token, however old (RFC 7009). An unknown token is answered alike.",
    body: "form",
    input: schemas.tokenInput,
    output: schemas.emptyInput,
    errors: ["rate_limited", "invalid_client", "strategy_unsupported"],
  },
  ...revocationRoutes,
  jwks: {
    ...read,
    path: "/.well-known/jwks.json",
    access: "public",
    summary: "The public keys of this issuer (RFC 7517).",
    output: schemas.jwksReply,
    errors: [],
  },
  openapi: {
    ...read,
    path: "/openapi.json",
    access: "public",
    summary: "This API as an OpenAPI 3.1 document.",
    output: null,
    errors: [],
  },
};

/** What any route may answer with. */
export const commonErrors: readonly ErrorCode[] = [
  "invalid_input",
  "invalid_json",
  "csrf_refused",
  "payload_too_large",
  "unsupported_media_type",
  "store_unavailable",
  "internal",
];
