import type { LoginMethodFactory } from "../login-method.ts";
import { OAuthLogin, type OAuthOptions } from "./oauth-login.ts";
import { OidcLogin, type OidcOptions } from "./oidc-login.ts";

export type { AccountFinder, AccountQuestion } from "../redirect-method.ts";
export type { Claims, Profile } from "./claims.ts";
export type { OAuthOptions, OAuthProfile } from "./oauth-login.ts";
export type { OidcOptions } from "./oidc-login.ts";
export type { ProviderFetch } from "./provider-fetch.ts";
export { apple, type AppleOptions } from "./presets/apple.ts";
export { discord } from "./presets/discord.ts";
export { github, type GitHubOptions } from "./presets/github.ts";
export { gitlab, type GitLabOptions } from "./presets/gitlab.ts";
export { google, type GoogleOptions } from "./presets/google.ts";
export { microsoft, type MicrosoftOptions } from "./presets/microsoft.ts";
export type { PresetOptions } from "./presets/preset-options.ts";
export type { ClientAuth, ClientKey, ProviderOptions } from "./provider-options.ts";

/** Sign-in at any OpenID provider, whose metadata is looked up at its issuer. */
export function oidc(options: OidcOptions): LoginMethodFactory {
  return (parts) => new OidcLogin(options, parts);
}

/** Sign-in at a provider that speaks OAuth 2 without OpenID Connect. */
export function oauth(options: OAuthOptions): LoginMethodFactory {
  return (parts) => new OAuthLogin(options, parts);
}
