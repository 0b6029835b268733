import { SojournError } from "../../../domain/errors.ts";
import type { LoginMethodFactory } from "../../login-method.ts";
import { OidcLogin } from "../oidc-login.ts";
import { presetOptions, type PresetOptions } from "./preset-options.ts";

/** The options of {@link google}. */
export interface GoogleOptions extends PresetOptions {
  /** Let in only whose account this Google Workspace domain manages. */
  readonly hostedDomain?: string;
}

/**
 * Sign-in with Google. Of an address that ends in `gmail.com`, or of a Workspace (`hd`), Google's word is the owner's;
 * any other was verified once, when the account was made.
 *
 * @see https://developers.google.com/identity/openid-connect/reference
 */
export function google({ hostedDomain, ...options }: GoogleOptions): LoginMethodFactory {
  const authorizationParams = {
    // The only way to a refresh token; Google does not know the scope offline_access.
    ...(options.storeTokens === true ? { access_type: "offline" } : {}),
    // A hint for Google's page. What counts is the claim.
    ...(hostedDomain === undefined ? {} : { hd: hostedDomain }),
    ...options.authorizationParams,
  };
  const all = {
    ...presetOptions("google", options),
    authorizationParams,
    issuer: "https://accounts.google.com",
  };
  return (parts) =>
    new OidcLogin(all, parts, {
      provesTime: false,
      admit({ hd }) {
        if (hostedDomain !== undefined && hd !== hostedDomain) throw new SojournError("sign_in_denied");
      },
    });
}
