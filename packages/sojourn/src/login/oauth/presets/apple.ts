import { SojournError } from "../../../domain/errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { LoginMethodFactory } from "../../login-method.ts";
import { type Profile, textOf } from "../claims.ts";
import type { MakeClientAuth } from "../client-auth.ts";
import { OidcLogin } from "../oidc-login.ts";
import { presetOptions, type PresetOptions } from "./preset-options.ts";

/** The options of {@link apple}. */
export interface AppleOptions extends Omit<PresetOptions, "clientSecret" | "clientAuth" | "clientKey"> {
  /** Of your Apple Developer account. */
  readonly teamId: string;
  /** Of the key for Sign in with Apple. */
  readonly keyId: string;
  /** That key: the content of the `.p8` file. */
  readonly privateKey: string;
}

const issuer = "https://appleid.apple.com";
/** Apple takes half a year; but one is made for each call anyway. */
const secretLife = 300;

/**
 * Sign-in with Apple. The client's secret is a token that the app signs itself; the answer comes as a form; and the name
 * is told once, with the very first sign-in, beside what is signed.
 *
 * @see https://developer.apple.com/documentation/signinwithapplerestapi
 */
export function apple({ teamId, keyId, privateKey, ...options }: AppleOptions): LoginMethodFactory {
  for (const [option, value] of Object.entries({ teamId, keyId, privateKey })) {
    if (typeof value !== "string" || value === "")
      throw new SojournError("config_invalid", { detail: `apple: ${option} is missing.` });
  }
  const all = {
    scopes: ["openid", "email", "name"],
    ...presetOptions("apple", options),
    issuer,
    responseMode: "form_post",
  } as const;
  return (parts) => {
    const secret = (): Promise<string> =>
      clientSecret({ teamId, keyId, privateKey }, options.clientId, parts.clock);
    return new OidcLogin(all, parts, { auth: signedSecret(secret), unsigned: nameOf });
  };
}

/** A new secret with each call: openid-client waits for what authenticates the client, though its types do not say so. */
function signedSecret(secret: () => Promise<string>): MakeClientAuth {
  return async ({ ClientSecretPost }) =>
    async (server, client, body, headers) => {
      ClientSecretPost(await secret())(server, client, body, headers);
    };
}

async function clientSecret(
  { teamId, keyId, privateKey }: Pick<AppleOptions, "teamId" | "keyId" | "privateKey">,
  clientId: string,
  clock: Clock,
): Promise<string> {
  const { importPKCS8, SignJWT } = await import("jose");
  const now = Math.floor(clock.now() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: keyId })
    .setIssuer(teamId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setIssuedAt(now)
    .setExpirationTime(now + secretLife)
    .sign(await importPKCS8(privateKey, "ES256"));
}

/** The browser posts it, so it may have been changed on the way: good enough for a name, and for nothing else. */
function nameOf(posted: URLSearchParams): Partial<Pick<Profile, "name">> {
  try {
    const { name } = JSON.parse(posted.get("user") ?? "") as {
      readonly name?: { readonly firstName?: unknown; readonly lastName?: unknown };
    };
    const told = [name?.firstName, name?.lastName].filter((part) => textOf(part) !== null).join(" ");
    return told === "" ? {} : { name: told };
  } catch {
    return {};
  }
}
