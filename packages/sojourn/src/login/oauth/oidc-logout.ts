import type { Clock } from "../../ports/clock.ts";
import type { LogoutNotice, LogoutRequest, ProviderLogout } from "../redirect-method.ts";
import { readLogoutToken, refused } from "./logout-token.ts";
import type { ProviderClient } from "./provider-client.ts";
import { atProvider } from "./provider-failure.ts";
import type { ProviderKeys } from "./provider-keys.ts";

/** What it is made of. */
export interface OidcLogoutParts {
  readonly name: string;
  readonly issuer: URL;
  readonly clientId: string;
  /** Whether signing out here always goes on there. */
  readonly always: boolean;
  readonly client: ProviderClient;
  readonly keys: ProviderKeys;
  readonly clock: Clock;
}

/** Many servers take no request line that is longer, and the hint is what makes it long. */
const longestUrl = 6000;

/** Signing out together with an OpenID provider: when it says so, and when we do. */
export class OidcLogout implements ProviderLogout {
  readonly always: boolean;
  readonly #parts: OidcLogoutParts;

  constructor(parts: OidcLogoutParts) {
    this.always = parts.always;
    this.#parts = parts;
  }

  judge(token: string): Promise<LogoutNotice> {
    const { name, issuer, clientId, client, clock } = this.#parts;
    return atProvider(name, async () => {
      // Before anybody is asked anything: what is not even meant for us costs no request.
      const notice = readLogoutToken(token, { clientId, now: clock.now() });
      if (withoutSlash(notice.issuer) !== withoutSlash(issuer.href)) throw refused("it is of another issuer");
      const provider = await client.metadata();
      if (notice.issuer !== provider.issuer) throw refused("it is of another issuer");
      if (provider.jwks_uri === undefined) throw new Error("The provider does not say what it signs with.");
      await this.#verify(token, provider.jwks_uri);
      return notice;
    });
  }

  page({ idToken, returnUri, state }: LogoutRequest): Promise<string | null> {
    const { name, client } = this.#parts;
    return atProvider(name, async () => {
      const parameters = { post_logout_redirect_uri: returnUri, state };
      const bare = await client.endSessionUrl(parameters);
      if (bare === null || idToken === null) return bare;
      const hinted = await client.endSessionUrl({ ...parameters, id_token_hint: idToken });
      // Without the hint the provider asks who is there, and whether they mean it.
      return hinted !== null && hinted.length <= longestUrl ? hinted : bare;
    });
  }

  async #verify(token: string, uri: string): Promise<void> {
    const { errors } = await import("jose");
    try {
      await this.#parts.keys.verify(token, uri);
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refused("it is not signed by this provider");
      throw error;
    }
  }
}

/** Only whether it ends in a slash is lost where an issuer is taken for a URL. */
function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, "");
}
