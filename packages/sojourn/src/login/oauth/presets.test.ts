import { exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoginMethodFactory } from "../login-method.ts";
import type { ProviderLogin, RedirectMethod, RedirectStart } from "../redirect-method.ts";
import { fakeClock, seededRandom } from "../../testing/index.ts";
import { apple, discord, github, gitlab, google, microsoft } from "./index.ts";
import { type ScriptedProvider, scriptedProvider } from "./scripted-provider.fixture.ts";

let provider: ScriptedProvider;
const clock = fakeClock();
const now = Math.floor(clock.now() / 1000);
const credentials = { clientId: "our-app", clientSecret: "our secret" };
const redirectUri = "https://app.example/auth/callback/x";

beforeEach(async () => {
  provider = await scriptedProvider();
});
afterEach(() => provider.close());

function made(factory: LoginMethodFactory): RedirectMethod {
  return factory({ users: null, clock, random: seededRandom(7) }) as RedirectMethod;
}

/** Plays an OpenID provider whose ID token says `claims`. */
function playOpenId(issuer: string, at: string, claims: object): void {
  const { script } = provider;
  const host = new URL(at).origin;
  script.set(`${at}/.well-known/openid-configuration`, {
    body: {
      issuer,
      authorization_endpoint: `${host}/authorize`,
      token_endpoint: `${host}/token`,
      jwks_uri: `${host}/keys`,
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["RS256"],
    },
  });
  script.set(`${host}/keys`, { body: provider.jwks });
  script.set(`${host}/token`, async () => ({
    body: {
      access_token: "their token",
      token_type: "Bearer",
      expires_in: 3600,
      id_token: await provider.sign({
        iss: issuer,
        aud: "our-app",
        sub: "1",
        iat: now,
        exp: now + 60,
        ...claims,
      }),
    },
  }));
}

/** There and back. `claims` are those of the ID token, beside the nonce. */
async function signIn(
  method: RedirectMethod,
  play: (nonce: string) => void,
  answer: Readonly<Record<string, string>> = {},
): Promise<{ readonly start: RedirectStart; readonly url: URL; readonly login: ProviderLogin }> {
  const begin = async (): Promise<RedirectStart> =>
    method.begin({ redirectUri, reauthenticate: false, interactive: false, loginHint: null });
  play("");
  const start = await begin();
  play(start.checks.nonce);
  const parameters = new URLSearchParams({ code: "the code", state: start.checks.state, ...answer });
  const login = await method.complete({
    redirectUri,
    parameters,
    checks: start.checks,
    authenticatedSince: null,
  });
  return { start, url: new URL(start.url), login };
}

describe("google", () => {
  const accounts = "https://accounts.google.com";
  const play =
    (claims: object = {}) =>
    (nonce: string): void =>
      playOpenId(accounts, accounts, {
        nonce,
        email: "ada@gmail.com",
        email_verified: true,
        name: "Ada",
        ...claims,
      });

  it("reads the ID token, and sends the secret in the body", async () => {
    const { fetch } = provider;
    const { login, url } = await signIn(made(google({ ...credentials, fetch })), play());
    expect(url.origin + url.pathname).toBe(`${accounts}/authorize`);
    expect(url.searchParams.get("scope")).toBe("openid email profile");
    expect(login).toMatchObject({
      provider: "google",
      issuer: accounts,
      subject: "1",
      email: "ada@gmail.com",
      emailVerified: true,
      name: "Ada",
      authTime: null,
    });
    const call = provider.seen.find(({ url: called }) => called.endsWith("/token"));
    expect(Object.fromEntries(call?.form ?? [])).toMatchObject({
      client_id: "our-app",
      client_secret: "our secret",
      redirect_uri: redirectUri,
    });
  });

  it("lets in only the Workspace it is told to, whatever the page was asked for", async () => {
    const { fetch } = provider;
    const method = made(google({ ...credentials, fetch, hostedDomain: "example.com" }));
    const { url } = await signIn(method, play({ hd: "example.com" }));
    expect(url.searchParams.get("hd")).toBe("example.com");
    await expect(signIn(method, play())).rejects.toMatchObject({ code: "sign_in_denied" });
    await expect(signIn(method, play({ hd: "evil.example" }))).rejects.toMatchObject({
      code: "sign_in_denied",
    });
  });

  it("asks for a refresh token where tokens are kept", async () => {
    const { fetch } = provider;
    const { url } = await signIn(made(google({ ...credentials, fetch, storeTokens: true })), play());
    expect(url.searchParams.get("access_type")).toBe("offline");
  });
});

describe("microsoft", () => {
  const host = "https://login.microsoftonline.com";
  const tenant = "11111111-2222-3333-4444-555555555555";
  const play =
    (claims: object = {}, issuer = `${host}/${tenant}/v2.0`) =>
    (nonce: string): void => {
      playOpenId(`${host}/{tenantid}/v2.0`, `${host}/common/v2.0`, {
        iss: issuer,
        tid: tenant,
        nonce,
        email: "ada@example.com",
        ...claims,
      });
    };

  it("takes each tenant for an issuer of its own", async () => {
    const { fetch } = provider;
    const { login } = await signIn(made(microsoft({ ...credentials, fetch })), play());
    expect(login).toMatchObject({ issuer: `${host}/${tenant}/v2.0`, subject: "1" });
  });

  it("refuses a token whose issuer is not its tenant's", async () => {
    const { fetch } = provider;
    const method = made(microsoft({ ...credentials, fetch }));
    const other = play({}, `${host}/99999999-2222-3333-4444-555555555555/v2.0`);
    await expect(signIn(method, other)).rejects.toMatchObject({ code: "oauth_provider_error" });
    await expect(signIn(method, play({}, `${host}/{tenantid}/v2.0`))).rejects.toMatchObject({
      code: "oauth_provider_error",
    });
  });

  it("believes an address only if its domain belongs to the tenant", async () => {
    const { fetch } = provider;
    const method = made(microsoft({ ...credentials, fetch }));
    expect((await signIn(method, play())).login.emailVerified).toBe(false);
    expect((await signIn(method, play({ email_verified: true }))).login.emailVerified).toBe(false);
    expect((await signIn(method, play({ xms_edov: true }))).login.emailVerified).toBe(true);
    expect((await signIn(method, play({ xms_edov: "0" }))).login.emailVerified).toBe(false);
  });

  it("lets in only the tenants it is told to", async () => {
    const { fetch } = provider;
    const method = made(microsoft({ ...credentials, fetch, tenants: ["another"] }));
    await expect(signIn(method, play())).rejects.toMatchObject({ code: "sign_in_denied" });
    const open = made(microsoft({ ...credentials, fetch, tenants: [tenant] }));
    expect((await signIn(open, play())).login.subject).toBe("1");
  });
});

describe("apple", () => {
  const issuer = "https://appleid.apple.com";
  const play =
    (claims: object = {}) =>
    (nonce: string): void =>
      playOpenId(issuer, issuer, {
        nonce,
        email: "x@privaterelay.appleid.com",
        email_verified: "true",
        ...claims,
      });

  it("signs its secret anew with each call, and gets the answer as a form", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    const key = { teamId: "TEAM", keyId: "KEY", privateKey: await exportPKCS8(privateKey) };
    const method = made(apple({ clientId: "our-app", ...key, fetch: provider.fetch }));
    expect(method.responseMode).toBe("form_post");
    const user = JSON.stringify({
      name: { firstName: "Ada", lastName: "Lovelace" },
      email: "evil@example.com",
    });
    const { url, login } = await signIn(method, play({ auth_time: now - 5 }), { user });
    expect(url.searchParams.get("response_mode")).toBe("form_post");
    expect(url.searchParams.get("scope")).toBe("openid email name");
    // What the browser posted is good for a name, and for nothing else.
    expect(login).toMatchObject({
      email: "x@privaterelay.appleid.com",
      emailVerified: true,
      name: "Ada Lovelace",
      authTime: (now - 5) * 1000,
    });
    await signIn(method, play());
    const secrets = provider.seen
      .filter(({ url: called }) => called.endsWith("/token"))
      .map(({ form }) => form.get("client_secret") ?? "");
    expect(new Set(secrets).size).toBe(2);
    const { payload, protectedHeader } = await jwtVerify(secrets[0] ?? "", publicKey, {
      issuer: "TEAM",
      subject: "our-app",
      audience: issuer,
      currentDate: new Date(clock.now()),
    });
    expect(protectedHeader).toEqual({ alg: "ES256", kid: "KEY" });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  it.each(["", "{", "null", '"x"', '{"name":null}', '{"name":{"firstName":5}}'])(
    "is not disturbed by a posted user of %s",
    async (user) => {
      const { privateKey } = await generateKeyPair("ES256", { extractable: true });
      const key = { teamId: "TEAM", keyId: "KEY", privateKey: await exportPKCS8(privateKey) };
      const method = made(apple({ clientId: "our-app", ...key, fetch: provider.fetch }));
      expect((await signIn(method, play(), { user })).login.name).toBe(null);
    },
  );

  it("says which of its options is missing", () => {
    expect(() => apple({ clientId: "our-app", teamId: "TEAM", keyId: "", privateKey: "x" })).toThrow(
      "apple: keyId is missing.",
    );
  });
});

describe("github", () => {
  const play =
    (base: string, api: string, emails: unknown, user: object = {}) =>
    (): void => {
      const { script } = provider;
      script.set(`${base}/login/oauth/access_token`, {
        body: { access_token: "their token", token_type: "bearer", scope: "read:user,user:email" },
      });
      script.set(`${api}/user`, {
        body: { id: 42, login: "ada", name: null, email: "public@example.com", ...user },
      });
      script.set(`${api}/user/emails`, { body: emails });
    };
  const ours = [
    { email: "old@example.com", primary: false, verified: true },
    { email: "Ada@Example.com", primary: true, verified: true },
  ];

  it("takes the primary address, and its word on whether it is verified", async () => {
    const { fetch } = provider;
    const method = made(github({ ...credentials, fetch }));
    const there = play("https://github.com", "https://api.github.com", ours);
    const { url, login } = await signIn(method, there, { iss: "https://github.com/login/oauth" });
    expect(url.origin + url.pathname).toBe("https://github.com/login/oauth/authorize");
    expect(url.searchParams.get("scope")).toBe("read:user user:email");
    expect([url.searchParams.get("code_challenge_method"), url.searchParams.get("nonce")]).toEqual([
      "S256",
      null,
    ]);
    expect(login).toMatchObject({
      issuer: "https://github.com/login/oauth",
      subject: "42",
      email: "ada@example.com",
      emailVerified: true,
      name: "ada",
      amr: [],
      acr: null,
    });
    expect(provider.seen.find(({ url: called }) => called.endsWith("/emails"))?.authorization).toBe(
      "Bearer their token",
    );
    const unverified = play("https://github.com", "https://api.github.com", [
      { ...ours[1], verified: false },
    ]);
    expect((await signIn(method, unverified)).login.emailVerified).toBe(false);
  });

  it("refuses the answer of another issuer (OA-15, mix-up)", async () => {
    const { fetch } = provider;
    const there = play("https://github.com", "https://api.github.com", ours);
    await expect(
      signIn(made(github({ ...credentials, fetch })), there, { iss: "https://evil.example" }),
    ).rejects.toMatchObject({ code: "oauth_provider_error" });
  });

  it("refuses one who has no id, and does without addresses", async () => {
    const { fetch } = provider;
    const method = made(github({ ...credentials, fetch }));
    const nobody = play("https://github.com", "https://api.github.com", ours, { id: null });
    await expect(signIn(method, nobody)).rejects.toMatchObject({ code: "oauth_provider_error" });
    const silent = play("https://github.com", "https://api.github.com", { message: "Not Found" });
    expect((await signIn(method, silent)).login).toMatchObject({ email: null, emailVerified: false });
  });

  it("knows its errors, though they come with a 200", async () => {
    const method = made(github({ ...credentials, fetch: provider.fetch }));
    const refusing = (): void =>
      void provider.script.set("https://github.com/login/oauth/access_token", {
        body: { error: "bad_verification_code", error_description: "<script>" },
      });
    await expect(signIn(method, refusing)).rejects.toMatchObject({ code: "oauth_provider_error" });
  });

  it("may be an Enterprise Server", async () => {
    const { origin } = provider;
    const method = made(github({ ...credentials, baseUrl: `${origin}/` }));
    const { login } = await signIn(method, play(origin, `${origin}/api/v3`, ours));
    expect(login).toMatchObject({ issuer: `${origin}/login/oauth`, subject: "42" });
  });
});

describe("discord", () => {
  it("tells whether it has verified the address", async () => {
    const { script, fetch } = provider;
    const method = made(discord({ ...credentials, fetch }));
    const play = (verified: boolean) => (): void => {
      script.set("https://discord.com/api/oauth2/token", {
        body: {
          access_token: "their token",
          token_type: "Bearer",
          expires_in: 604_800,
          scope: "identify email",
        },
      });
      script.set("https://discord.com/api/users/@me", {
        body: {
          id: "80351110224678912",
          username: "ada",
          global_name: "Ada L.",
          email: "ada@example.com",
          verified,
        },
      });
    };
    const { url, login } = await signIn(method, play(true), { iss: "https://discord.com" });
    expect(url.href).toMatch(/^https:\/\/discord\.com\/api\/oauth2\/authorize\?/);
    expect(login).toMatchObject({
      issuer: "https://discord.com",
      subject: "80351110224678912",
      email: "ada@example.com",
      emailVerified: true,
      name: "Ada L.",
    });
    expect((await signIn(method, play(false))).login.emailVerified).toBe(false);
  });
});

describe("gitlab", () => {
  it("may be one's own, in a folder of its host", async () => {
    const issuer = `${provider.origin}/gitlab`;
    const method = made(gitlab({ ...credentials, baseUrl: `${issuer}/` }));
    const play = (nonce: string): void =>
      playOpenId(issuer, issuer, { nonce, email: "ada@example.com", email_verified: true, auth_time: now });
    expect((await signIn(method, play)).login).toMatchObject({
      provider: "gitlab",
      issuer,
      emailVerified: true,
      authTime: clock.now(),
    });
  });

  it("takes another name where there are two", () => {
    expect(made(gitlab({ ...credentials, name: "work" })).name).toBe("work");
  });
});
