import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { JsonValue } from "../domain/session.ts";

/**
 * Sign-in at somebody else's server, by sending the browser there and back (OAuth 2.1 authorization
 * code with PKCE). It keeps nothing between the two: what it needs again comes back as `checks`.
 */
export interface RedirectMethod {
  readonly kind: "redirect";
  /** Stands in the URLs and in `session.method`. */
  readonly name: string;
  /** How the answer comes: in the URL, or in a form that the provider makes the browser post. */
  readonly responseMode: "query" | "form_post";
  /** Whether the provider tells when it last asked who is there, so that a session can be confirmed by it. */
  readonly provesTime: boolean;
  readonly accounts: AccountRules;
  /** Null where signing out here and there have nothing to do with each other. */
  readonly logout: ProviderLogout | null;
  /** @throws {SojournError} `oauth_provider_unavailable`, `oauth_provider_error`. */
  begin(request: RedirectRequest): Promise<RedirectStart>;
  /** @throws {SojournError} `access_denied`, `step_up_required`, `oauth_...`. */
  complete(answer: RedirectAnswer): Promise<ProviderLogin>;
  /** Fresh tokens; null if the provider does not take the refresh token any more. @throws {SojournError} `oauth_...`. */
  refresh(refreshToken: string): Promise<ProviderTokens | null>;
}

/** Whose account a provider's becomes. */
export interface AccountRules {
  /** Whether an address that both the provider and we have seen verified links the two accounts. */
  readonly linkByEmail: boolean;
  /** The app finds or makes its user itself; null where Sojourn keeps that. */
  readonly find: AccountFinder | null;
  /** Whether the provider's tokens are kept for the app's own use. */
  readonly storeTokens: boolean;
}

/**
 * Who an app says has signed in at a provider: its own user, made now if need be.
 *
 * @returns the user's id; null refuses with `sign_in_denied`.
 */
export type AccountFinder = (login: AccountQuestion) => MaybePromise<string | null>;

/** What an {@link AccountFinder} is told. */
export interface AccountQuestion {
  readonly provider: string;
  readonly issuer: string;
  /** The provider's id of this person: the one thing that never changes. */
  readonly subject: string;
  readonly email: string | null;
  /** Whether the provider has seen that the address is this person's. Never find a user by one that is not. */
  readonly emailVerified: boolean;
  readonly name: string | null;
  /** All that the provider told. */
  readonly profile: Readonly<Record<string, JsonValue>>;
  /** The user who is signed in and wants to add this account; null for a sign-in. */
  readonly linkTo: string | null;
}

/** What the provider is asked. */
export interface RedirectRequest {
  /** Where the browser comes back to. */
  readonly redirectUri: string;
  /** Ask who is there, whatever the provider remembers. */
  readonly reauthenticate: boolean;
  /** Let the person do something there, though they may be signed in: they did nothing here to begin it. */
  readonly interactive: boolean;
  /** Whom to expect, such as an address; null if nobody knows. */
  readonly loginHint: string | null;
}

/** Where the browser goes, and what must be kept until it is back. */
export interface RedirectStart {
  readonly url: string;
  readonly checks: RedirectChecks;
}

/** What ties the answer to the question. Secret but for `state`. */
export interface RedirectChecks {
  readonly state: string;
  readonly nonce: string;
  /** The PKCE code verifier (RFC 7636 §4.1). */
  readonly verifier: string;
}

/** What came back. */
export interface RedirectAnswer {
  readonly redirectUri: string;
  readonly parameters: URLSearchParams;
  readonly checks: RedirectChecks;
  /** The provider must have asked who is there since then, in ms; null where a remembered sign-in will do. */
  readonly authenticatedSince: number | null;
}

/** Whom a provider has signed in. */
export interface ProviderLogin {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  /** Normalised. */
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly profile: Readonly<Record<string, JsonValue>>;
  readonly amr: readonly string[];
  readonly acr: string | null;
  /** When the provider last asked who is there, in ms; null if it does not tell. */
  readonly authTime: number | null;
  /** The provider's own session, for its sign-out. */
  readonly providerSid: string | null;
  readonly idToken: string | null;
  readonly tokens: ProviderTokens;
}

/** What calls the provider's other services. */
export interface ProviderTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** In ms since the epoch; null if the provider does not tell. */
  readonly expiresAt: number | null;
  readonly scope: string | null;
}

/** How signing out here and at the provider go together. */
export interface ProviderLogout {
  /** Whether signing out here always goes on there. */
  readonly always: boolean;
  /**
   * Judges a logout token, which the provider sends when a session of its own is over.
   *
   * @throws {SojournError} `logout_token_invalid`, `oauth_provider_unavailable`, `oauth_provider_error`.
   */
  judge(token: string): Promise<LogoutNotice>;
  /**
   * The provider's page for signing out; null if it has none.
   *
   * @throws {SojournError} `oauth_provider_unavailable`, `oauth_provider_error`.
   */
  page(request: LogoutRequest): Promise<string | null>;
}

/** A provider's word that a session of its own is over. */
export interface LogoutNotice {
  readonly issuer: string;
  /** It counts once. */
  readonly id: string;
  /** Whose sessions are over, as the provider calls them; null if it names a session only. */
  readonly subject: string | null;
  /** The provider's session that is over; null for all of the subject's. */
  readonly providerSid: string | null;
  /** In ms since the epoch, by the provider's clock. */
  readonly issuedAt: number;
  /** From then on it is refused for its age; in ms since the epoch. */
  readonly goodUntil: number;
}

/** What the provider's page is told. */
export interface LogoutRequest {
  /** Shows the provider who signs out; null if none was kept. */
  readonly idToken: string | null;
  /** Where the browser comes back to. */
  readonly returnUri: string;
  /** Comes back with it. */
  readonly state: string;
}
