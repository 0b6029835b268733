import type { EndReason, StrategyName } from "sojourn";

const endings: Readonly<Record<EndReason, string>> = {
  signed_out: "You signed out.",
  revoked: "This device was signed out from another one.",
  revoked_by_admin: "An administrator ended this session.",
  expired: "This session reached its longest life. Sign in again to go on.",
  idle: "You were away for longer than a session lasts. Sign in again to go on.",
  superseded: "Somebody signed in again in this browser, which ended the session before.",
  limit: "You signed in on another device, and this account may not have more at once.",
  reuse_detected: "An old token of this session was used a second time. To be safe, the session was ended.",
  user_disabled: "This account is disabled.",
  credentials_changed: "Your password was changed on another device, so this one was signed out.",
  parent_ended: "The session that began this one is over.",
};

/** Why somebody is signed out, in a sentence for them; null is a session that is gone without a word. */
export function endingText(reason: EndReason | null): string {
  return reason === null ? "You are no longer signed in here." : endings[reason];
}

const providerFaults: Readonly<Record<string, string>> = {
  access_denied: "You were not signed in, because the provider was told not to.",
  account_not_linked: "There is an account with this address already. Sign in with your password.",
  account_disabled: "This account is disabled.",
  oauth_provider_unavailable: "The provider cannot be reached. Try again in a moment.",
  oauth_identity_mismatch:
    "Somebody else signed in at the provider. Choose the account that you are signed in with here.",
  step_up_required: "The provider did not ask who you are. Sign out there, and try again.",
};

/** Why signing in at a provider failed, in a sentence; most causes are the same to a visitor. */
export function providerFaultText(code: string): string {
  return Object.hasOwn(providerFaults, code)
    ? (providerFaults[code] ?? "")
    : "Signing in at the provider did not work. Try again.";
}

/** What a strategy promises, in a sentence or two. */
export const promises: Readonly<Record<StrategyName, string>> = {
  stateful: "Each request asks the store, so signing out counts from the very next request.",
  stateless:
    "One signed token holds the whole session. Checking it asks no store, and signing out still reaches it within two seconds.",
  hybrid:
    "A short access token is checked without the store, and a refresh token that changes with each use renews it. Signing out counts within two seconds.",
};

/** A strategy's name as a title. */
export function strategyTitle(strategy: StrategyName): string {
  return strategy.charAt(0).toUpperCase() + strategy.slice(1);
}
