import type { AccessToken } from "./accounts/provider-tokens.ts";
import type { LinkedIdentity } from "./contract/provider-types.ts";
import { SojournError } from "./domain/errors.ts";
import type { LoadProviders } from "./http/provider-parts.ts";

/** What can be done with accounts at providers without a request of their user. */
export interface ProviderAccounts {
  /** Those that a user can sign in with. */
  list(userId: string): Promise<readonly LinkedIdentity[]>;
  /**
   * A token that calls the provider's services for a user, renewed if need be; kept where the provider has `storeTokens`.
   *
   * @returns null if there is none, or it cannot be renewed: the user has to sign in there again.
   * @throws {SojournError} `not_found` for a provider that is none, `oauth_provider_unavailable`, `oauth_provider_error`.
   */
  token(userId: string, provider: string): Promise<AccessToken | null>;
  /** @returns whether the user had it. @throws {SojournError} `last_sign_in_method`. */
  unlink(userId: string, id: string): Promise<boolean>;
  /** Forgets all accounts and tokens of a user; for when you remove them. */
  forget(userId: string): Promise<void>;
}

/** The verbs, for what there is. */
export function accountVerbs(loadProviders: LoadProviders | null): ProviderAccounts {
  return {
    list: async (userId) => (await (await loadProviders?.())?.accounts.identities?.views(userId)) ?? [],
    async token(userId, provider) {
      const providers = await loadProviders?.();
      const method = providers?.methods.find(({ name }) => name === provider);
      if (providers === undefined || method === undefined)
        throw new SojournError("not_found", { detail: `There is no provider called ${provider}.` });
      return providers.accounts.token(method, userId);
    },
    unlink: async (userId, id) =>
      ((await (await loadProviders?.())?.accounts.unlink(userId, id)) ?? null) !== null,
    forget: async (userId) => (await loadProviders?.())?.accounts.forget(userId),
  };
}
