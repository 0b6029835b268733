import type {
  Configuration,
  CustomFetch,
  ServerMetadata,
  TokenEndpointResponse,
  TokenEndpointResponseHelpers,
} from "openid-client";
import { digest } from "../../crypto/digest.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import type { ProviderTokens, RedirectAnswer, RedirectChecks, RedirectStart } from "../redirect-method.ts";
import type { Library, MakeClientAuth } from "./client-auth.ts";
import { skewOf } from "./clock.ts";
import type { ProviderFetch } from "./provider-fetch.ts";
import { oauthErrorOf } from "./provider-failure.ts";
import { isLoopback } from "./provider-options.ts";

/** What the token endpoint answered, checked. */
export type TokenAnswer = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** What a client is made of. */
export interface ProviderClientParts {
  readonly clientId: string;
  /** The issuer whose metadata is looked up, or the metadata. */
  readonly server: URL | ServerMetadata;
  readonly auth: MakeClientAuth;
  /** Whether HTTP will do, on this machine. */
  readonly insecure: boolean;
  readonly fetch: ProviderFetch;
  readonly clock: Clock;
  readonly random: Random;
}

/** openid-client, set up for one provider. */
interface Setup {
  readonly library: Library;
  readonly config: Configuration;
  readonly freshUntil: number;
  readonly skew: number;
}

/** How long metadata is taken as it was found, in ms; and how long until the next look for it fails again. */
const life = 3_600_000;
const retryAfter = 60_000;
/** A difference of the clocks, in s, that the library's tolerance of 30 s takes in its stride. */
const bearableSkew = 5;

/** The protocol with one provider: OAuth 2.1's code flow as openid-client speaks it, and nothing of what is made of it. */
export class ProviderClient {
  readonly #parts: ProviderClientParts;
  #setup: Setup | null = null;
  #pending: Promise<Setup> | null = null;

  constructor(parts: ProviderClientParts) {
    this.#parts = parts;
  }

  /** What the provider says of itself. */
  async metadata(): Promise<Readonly<ServerMetadata>> {
    return (await this.#ready()).config.serverMetadata();
  }

  /** Where to send the browser, with a state, a nonce and a code verifier of its own. */
  async start(parameters: Readonly<Record<string, string>>): Promise<RedirectStart> {
    const { library, config } = await this.#ready();
    const secret = (): string => Buffer.from(this.#parts.random.bytes(32)).toString("base64url");
    const checks: RedirectChecks = { state: secret(), nonce: secret(), verifier: secret() };
    const url = library.buildAuthorizationUrl(config, {
      ...parameters,
      state: checks.state,
      code_challenge: digest("sha256", checks.verifier, "base64url"),
      code_challenge_method: "S256",
      ...(parameters["scope"]?.split(" ").includes("openid") ? { nonce: checks.nonce } : {}),
    });
    return { url: url.href, checks };
  }

  /**
   * Turns the code that came back into tokens. With `nonce` an ID token must come with them, whose every claim is
   * held to OpenID Connect Core §3.1.3.7; its signature is another matter.
   */
  async exchange(answer: RedirectAnswer, nonce: string | null): Promise<TokenAnswer> {
    const { library, config } = await this.#ready();
    const { redirectUri, parameters, checks } = answer;
    const returned = new URL(redirectUri);
    returned.search = parameters.toString();
    return library.authorizationCodeGrant(config, returned, {
      expectedState: checks.state,
      pkceCodeVerifier: checks.verifier,
      ...(nonce === null ? {} : { expectedNonce: nonce, idTokenExpected: true }),
    });
  }

  /** Fresh tokens; null if the refresh token is not good any more. */
  async refresh(refreshToken: string): Promise<ProviderTokens | null> {
    const { library, config } = await this.#ready();
    try {
      const answer = await library.refreshTokenGrant(config, refreshToken);
      return this.tokensOf(answer, refreshToken);
    } catch (error) {
      if (oauthErrorOf(error) === "invalid_grant") return null;
      throw error;
    }
  }

  /** The claims at the userinfo endpoint, which must be about `subject`. */
  async userInfo(accessToken: string, subject: string): Promise<Readonly<Record<string, unknown>>> {
    const { library, config } = await this.#ready();
    return library.fetchUserInfo(config, accessToken, subject);
  }

  /** A JSON document that the access token opens. */
  async getJson(accessToken: string, url: URL): Promise<unknown> {
    const { library, config } = await this.#ready();
    const accept = new Headers({ accept: "application/json" });
    const response = await library.fetchProtectedResource(config, accessToken, url, "GET", null, accept);
    if (response.status === 200) return response.json();
    throw new Error("The provider does not tell who signed in.", { cause: response });
  }

  /** The provider's page for signing out (RP-Initiated Logout 1.0 §2); null if it has none. */
  async endSessionUrl(parameters: Readonly<Record<string, string>>): Promise<string | null> {
    const { library, config } = await this.#ready();
    const { end_session_endpoint: page } = config.serverMetadata();
    if (page === undefined || !URL.canParse(page)) return null;
    // The browser is sent there: whatever the metadata says, it is no script.
    if (new URL(page).protocol !== "https:" && !isLoopback(new URL(page))) return null;
    return library.buildEndSessionUrl(config, parameters).href;
  }

  /** What an app may want to keep. A provider that sends no new refresh token means the old one to stay. */
  tokensOf(answer: TokenAnswer, refreshToken: string | null): ProviderTokens {
    const { access_token, refresh_token, expires_in, scope } = answer;
    return {
      accessToken: access_token,
      refreshToken: refresh_token ?? refreshToken,
      expiresAt: expires_in === undefined ? null : this.#parts.clock.now() + expires_in * 1000,
      scope: scope ?? null,
    };
  }

  async #ready(): Promise<Setup> {
    const { clock } = this.#parts;
    const setup = this.#setup;
    const isFresh = setup !== null && clock.now() < setup.freshUntil;
    if (isFresh && Math.abs(skewOf(clock) - setup.skew) <= bearableSkew) return setup;
    this.#pending ??= this.#setUp().finally(() => {
      this.#pending = null;
    });
    try {
      return await this.#pending;
    } catch (error) {
      if (setup === null) throw error;
      // What it said an hour ago is better than nothing.
      this.#setup = { ...setup, skew: skewOf(clock), freshUntil: clock.now() + retryAfter };
      return setup;
    }
  }

  async #setUp(): Promise<Setup> {
    const { server, clientId, auth, insecure, fetch, clock } = this.#parts;
    const library = await import("openid-client");
    const skew = skewOf(clock);
    const client = { [library.clockSkew]: skew };
    const call: CustomFetch = (url, init) => fetch(url, init as RequestInit);
    const execute = insecure ? [httpAllowedIn(library)] : [];
    let config: Configuration;
    if (server instanceof URL) {
      const options = { execute, [library.customFetch]: call };
      config = await library.discovery(server, clientId, client, await auth(library), options);
    } else {
      config = new library.Configuration(server, clientId, client, await auth(library));
      config[library.customFetch] = call;
      for (const extend of execute) extend(config);
    }
    this.#setup = { library, config, skew, freshUntil: clock.now() + life };
    return this.#setup;
  }
}

/** It is struck through in editors, lest anybody use it lightly. Here the options have seen that nobody but this machine listens. */
function httpAllowedIn(library: Library): (config: Configuration) => void {
  return Reflect.get(library, "allowInsecureRequests") as (config: Configuration) => void;
}
