import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { startProvider, testClient, type TestProvider } from "../login/oauth/openid-provider.fixture.ts";
import type { OidcOptions } from "../login/oauth/index.ts";
import { ProviderVisitor } from "../login/oauth/provider-visitor.fixture.ts";
import type { Browser } from "./browser.fixture.ts";
import { origin, type Site, type SiteOptions } from "./http-test-kit.fixture.ts";
import { providerSite, signInAt } from "./provider-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout";
/** A client of the provider that is told the subject only, never the session. */
export const subjectClientId = "told-the-subject";

/** A real provider that sends its logout tokens to the site of the moment. */
export interface LogoutProvider extends TestProvider {
  /** What it signs with, for tokens that it would never make. */
  readonly key: KeyObject;
  /** The logout tokens that it has sent, with what they were answered. */
  readonly sent: { readonly token: string; readonly reply: Reply }[];
  /** Where they go; null loses them on the way. */
  site: Site | null;
}

/** Starts it. */
export async function startLogoutProvider(): Promise<LogoutProvider> {
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const sent: LogoutProvider["sent"] = [];
  const client = {
    ...testClient(origin),
    backchannel_logout_uri: `${origin}/auth/backchannel-logout/acme`,
    post_logout_redirect_uris: [`${origin}/auth/signed-out/acme`],
  };
  const provider = await startProvider({
    clients: [
      { ...client, backchannel_logout_session_required: true },
      { ...client, client_id: subjectClientId },
    ],
    configuration: {
      jwks: { keys: [{ ...key.export({ format: "jwk" }), kid: "known", use: "sig", alg: "RS256" }] },
      features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
      fetch: async (url, init = {}) => {
        const { site } = logout;
        if (site === null) return new Response(null, { status: 200 });
        const { dispatcher: _none, ...rest } = init as RequestInit & { readonly dispatcher?: unknown };
        const request = new Request(url, rest);
        const token = new URLSearchParams(await request.clone().text()).get("logout_token") ?? "";
        const reply = await site.send(request, { ip: "192.0.2.9" });
        sent.push({ token, reply });
        return reply.response.clone();
      },
    },
  });
  const logout: LogoutProvider = Object.assign(provider, { key, sent, site: null });
  for (const [id, name] of [
    ["ada", "Ada"],
    ["bob", "Bob"],
  ] as const)
    provider.users.set(id, { email: `${id}@example.com`, email_verified: true, name });
  return logout;
}

/** A site to which the provider sends its logout tokens. */
export function listeningSite(
  provider: LogoutProvider,
  options: SiteOptions & { readonly acme?: Partial<OidcOptions> } = {},
): Site {
  provider.site = providerSite(provider, options);
  return provider.site;
}

/** Somebody who has signed in at the provider, and from there at the site. */
export async function arrived(
  site: Site,
  as = "ada",
  visitor: ProviderVisitor = new ProviderVisitor(),
): Promise<{ readonly browser: Browser; readonly visitor: ProviderVisitor; readonly sid: string }> {
  const browser = site.browser();
  await signInAt(browser, { as }, { visitor });
  return { browser, visitor, sid: (await browser.get("/session")).body.session.sid };
}

/** The provider's session that a session of ours came from. */
export async function providerSidOf(site: Site, sid: string): Promise<string> {
  const entry = await site.accounts.entries?.get("provider-session", sid, site.clock.now());
  return (entry?.value as { readonly providerSid: string } | undefined)?.providerSid ?? "";
}

/** A logout token as the provider makes it, but for what is changed. */
export async function logoutToken(
  provider: LogoutProvider,
  site: Site,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
  key: KeyObject | Uint8Array = provider.key,
): Promise<string> {
  const iat = Math.floor(site.clock.now() / 1000);
  const common = {
    iss: provider.issuer,
    aud: "sojourn-test",
    iat,
    exp: iat + 120,
    events: { [logoutEvent]: {} },
  };
  const all = { ...common, jti: `jti-${(made += 1)}`, ...claims };
  return new SignJWT(all)
    .setProtectedHeader({ alg: "RS256", typ: "logout+jwt", kid: "known", ...header })
    .sign(key, { crit: { x: true } });
}

let made = 0;

/** Sends a logout token as a provider does: a program, which has no cookie and says nothing of an origin. */
export function tell(site: Site, token: string, path = "/backchannel-logout/acme"): Promise<Reply> {
  return site.send(
    new Request(`${origin}/auth${path}`, {
      method: "POST",
      body: new URLSearchParams({ logout_token: token }),
    }),
  );
}
