import type * as OpenIdClient from "openid-client";
import type { ProviderOptions } from "./provider-options.ts";

/** openid-client, loaded. */
export type Library = typeof OpenIdClient;

/** Makes what authenticates the app at the token endpoint. Asked once for each set of metadata. */
export type MakeClientAuth = (library: Library) => Promise<OpenIdClient.ClientAuth>;

/** How the options say that the app authenticates. */
export function clientAuthOf(options: ProviderOptions): MakeClientAuth {
  const { clientSecret, clientKey } = options;
  const chosen =
    options.clientAuth ?? (clientKey === undefined ? (clientSecret === undefined ? "none" : "post") : null);
  return async (library) => {
    if (chosen === "none") return library.None();
    if (chosen === "basic") return library.ClientSecretBasic(clientSecret);
    if (chosen === "post" || clientKey === undefined) return library.ClientSecretPost(clientSecret);
    const { importPKCS8 } = await import("jose");
    const key = await importPKCS8(clientKey.privateKey, clientKey.alg);
    return library.PrivateKeyJwt(clientKey.kid === undefined ? key : { key, kid: clientKey.kid });
  };
}
