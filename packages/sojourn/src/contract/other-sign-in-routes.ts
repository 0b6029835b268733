import type { z } from "zod";
import type { ErrorCode } from "../domain/errors.ts";
import type { Route } from "./route.ts";
import { signedInReply, signInOptions } from "./schemas.ts";
import type { SignedInReply, SignInOptions } from "./types.ts";

/** The routes of signing in otherwise than by password or at a provider, by name. */
export interface OtherSignInContract {
  readonly signInExternally: Route<SignInOptions, SignedInReply>;
  readonly signInAnonymously: Route<SignInOptions, SignedInReply>;
}

const options: z.ZodType<SignInOptions> = signInOptions;

const errors: readonly ErrorCode[] = [
  "rate_limited",
  "account_disabled",
  "sign_in_denied",
  "session_limit_reached",
  "transport_not_enabled",
  "invalid_redirect",
  "not_found",
  "token_too_large",
  "cookie_too_large",
];

/** Sign-in that the app judges itself, and sessions of visitors. */
export const otherSignInRoutes: OtherSignInContract = {
  signInExternally: {
    method: "POST",
    path: "/sign-in/external/{method}",
    access: "public",
    inImpersonation: true,
    summary: "Sign in by what the app itself makes of the request.",
    body: "any",
    input: options,
    query: options,
    output: signedInReply,
    errors: ["invalid_credentials", ...errors],
  },
  signInAnonymously: {
    method: "POST",
    path: "/sign-in/anonymous",
    access: "public",
    inImpersonation: true,
    summary: "Begin a session for a visitor who has not signed in. Whoever has a session keeps it.",
    body: "json-or-form",
    input: options,
    output: signedInReply,
    errors,
  },
};
