/** A stable, documented name of a failure. */
export type ErrorCode =
  | "config_invalid"
  | "config_secret_missing"
  | "config_secret_weak"
  | "config_secret_mismatch"
  | "config_base_url_required"
  | "config_store_required"
  | "config_dependency_missing"
  | "store_schema_newer"
  | "invalid_input"
  | "invalid_json"
  | "invalid_redirect"
  | "data_key_unknown"
  | "transport_not_enabled"
  | "strategy_unsupported"
  | "csrf_refused"
  | "not_found"
  | "method_not_allowed"
  | "payload_too_large"
  | "unsupported_media_type"
  | "unauthenticated"
  | "session_ended"
  | "refresh_invalid"
  | "invalid_credentials"
  | "invalid_client"
  | "account_disabled"
  | "sign_in_denied"
  | "step_up_required"
  | "access_denied"
  | "oauth_state_invalid"
  | "oauth_transaction_missing"
  | "oauth_provider_error"
  | "oauth_provider_unavailable"
  | "oauth_identity_mismatch"
  | "account_not_linked"
  | "identity_taken"
  | "identity_not_found"
  | "last_sign_in_method"
  | "logout_token_invalid"
  | "impersonation_forbidden"
  | "session_not_found"
  | "account_exists"
  | "session_limit_reached"
  | "key_ring_full"
  | "data_too_large"
  | "password_rejected"
  | "rate_limited"
  | "cookie_too_large"
  | "token_too_large"
  | "internal"
  | "login_busy"
  | "store_unavailable";

/**
 * Every failure Sojourn reports has one stable code. This table is the only place that
 * says which HTTP status it answers with and how it reads; `docs/errors.md` explains each.
 */
export const errorTable: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  // Boot: thrown by createAuth and by the options of its parts, never sent to a browser.
  config_invalid: { status: 500, title: "An option is not valid" },
  config_secret_missing: { status: 500, title: "A secret is required" },
  config_secret_weak: { status: 500, title: "The secret is too weak" },
  config_secret_mismatch: { status: 500, title: "The secret does not fit the keys in the store" },
  config_base_url_required: { status: 500, title: "A base URL is required in production" },
  config_store_required: { status: 500, title: "This strategy needs a store" },
  config_dependency_missing: { status: 500, title: "An optional package is not installed" },
  store_schema_newer: { status: 500, title: "The store was written by a newer version" },

  // The request itself.
  invalid_input: { status: 400, title: "The input is not valid" },
  invalid_json: { status: 400, title: "The body is not valid JSON" },
  invalid_redirect: { status: 400, title: "The redirect target is not allowed" },
  data_key_unknown: { status: 400, title: "There is no such key of session data" },
  transport_not_enabled: { status: 400, title: "This transport is not enabled" },
  strategy_unsupported: { status: 400, title: "The session strategy cannot do this" },
  csrf_refused: { status: 403, title: "The request came from another site" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },

  // Who is asking.
  unauthenticated: { status: 401, title: "Sign in to continue" },
  session_ended: { status: 401, title: "The session is over" },
  refresh_invalid: { status: 401, title: "The refresh token is not valid" },
  invalid_credentials: { status: 401, title: "The e-mail address or password is wrong" },
  invalid_client: { status: 401, title: "The calling service is not known" },
  account_disabled: { status: 403, title: "The account is disabled" },
  sign_in_denied: { status: 403, title: "Signing in was refused" },
  step_up_required: { status: 403, title: "Confirm that it is you" },
  impersonation_forbidden: { status: 403, title: "Impersonation does not allow this" },

  // Signing in at a provider.
  access_denied: { status: 403, title: "The provider was told not to sign in" },
  oauth_state_invalid: { status: 400, title: "This is not the sign-in that was begun here" },
  oauth_transaction_missing: { status: 400, title: "No sign-in was begun in this browser" },
  oauth_provider_error: { status: 502, title: "The provider's answer cannot be used" },
  oauth_provider_unavailable: { status: 503, title: "The provider cannot be reached" },
  oauth_identity_mismatch: { status: 403, title: "Somebody else signed in at the provider" },
  account_not_linked: { status: 409, title: "This address has an account that is not linked" },
  identity_taken: { status: 409, title: "This provider account belongs to another user" },
  identity_not_found: { status: 404, title: "There is no such linked account" },
  last_sign_in_method: { status: 409, title: "This is the last way to sign in" },

  // Signing out at a provider.
  logout_token_invalid: { status: 400, title: "The logout token is not valid" },

  // What was asked for.
  session_not_found: { status: 404, title: "There is no such session" },
  account_exists: { status: 409, title: "There is already an account with this e-mail address" },
  session_limit_reached: { status: 409, title: "Too many sessions are open" },
  key_ring_full: { status: 409, title: "There are too many keys that still have to verify" },
  data_too_large: { status: 413, title: "The session data is too large" },
  password_rejected: { status: 422, title: "Choose another password" },
  rate_limited: { status: 429, title: "Too many attempts" },

  // The server.
  cookie_too_large: { status: 500, title: "The session does not fit into a cookie" },
  token_too_large: { status: 500, title: "The claims do not fit into a token" },
  internal: { status: 500, title: "Something went wrong" },
  login_busy: { status: 503, title: "Too many sign-ins at once" },
  store_unavailable: { status: 503, title: "The session store cannot be reached" },
};

/** What a {@link SojournError} may say beyond its code. */
export interface ErrorDetails {
  /** One sentence for the developer or user: what happened and what to do. Never holds a credential. */
  readonly detail?: string;
  /** Seconds after which trying again makes sense (429, 503). */
  readonly retryAfter?: number;
  /** Further public members of the problem document, such as `reason` or `issues`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** What failed underneath; logged, never sent. */
  readonly cause?: unknown;
  /** The account that it is about, for the events; never sent. */
  readonly userId?: string | undefined;
}

/** The one exception type that Sojourn throws. Branch on `code`, not on the message. */
export class SojournError extends Error {
  override readonly name = "SojournError";
  readonly code: ErrorCode;
  /** The HTTP status the handler answers with. */
  readonly status: number;
  readonly title: string;
  /** Seconds, where trying again makes sense. */
  readonly retryAfter: number | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  /** The account that it is about, where there is one. Whoever is told learns whether there is such an account. */
  readonly userId: string | undefined;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const { status, title } = errorTable[code];
    super(details.detail ?? `${title}.`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = status;
    this.title = title;
    this.retryAfter = details.retryAfter;
    this.extra = details.extra ?? {};
    this.userId = details.userId;
  }
}

/** True for a {@link SojournError}, with the given code if there is one. */
export function isSojournError(error: unknown, code?: ErrorCode): error is SojournError {
  return error instanceof SojournError && (code === undefined || error.code === code);
}
