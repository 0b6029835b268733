import type {
  AccountRules,
  ProviderLogin,
  ProviderTokens,
  RedirectMethod,
} from "../login/redirect-method.ts";

/** What a provider may have said of somebody. */
export function sampleLogin(more: Partial<ProviderLogin> = {}): ProviderLogin {
  return {
    provider: "acme",
    issuer: "https://acme.example",
    subject: "1",
    email: "ada@example.com",
    emailVerified: true,
    name: "Ada",
    profile: { sub: "1" },
    amr: [],
    acr: null,
    authTime: null,
    providerSid: null,
    idToken: null,
    tokens: { accessToken: "first", refreshToken: null, expiresAt: null, scope: null },
    ...more,
  };
}

/** A provider that is asked nothing but what a test lets it answer. */
export function sampleMethod(
  rules: Partial<AccountRules> = {},
  refresh: (refreshToken: string) => Promise<ProviderTokens | null> = async () => null,
): RedirectMethod {
  const unasked = async (): Promise<never> => {
    throw new Error("Nobody should ask this.");
  };
  return {
    kind: "redirect",
    name: "acme",
    responseMode: "query",
    provesTime: true,
    accounts: { linkByEmail: false, find: null, storeTokens: false, ...rules },
    logout: null,
    begin: unasked,
    complete: unasked,
    refresh,
  };
}
