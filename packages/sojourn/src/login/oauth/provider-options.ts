import { SojournError } from "../../domain/errors.ts";
import { invalidOption, refuseUnknown } from "../../domain/options.ts";
import type { AccountFinder } from "../redirect-method.ts";
import type { ProviderFetch } from "./provider-fetch.ts";

/** How the app proves at the token endpoint that it is this client (RFC 6749 §2.3, RFC 7523 §2.2). */
export type ClientAuth = "post" | "basic" | "none" | "private_key_jwt";

/** A key of the app's, for `private_key_jwt`. */
export interface ClientKey {
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
  readonly alg: "ES256" | "EdDSA" | "PS256" | "RS256";
  /** The id under which the provider knows its public half. */
  readonly kid?: string;
}

/** What every provider takes. */
export interface ProviderOptions {
  /** The provider's id of your app. */
  readonly clientId: string;
  /** Absent for a public client, which PKCE alone protects. */
  readonly clientSecret?: string | undefined;
  /** Default: `private_key_jwt` with a `clientKey`, `post` with a secret, else `none`. */
  readonly clientAuth?: ClientAuth;
  readonly clientKey?: ClientKey;
  /** What is asked for, in place of the default. */
  readonly scopes?: readonly string[];
  /** More to send along, such as `{ prompt: "select_account" }`. */
  readonly authorizationParams?: Readonly<Record<string, string>>;
  /**
   * Whether somebody whose address is verified by the provider gets into the account that has this address, if it
   * is verified there too. Only for providers who let nobody have an address that is not theirs. Default false.
   */
  readonly linkByEmail?: boolean;
  /** Your own users: who signs in here? Default: accounts are linked and made in Sojourn's own directory. */
  readonly account?: AccountFinder;
  /** Keep the provider's tokens, sealed, for `auth.accounts.token`. Default false. */
  readonly storeTokens?: boolean;
  /** For a proxy, or for tests. */
  readonly fetch?: ProviderFetch;
}

const known = new Set<keyof ProviderOptions>([
  "clientId",
  "clientSecret",
  "clientAuth",
  "clientKey",
  "scopes",
  "authorizationParams",
  "linkByEmail",
  "account",
  "storeTokens",
  "fetch",
]);
/** What the library sets: each of these would undo a protection, or the answer's way back. */
const reserved: ReadonlySet<string> = new Set([
  "client_id",
  "code_challenge",
  "code_challenge_method",
  "nonce",
  "redirect_uri",
  "request",
  "request_uri",
  "response_mode",
  "response_type",
  "scope",
  "state",
]);
const methods: readonly ClientAuth[] = ["post", "basic", "none", "private_key_jwt"];

/**
 * Refuses what cannot work, with what to do instead.
 *
 * @param more the options of this provider beyond the common ones.
 * @throws {SojournError} `config_invalid`.
 */
export function checkProvider(
  name: string,
  options: ProviderOptions & { readonly [option: string]: unknown },
  more: readonly string[],
): void {
  const fault = (detail: string): SojournError => invalidOption(`${name}: ${detail}`);
  if (!/^[a-z0-9_-]{1,64}$/.test(name) || name === "password")
    throw fault('name must be 1 to 64 of a-z, 0-9, "-" and "_", and not "password".');
  refuseUnknown(`${name}: `, options, [...known, ...more]);
  const { clientId, clientSecret, clientKey, clientAuth, authorizationParams = {} } = options;
  if (typeof clientId !== "string" || clientId === "")
    throw fault("clientId is missing. The provider gives you one when you register the app.");
  if (clientSecret !== undefined && (typeof clientSecret !== "string" || clientSecret === ""))
    throw fault("clientSecret is empty. Leave it out for a public client.");
  if (clientAuth !== undefined && !methods.includes(clientAuth))
    throw fault(`clientAuth must be one of ${methods.join(", ")}.`);
  if ((clientAuth === "post" || clientAuth === "basic") && clientSecret === undefined)
    throw fault(`clientAuth "${clientAuth}" needs a clientSecret.`);
  if (clientAuth === "private_key_jwt" && clientKey === undefined)
    throw fault('clientAuth "private_key_jwt" needs a clientKey.');
  for (const parameter of Object.keys(authorizationParams))
    if (reserved.has(parameter)) throw fault(`authorizationParams must not set ${parameter}.`);
}

/**
 * An address of a provider: HTTPS, or HTTP on this machine for development.
 *
 * @throws {SojournError} `config_invalid`.
 */
export function providerUrl(name: string, option: string, text: unknown): URL {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === "https:" || isLoopback(url)) && url.hash === "") return url;
  throw new SojournError("config_invalid", {
    detail: `${name}: ${option} must be an https URL, but is ${JSON.stringify(text) ?? "missing"}.`,
  });
}

/** Whether nobody but this machine hears what is sent there. */
export function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
