import type { LoginMethodFactory } from "../../login-method.ts";
import { type Claims, textOf } from "../claims.ts";
import { OAuthLogin, type OAuthProfile } from "../oauth-login.ts";
import { presetOptions, type PresetOptions } from "./preset-options.ts";

/** The options of {@link github}. */
export interface GitHubOptions extends PresetOptions {
  /** Where GitHub Enterprise Server is, such as `https://github.example.com`. Default: github.com. */
  readonly baseUrl?: string;
}

/**
 * Sign-in with GitHub: OAuth without OpenID Connect. The address is the primary one, if GitHub has verified it; that
 * takes a second call.
 *
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 * @see https://docs.github.com/en/apps/github-authentication-discovery-endpoints
 */
export function github({ baseUrl, ...options }: GitHubOptions): LoginMethodFactory {
  const base = (baseUrl ?? "https://github.com").replace(/\/$/, "");
  const api = baseUrl === undefined ? "https://api.github.com" : `${base}/api/v3`;
  return (parts) =>
    new OAuthLogin(
      {
        scopes: ["read:user", "user:email"],
        ...presetOptions("github", options),
        issuer: `${base}/login/oauth`,
        authorizationEndpoint: `${base}/login/oauth/authorize`,
        tokenEndpoint: `${base}/login/oauth/access_token`,
        userinfoEndpoint: `${api}/user`,
        profile: async (user, get) => profileOf(user, await get(`${api}/user/emails`)),
      },
      parts,
      { interaction: { prompt: "select_account" } },
    );
}

interface GitHubEmail {
  readonly email?: unknown;
  readonly primary?: unknown;
  readonly verified?: unknown;
}

function profileOf({ id, login, name }: Claims, emails: unknown): OAuthProfile {
  const listed: readonly GitHubEmail[] = Array.isArray(emails) ? emails : [];
  const primary = listed.find((one) => one.primary === true);
  return {
    // The login can be changed, and be taken by somebody else then.
    subject: typeof id === "number" ? String(id) : "",
    email: textOf(primary?.email),
    emailVerified: primary?.verified === true,
    name: textOf(name) ?? textOf(login),
  };
}
