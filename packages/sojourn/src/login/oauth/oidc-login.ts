import { SojournError } from "../../domain/errors.ts";
import type { LoginParts } from "../login-method.ts";
import type {
  AccountRules,
  ProviderLogin,
  ProviderTokens,
  RedirectAnswer,
  RedirectMethod,
  RedirectRequest,
  RedirectStart,
} from "../redirect-method.ts";
import {
  asJson,
  authTimeOf,
  type Claims,
  isSince,
  methodsOf,
  type Profile,
  settled,
  standardProfile,
  textOf,
} from "./claims.ts";
import { clientAuthOf, type MakeClientAuth } from "./client-auth.ts";
import { OidcLogout } from "./oidc-logout.ts";
import { ProviderClient, type TokenAnswer } from "./provider-client.ts";
import { atProvider } from "./provider-failure.ts";
import { boundedFetch } from "./provider-fetch.ts";
import { ProviderKeys } from "./provider-keys.ts";
import { checkProvider, isLoopback, type ProviderOptions, providerUrl } from "./provider-options.ts";

/** The options of {@link oidc}. */
export interface OidcOptions extends ProviderOptions {
  /** Stands in the URLs, as in `/sign-in/acme`, and in `session.method`. */
  readonly name: string;
  /** The provider's issuer identifier; its metadata is looked up below it. */
  readonly issuer: string;
  /**
   * Whether to ask the userinfo endpoint as well. Default: if `email` is among the scopes and no address is in the
   * ID token.
   */
  readonly userinfo?: boolean;
  /** Whether signing out here always goes on at the provider. Default false: only where the sign-out asks for it. */
  readonly logout?: boolean;
  /** Default `query`. With `form_post` the app must be reached over HTTPS. */
  readonly responseMode?: "query" | "form_post";
  /** Reads the provider's claims. Default: as OpenID Connect has them. */
  readonly profile?: (claims: Claims) => Profile;
}

/** What only presets say. */
export interface OidcTraits {
  readonly auth?: MakeClientAuth;
  /** Reads what came back with the code beside what is signed; null for what tells nothing. */
  readonly unsigned?: (parameters: URLSearchParams) => Partial<Pick<Profile, "name">>;
  /** Whether ID tokens say when the provider asked who is there. Default true. */
  readonly provesTime?: boolean;
  /** Refuses some of those whom the provider signs in. @throws {SojournError} `sign_in_denied`. */
  readonly admit?: (claims: Claims) => void;
}

const defaultScopes = ["openid", "email", "profile"];

/** Sign-in at an OpenID provider (OpenID Connect Core 1.0 §3.1). */
export class OidcLogin implements RedirectMethod {
  readonly kind = "redirect";
  readonly name: string;
  readonly responseMode: "query" | "form_post";
  readonly provesTime: boolean;
  readonly accounts: AccountRules;
  readonly logout: OidcLogout;
  readonly #options: OidcOptions;
  readonly #traits: OidcTraits;
  readonly #scopes: readonly string[];
  readonly #parts: LoginParts;
  readonly #client: ProviderClient;
  readonly #keys: ProviderKeys;

  /** @throws {SojournError} `config_invalid`. */
  constructor(options: OidcOptions, parts: LoginParts, traits: OidcTraits = {}) {
    const { name, clientId, responseMode = "query" } = options;
    checkProvider(name, { ...options }, ["name", "issuer", "userinfo", "logout", "responseMode", "profile"]);
    if (responseMode !== "query" && responseMode !== "form_post")
      throw new SojournError("config_invalid", {
        detail: `${name}: responseMode must be "query" or "form_post".`,
      });
    if (typeof (options.logout ?? false) !== "boolean")
      throw new SojournError("config_invalid", { detail: `${name}: logout must be true or false.` });
    const server = providerUrl(name, "issuer", options.issuer);
    this.name = name;
    this.responseMode = responseMode;
    this.provesTime = traits.provesTime ?? true;
    this.accounts = accountRules(options);
    this.#options = options;
    this.#traits = traits;
    this.#scopes = [...new Set(["openid", ...(options.scopes ?? defaultScopes)])];
    this.#parts = parts;
    const { clock, random } = parts;
    const bounded = boundedFetch(options.fetch ?? fetch, clock);
    const auth = traits.auth ?? clientAuthOf(options);
    const insecure = isLoopback(server);
    this.#client = new ProviderClient({ clientId, server, auth, insecure, fetch: bounded, clock, random });
    this.#keys = new ProviderKeys(bounded, clock);
    const { logout: always = false } = options;
    const sides = { client: this.#client, keys: this.#keys };
    this.logout = new OidcLogout({ name, issuer: server, clientId, always, clock, ...sides });
  }

  begin({ redirectUri, reauthenticate, interactive, loginHint }: RedirectRequest): Promise<RedirectStart> {
    return atProvider(this.name, () =>
      this.#client.start({
        ...(interactive ? { prompt: "select_account" } : {}),
        ...this.#options.authorizationParams,
        redirect_uri: redirectUri,
        scope: this.#scopes.join(" "),
        ...(this.responseMode === "query" ? {} : { response_mode: this.responseMode }),
        ...(reauthenticate ? { prompt: "login", max_age: "0" } : {}),
        ...(loginHint === null ? {} : { login_hint: loginHint }),
      }),
    );
  }

  complete(answer: RedirectAnswer): Promise<ProviderLogin> {
    return atProvider(this.name, async () => {
      const tokens = await this.#client.exchange(answer, answer.checks.nonce);
      const claims = await this.#verified(tokens);
      const login = this.#loginOf(tokens, claims, await this.#profileOf(tokens, claims, answer.parameters));
      if (answer.authenticatedSince !== null && !isSince(login.authTime, answer.authenticatedSince))
        throw new SojournError("step_up_required");
      return login;
    });
  }

  refresh(refreshToken: string): Promise<ProviderTokens | null> {
    return atProvider(this.name, () => this.#client.refresh(refreshToken));
  }

  /** The claims of the ID token, once its signature is seen to be the provider's. */
  async #verified(tokens: TokenAnswer): Promise<Claims & { readonly iss: string; readonly sub: string }> {
    const claims = tokens.claims();
    const { jwks_uri } = await this.#client.metadata();
    if (claims === undefined || tokens.id_token === undefined || jwks_uri === undefined)
      throw new Error("The provider sent no ID token, or does not say what it signs with.");
    await this.#keys.verify(tokens.id_token, jwks_uri);
    this.#traits.admit?.(claims);
    return claims;
  }

  async #profileOf(tokens: TokenAnswer, claims: Claims & { readonly sub: string }, came: URLSearchParams) {
    const { userinfo, profile = standardProfile } = this.#options;
    const asks = userinfo ?? (this.#scopes.includes("email") && claims["email"] === undefined);
    const { userinfo_endpoint } = await this.#client.metadata();
    const more =
      asks && userinfo_endpoint !== undefined
        ? await this.#client.userInfo(tokens.access_token, claims.sub)
        : {};
    // What is signed goes first; and an address is never paired with somebody else's word that it is verified.
    const { email, email_verified, ...others } = more;
    const address = claims["email"] === undefined ? { email, email_verified } : {};
    const all: Claims = { ...others, ...address, ...claims };
    return { all, profile: settled({ ...profile(all), ...this.#traits.unsigned?.(came) }) };
  }

  #loginOf(
    tokens: TokenAnswer,
    claims: Claims & { readonly iss: string; readonly sub: string },
    { all, profile }: { readonly all: Claims; readonly profile: Profile },
  ): ProviderLogin {
    return {
      provider: this.name,
      issuer: claims.iss,
      subject: claims.sub,
      ...profile,
      profile: asJson(all),
      amr: methodsOf(claims["amr"]),
      acr: textOf(claims["acr"])?.slice(0, 255) ?? null,
      authTime: authTimeOf(claims["auth_time"], this.#parts.clock.now()),
      providerSid: textOf(claims["sid"]),
      idToken: tokens.id_token ?? null,
      tokens: this.#client.tokensOf(tokens, null),
    };
  }
}

/** Whose account a provider's becomes, as the options say. */
export function accountRules({ linkByEmail, account, storeTokens }: ProviderOptions): AccountRules {
  return { linkByEmail: linkByEmail ?? false, find: account ?? null, storeTokens: storeTokens ?? false };
}
