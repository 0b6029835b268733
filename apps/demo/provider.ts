import type { LoginMethodFactory } from "sojourn";
import { oidc } from "sojourn/oauth";

/** An OpenID provider that the demo lets people sign in at, if its surroundings name one. */
export interface DemoProvider {
  /** As its button says it. */
  readonly title: string;
  readonly method: LoginMethodFactory;
}

/** How the provider is called in URLs; its redirect URI ends in `/auth/callback/provider`. */
const name = "provider";

/** Reads it from `OIDC_ISSUER`, `OIDC_CLIENT_ID` and, if there are such, `OIDC_CLIENT_SECRET` and `OIDC_TITLE`. */
export function providerFrom(env: Readonly<Record<string, string | undefined>>): DemoProvider | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = env;
  if (issuer === undefined || clientId === undefined) return null;
  const title = env["OIDC_TITLE"] ?? (URL.canParse(issuer) ? new URL(issuer).hostname : issuer);
  return { title, method: oidc({ name, issuer, clientId, clientSecret }) };
}
