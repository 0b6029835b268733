import { SojournError } from "../../../domain/errors.ts";
import type { LoginMethodFactory } from "../../login-method.ts";
import { type Claims, type Profile, textOf } from "../claims.ts";
import { OidcLogin } from "../oidc-login.ts";
import { presetOptions, type PresetOptions } from "./preset-options.ts";

/** The options of {@link microsoft}. */
export interface MicrosoftOptions extends PresetOptions {
  /**
   * Who may sign in: one tenant's id, `organizations` (any), `consumers` (personal accounts) or `common` (all of
   * them). Default `common`.
   */
  readonly tenant?: string;
  /** With `common` and `organizations`: the ids of the tenants that may. Default: any. */
  readonly tenants?: readonly string[];
}

/**
 * Sign-in with Microsoft Entra ID and personal Microsoft accounts. Where any tenant may come, each has an issuer of
 * its own, and its administrators write whatever address they like into the `email` claim: it counts as verified only
 * with `xms_edov`, an optional claim that says the domain is theirs.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
 * @see https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
 */
export function microsoft({ tenant = "common", tenants, ...options }: MicrosoftOptions): LoginMethodFactory {
  const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
  const scopes = ["openid", "email", "profile", ...(options.storeTokens === true ? ["offline_access"] : [])];
  const all = { scopes, userinfo: false, ...presetOptions("microsoft", options), issuer, profile: profileOf };
  return (parts) =>
    new OidcLogin(all, parts, {
      admit({ tid }) {
        if (tenants !== undefined && !(typeof tid === "string" && tenants.includes(tid)))
          throw new SojournError("sign_in_denied");
      },
    });
}

function profileOf({ email, name, xms_edov }: Claims): Profile {
  const owns = xms_edov === true || xms_edov === 1 || xms_edov === "1" || xms_edov === "true";
  return { email: textOf(email), emailVerified: owns, name: textOf(name) };
}
