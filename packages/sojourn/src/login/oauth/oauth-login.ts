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
import { asJson, type Claims, type Profile, settled } from "./claims.ts";
import { clientAuthOf } from "./client-auth.ts";
import { accountRules } from "./oidc-login.ts";
import { ProviderClient } from "./provider-client.ts";
import { atProvider } from "./provider-failure.ts";
import { boundedFetch } from "./provider-fetch.ts";
import { checkProvider, isLoopback, type ProviderOptions, providerUrl } from "./provider-options.ts";

/** Who signed in, as a provider without OpenID Connect tells it. */
export interface OAuthProfile extends Profile {
  /** The provider's id of this person, which never changes and is never given to anybody else. Not an address, not a name. */
  readonly subject: string;
}

/** The options of {@link oauth}. */
export interface OAuthOptions extends ProviderOptions {
  /** Stands in the URLs, as in `/sign-in/acme`, and in `session.method`. */
  readonly name: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Answers with JSON that says who signed in. */
  readonly userinfoEndpoint: string;
  /**
   * Reads that JSON.
   *
   * @param get further JSON that the access token opens.
   */
  readonly profile: (
    userinfo: Claims,
    get: (url: string) => Promise<unknown>,
  ) => OAuthProfile | Promise<OAuthProfile>;
  /** What the provider calls itself in the `iss` of its answers (RFC 9207). Default: not looked at. */
  readonly issuer?: string;
}

/** What only presets say. */
export interface OAuthTraits {
  /** What makes the provider let the person do something before it sends them back. */
  readonly interaction?: Readonly<Record<string, string>>;
}

const own = ["name", "authorizationEndpoint", "tokenEndpoint", "userinfoEndpoint", "profile", "issuer"];

/** Sign-in at a provider that speaks OAuth without OpenID Connect: its own API says who signed in. */
export class OAuthLogin implements RedirectMethod {
  readonly kind = "redirect";
  readonly name: string;
  readonly responseMode = "query";
  readonly provesTime = false;
  readonly accounts: AccountRules;
  /** Without an ID token the provider names no session of its own. */
  readonly logout = null;
  readonly #options: OAuthOptions;
  readonly #traits: OAuthTraits;
  readonly #issuer: string;
  readonly #userinfo: URL;
  readonly #client: ProviderClient;

  /** @throws {SojournError} `config_invalid`. */
  constructor(options: OAuthOptions, { clock, random }: LoginParts, traits: OAuthTraits = {}) {
    const { name, clientId } = options;
    checkProvider(name, { ...options }, own);
    if (typeof options.profile !== "function")
      throw new SojournError("config_invalid", {
        detail: `${name}: profile must be a function that reads who signed in.`,
      });
    const authorization = providerUrl(name, "authorizationEndpoint", options.authorizationEndpoint);
    const token = providerUrl(name, "tokenEndpoint", options.tokenEndpoint);
    this.name = name;
    this.accounts = accountRules(options);
    this.#options = options;
    this.#traits = traits;
    this.#issuer = options.issuer ?? authorization.origin;
    this.#userinfo = providerUrl(name, "userinfoEndpoint", options.userinfoEndpoint);
    this.#client = new ProviderClient({
      clientId,
      server: {
        issuer: this.#issuer,
        authorization_endpoint: authorization.href,
        token_endpoint: token.href,
      },
      auth: clientAuthOf(options),
      insecure: isLoopback(token),
      fetch: boundedFetch(options.fetch ?? fetch, clock),
      clock,
      random,
    });
  }

  begin({ redirectUri, interactive }: RedirectRequest): Promise<RedirectStart> {
    const { authorizationParams, scopes = [] } = this.#options;
    return atProvider(this.name, () =>
      this.#client.start({
        ...(interactive ? this.#traits.interaction : {}),
        ...authorizationParams,
        redirect_uri: redirectUri,
        ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
      }),
    );
  }

  complete(answer: RedirectAnswer): Promise<ProviderLogin> {
    return atProvider(this.name, async () => {
      if (answer.authenticatedSince !== null) throw new SojournError("step_up_required");
      const parameters = new URLSearchParams(answer.parameters);
      // A provider may begin to name itself at any time. Each has a redirect URI of its own here, so its answer
      // cannot be taken for another's (RFC 9700 §4.4.2.2).
      if (this.#options.issuer === undefined) parameters.delete("iss");
      const tokens = await this.#client.exchange({ ...answer, parameters }, null);
      const get = (url: URL): Promise<unknown> => this.#client.getJson(tokens.access_token, url);
      const userinfo = asJson(await get(this.#userinfo));
      const { subject, ...profile } = await this.#options.profile(userinfo, (url) => get(new URL(url)));
      if (typeof subject !== "string" || subject === "" || subject.length > 255)
        throw new Error("The provider does not tell who signed in.");
      return {
        provider: this.name,
        issuer: this.#issuer,
        subject,
        ...settled(profile),
        profile: userinfo,
        amr: [],
        acr: null,
        authTime: null,
        providerSid: null,
        idToken: null,
        tokens: this.#client.tokensOf(tokens, null),
      };
    });
  }

  refresh(refreshToken: string): Promise<ProviderTokens | null> {
    return atProvider(this.name, () => this.#client.refresh(refreshToken));
  }
}
