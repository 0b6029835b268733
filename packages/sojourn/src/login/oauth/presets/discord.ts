import type { LoginMethodFactory } from "../../login-method.ts";
import { type Claims, textOf } from "../claims.ts";
import { OAuthLogin, type OAuthProfile } from "../oauth-login.ts";
import { presetOptions, type PresetOptions } from "./preset-options.ts";

/**
 * Sign-in with Discord: OAuth without OpenID Connect.
 *
 * @see https://docs.discord.com/developers/topics/oauth2
 * @see https://discord.com/.well-known/oauth-authorization-server
 */
export function discord(options: PresetOptions): LoginMethodFactory {
  return (parts) =>
    new OAuthLogin(
      {
        scopes: ["identify", "email"],
        ...presetOptions("discord", options),
        issuer: "https://discord.com",
        authorizationEndpoint: "https://discord.com/api/oauth2/authorize",
        tokenEndpoint: "https://discord.com/api/oauth2/token",
        userinfoEndpoint: "https://discord.com/api/users/@me",
        profile: profileOf,
      },
      parts,
      { interaction: { prompt: "consent" } },
    );
}

function profileOf({ id, email, verified, global_name, username }: Claims): OAuthProfile {
  return {
    subject: textOf(id) ?? "",
    email: textOf(email),
    emailVerified: verified === true,
    name: textOf(global_name) ?? textOf(username),
  };
}
