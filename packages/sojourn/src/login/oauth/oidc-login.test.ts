import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SojournError } from "../../domain/errors.ts";
import type { ProviderLogin, RedirectMethod, RedirectStart } from "../redirect-method.ts";
import { type FakeClock, fakeClock, seededRandom } from "../../testing/index.ts";
import { type OidcOptions, oidc } from "./index.ts";
import { type ScriptedProvider, scriptedProvider } from "./scripted-provider.fixture.ts";

const redirectUri = "https://app.example/auth/callback/acme";
const issuer = "https://login.acme.example";
const discovery = `${issuer}/.well-known/openid-configuration`;
const credentials = { clientId: "our-app", clientSecret: "our secret" };

let provider: ScriptedProvider;
let clock: FakeClock;
/** Of an ID token; undefined leaves one out that would be there. */
type Claims = Readonly<Record<string, unknown>>;

/** Makes the ID token of what it should say. */
let idToken: (claims: JWTPayload) => Promise<string>;
let userinfo: Record<string, unknown>;

const seconds = (): number => Math.floor(clock.now() / 1000);
const calls = (path: string): number => provider.seen.filter(({ url }) => url === `${issuer}${path}`).length;

function metadata(more: object = {}): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ["code"],
    id_token_signing_alg_values_supported: ["RS256", "HS256", "none"],
    authorization_response_iss_parameter_supported: true,
    ...more,
  };
}

beforeEach(async () => {
  provider = await scriptedProvider();
  clock = fakeClock();
  idToken = (claims) => provider.sign(claims);
  userinfo = { sub: "1", email: "ada@example.com", email_verified: true };
  const { script } = provider;
  script.set(discovery, { body: metadata() });
  script.set(`${issuer}/keys`, { body: provider.jwks });
  script.set(`${issuer}/userinfo`, () => ({ body: userinfo }));
});
afterEach(() => provider.close());

function method(options: Partial<OidcOptions> = {}): RedirectMethod {
  const factory = oidc({ name: "acme", issuer, ...credentials, fetch: provider.fetch, ...options });
  return factory({ users: null, clock, random: seededRandom(7) }) as RedirectMethod;
}

/** Has the token endpoint answer with an ID token that says `claims` beside what is right. */
function tokensSay(claims: Claims, more: object = {}): void {
  provider.script.set(`${issuer}/token`, async () => ({
    body: {
      access_token: "their token",
      token_type: "Bearer",
      expires_in: 3600,
      id_token: await idToken({
        iss: issuer,
        aud: "our-app",
        sub: "1",
        iat: seconds(),
        exp: seconds() + 300,
        ...claims,
      } as JWTPayload),
      ...more,
    },
  }));
}

interface Trip {
  readonly claims?: Claims;
  readonly answer?: Readonly<Record<string, string>>;
  readonly since?: number | null;
  readonly tokens?: object;
}

async function signIn(
  acme: RedirectMethod,
  { claims = {}, answer = {}, since = null, tokens = {} }: Trip = {},
): Promise<ProviderLogin> {
  const { checks } = await acme.begin({
    redirectUri,
    reauthenticate: false,
    interactive: false,
    loginHint: null,
  });
  tokensSay({ nonce: checks.nonce, ...claims }, tokens);
  const parameters = new URLSearchParams({ code: "the code", state: checks.state, iss: issuer, ...answer });
  return acme.complete({ redirectUri, parameters, checks, authenticatedSince: since });
}

async function failure(work: Promise<unknown>): Promise<SojournError> {
  return work.then(
    () => expect.unreachable("It should have failed."),
    (error: unknown) => error as SojournError,
  );
}

describe("an ID token (OA-15)", () => {
  it("that is right in everything says who signed in", async () => {
    expect(await signIn(method())).toMatchObject({
      subject: "1",
      issuer,
      email: "ada@example.com",
      emailVerified: true,
    });
  });

  it.each<[string, Claims]>([
    ["of another issuer", { iss: "https://evil.example" }],
    ["without an issuer", { iss: undefined }],
    ["for another app", { aud: "their-app" }],
    ["for us and others, without saying who asked", { aud: ["our-app", "their-app"] }],
    ["for us and others, asked for by another", { aud: ["our-app", "their-app"], azp: "their-app" }],
    ["without an audience", { aud: undefined }],
    ["that has run out", { exp: Math.floor(Date.UTC(2030, 0, 1) / 1000) - 31 }],
    ["that never runs out", { exp: undefined }],
    ["that is not good yet", { nbf: Math.floor(Date.UTC(2030, 0, 1) / 1000) + 60 }],
    ["with another sign-in's nonce", { nonce: "another" }],
    ["without a nonce", { nonce: undefined }],
    ["about nobody", { sub: undefined }],
    ["about a number", { sub: 5 }],
  ])("%s is refused", async (_what, claims) => {
    expect(await failure(signIn(method(), { claims }))).toMatchObject({ code: "oauth_provider_error" });
  });

  it.each<[string, (claims: JWTPayload) => Promise<string>]>([
    ["signed by somebody else", async (claims) => (await scriptedSigner()).sign(claims)],
    ["that is not signed", async (claims) => new UnsecuredJWT(claims).encode()],
    [
      "signed with our own secret",
      (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(credentials.clientSecret)),
    ],
    ["with a key that nobody published", (claims) => provider.sign(claims, { kid: "unknown" })],
    ["that is none", async () => "no.token.at-all"],
    [
      "whose claims were changed",
      async (claims) => {
        const [header, , signature] = (await provider.sign(claims)).split(".");
        return [
          header,
          Buffer.from(JSON.stringify({ ...claims, sub: "2" })).toString("base64url"),
          signature,
        ].join(".");
      },
    ],
  ])("%s is refused", async (_what, make) => {
    idToken = make;
    expect(await failure(signIn(method()))).toMatchObject({ code: "oauth_provider_error" });
  });

  it("must be there", async () => {
    const acme = method();
    expect(await failure(signIn(acme, { tokens: { id_token: undefined } }))).toMatchObject({
      code: "oauth_provider_error",
    });
  });
});

async function scriptedSigner(): Promise<Pick<ScriptedProvider, "sign">> {
  const other = await scriptedProvider();
  await other.close();
  return other;
}

describe("what came back with the code (OA-15)", () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["another issuer's", { iss: "https://evil.example" }],
    ["an unnamed issuer's, though it always names itself", { iss: "" }],
    ["another state", { state: "x".repeat(43) }],
    ["no code", { code: "" }],
    ["an ID token in the URL", { id_token: "a.b.c" }],
    ["a whole answer in a token", { response: "a.b.c" }],
  ])("%s is refused before the code is spent", async (_what, answer) => {
    expect(await failure(signIn(method(), { answer }))).toMatchObject({ code: "oauth_provider_error" });
    expect(calls("/token")).toBe(0);
  });

  it("is told apart by what can be done about it, and never quoted", async () => {
    const denied = await failure(
      signIn(method(), { answer: { error: "access_denied", error_description: "<b>you</b>" } }),
    );
    expect(denied.code).toBe("access_denied");
    const away = await failure(signIn(method(), { answer: { error: "temporarily_unavailable" } }));
    expect([away.code, away.retryAfter]).toEqual(["oauth_provider_unavailable", 5]);
    const other = await failure(signIn(method(), { answer: { error: "invalid_scope" } }));
    expect(other.code).toBe("oauth_provider_error");
    expect(other.cause).toMatchObject({ message: expect.stringContaining("invalid_scope") as string });
    for (const error of [denied, away, other]) {
      const all = `${error.message} ${(error.cause as Error).message}`;
      expect(all).not.toMatch(/<b>|the code/);
    }
    const strange = await failure(signIn(method(), { answer: { error: "Not a <code>" } }));
    expect((strange.cause as Error).message).not.toContain("<code>");
  });
});

describe("the userinfo endpoint", () => {
  it("is asked only where the ID token has no address", async () => {
    await signIn(method(), { claims: { email: "ada@example.com", email_verified: false } });
    expect(calls("/userinfo")).toBe(0);
    await signIn(method());
    expect(calls("/userinfo")).toBe(1);
    await signIn(method({ userinfo: false }));
    await signIn(method({ scopes: ["openid"] }));
    expect(calls("/userinfo")).toBe(1);
  });

  it("is not believed about anybody else (token substitution)", async () => {
    userinfo = { sub: "2", email: "boss@example.com", email_verified: true };
    expect(await failure(signIn(method()))).toMatchObject({ code: "oauth_provider_error" });
    userinfo = { email: "boss@example.com", email_verified: true };
    expect(await failure(signIn(method()))).toMatchObject({ code: "oauth_provider_error" });
  });

  it("does not vouch for the address of the ID token, nor overrules what is signed", async () => {
    userinfo = {
      sub: "1",
      email: "ada@example.com",
      email_verified: true,
      name: "Their Ada",
      acr: "phr",
      amr: ["hwk"],
    };
    const login = await signIn(method({ userinfo: true }), {
      claims: { email: "other@example.com", name: "Ada" },
    });
    expect(login).toMatchObject({
      email: "other@example.com",
      emailVerified: false,
      name: "Ada",
      acr: null,
      amr: [],
    });
  });
});

describe("what a session may claim", () => {
  it("is what the provider said, in its words", async () => {
    const at = seconds() - 600;
    const claims = { amr: ["pwd", "otp"], acr: "urn:acme:gold", auth_time: at, sid: "their-session" };
    expect(await signIn(method(), { claims })).toMatchObject({
      amr: ["pwd", "otp"],
      acr: "urn:acme:gold",
      authTime: at * 1000,
      providerSid: "their-session",
    });
  });

  it("is nothing where the provider says nothing, or what makes no sense", async () => {
    expect(await signIn(method())).toMatchObject({ amr: [], acr: null, authTime: null, providerSid: null });
    const strange = { amr: ["pwd", 5, null, "", "x".repeat(65)], acr: 7, sid: {} };
    expect(await signIn(method(), { claims: strange })).toMatchObject({
      amr: ["pwd"],
      acr: null,
      providerSid: null,
    });
    expect((await signIn(method(), { claims: { amr: "pwd" } })).amr).toEqual([]);
  });

  it("is no proof that is still to come; a clock a little ahead is the present", async () => {
    expect((await signIn(method(), { claims: { auth_time: seconds() + 3600 } })).authTime).toBe(null);
    expect((await signIn(method(), { claims: { auth_time: seconds() + 5 } })).authTime).toBe(clock.now());
  });
});

describe("confirming who is there", () => {
  it("asks the provider to ask, whatever it remembers", async () => {
    const { url } = await method().begin({
      redirectUri,
      reauthenticate: true,
      interactive: false,
      loginHint: "ada@example.com",
    });
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      prompt: "login",
      max_age: "0",
      login_hint: "ada@example.com",
    });
  });

  it.each<[string, (now: number) => Claims, string | null]>([
    ["asked just now", (now) => ({ auth_time: now }), null],
    ["asked a moment before, by its clock", (now) => ({ auth_time: now - 20 }), null],
    ["did not ask", (now) => ({ auth_time: now - 60 }), "step_up_required"],
    ["does not say", () => ({}), "step_up_required"],
    ["will ask tomorrow", (now) => ({ auth_time: now + 86_400 }), "step_up_required"],
  ])("fails unless the provider shows that it asked: it %s", async (_what, claims, code) => {
    const done = signIn(method(), { claims: claims(seconds()), since: clock.now() });
    if (code === null) expect((await done).authTime).not.toBe(null);
    else expect(await failure(done)).toMatchObject({ code });
  });
});

describe("the provider's keys", () => {
  it("are fetched once, and again when the provider signs with a new one", async () => {
    const acme = method();
    await signIn(acme);
    await signIn(acme);
    expect(calls("/keys")).toBe(1);
    const next = await scriptedProvider();
    await next.close();
    const renamed = { keys: next.jwks.keys.map((key) => ({ ...key, kid: "next" })) };
    provider.script.set(`${issuer}/keys`, { body: renamed });
    idToken = (claims) => next.sign(claims, { kid: "next" });
    await signIn(acme);
    expect(calls("/keys")).toBe(2);
  });

  it("are fetched anew also where keys have no names", async () => {
    const acme = method();
    const unnamed = ({ keys }: ScriptedProvider["jwks"]): object => ({
      keys: keys.map((key) => ({ ...key, kid: undefined })),
    });
    provider.script.set(`${issuer}/keys`, { body: unnamed(provider.jwks) });
    idToken = (claims) => provider.sign(claims, { kid: undefined as never });
    await signIn(acme);
    const next = await scriptedProvider();
    await next.close();
    provider.script.set(`${issuer}/keys`, { body: unnamed(next.jwks) });
    idToken = (claims) => next.sign(claims, { kid: undefined as never });
    expect((await signIn(acme)).subject).toBe("1");
  });

  it("are not asked for more than once a minute, however many tokens name unknown ones", async () => {
    const acme = method();
    await signIn(acme);
    idToken = (claims) => provider.sign(claims, { kid: "unknown" });
    for (let i = 0; i < 20; i += 1) await failure(signIn(acme));
    expect(calls("/keys")).toBe(2);
    await clock.advance(60_000);
    await Promise.all(Array.from({ length: 10 }, () => failure(signIn(acme))));
    expect(calls("/keys")).toBe(3);
  });

  it("serve on for a day while no newer ones can be had", async () => {
    const acme = method();
    await signIn(acme);
    provider.script.set(`${issuer}/keys`, { status: 503, body: "away" });
    await clock.advance(3_600_000);
    expect((await signIn(acme)).subject).toBe("1");
    await clock.advance(86_400_000);
    expect(await failure(signIn(acme))).toMatchObject({ code: "oauth_provider_unavailable" });
  });

  it("are never taken from the token", async () => {
    const acme = method();
    const evil = await scriptedProvider();
    await evil.close();
    const [jwk] = evil.jwks.keys;
    const header = {
      kid: "scripted",
      jwk,
      jku: "https://evil.example/keys",
      x5u: "https://evil.example/cert",
    };
    idToken = (claims) => evil.sign(claims, header as never);
    expect(await failure(signIn(acme))).toMatchObject({ code: "oauth_provider_error" });
    expect(provider.seen.some(({ url }) => url.includes("evil"))).toBe(false);
  });
});

describe("a provider in trouble", () => {
  const begin = (acme: RedirectMethod): Promise<RedirectStart> =>
    acme.begin({ redirectUri, reauthenticate: false, interactive: false, loginHint: null });

  it.each<[string, object, string]>([
    ["is overloaded", { status: 503, body: "busy" }, "oauth_provider_unavailable"],
    ["counts us among too many", { status: 429, body: "slow down" }, "oauth_provider_unavailable"],
    [
      "has moved",
      { status: 302, headers: { Location: "https://evil.example/" }, body: "" },
      "oauth_provider_error",
    ],
    ["answers with a page", { body: "<html>" }, "oauth_provider_error"],
    [
      "answers with half a document",
      { headers: { "Content-Type": "application/json" }, body: '{"issuer":' },
      "oauth_provider_error",
    ],
    ["calls itself otherwise", { body: { issuer: "https://evil.example" } }, "oauth_provider_error"],
    [
      "sends without end",
      { headers: { "Content-Type": "application/json" }, body: `"${"x".repeat(300_000)}"` },
      "oauth_provider_error",
    ],
  ])("that %s costs one sign-in, and no redirect is followed", async (_what, reply, code) => {
    const acme = method();
    provider.script.set(discovery, reply as never);
    expect(await failure(begin(acme))).toMatchObject({ code });
    expect(provider.seen.map(({ url }) => url)).toEqual([discovery]);
    provider.script.set(discovery, { body: metadata() });
    expect((await begin(acme)).url).toContain(`${issuer}/authorize`);
  });

  it("that does not answer is given up after ten seconds", async () => {
    let asked = 0;
    const silent = (): Promise<Response> =>
      new Promise(() => {
        asked += 1;
      });
    const fetch = (_url: string, init: RequestInit = {}): Promise<Response> =>
      Promise.race([
        silent(),
        new Promise<never>((_resolve, reject) => {
          const { signal } = init;
          signal?.addEventListener("abort", () => reject(signal.reason as Error));
        }),
      ]);
    const gone = failure(begin(method({ fetch })));
    while (asked === 0) await clock.advance(0);
    await clock.advance(9999);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    expect(await gone).toMatchObject({ code: "oauth_provider_unavailable" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("that cannot be reached is away", async () => {
    const { fetch } = provider;
    await provider.close();
    expect(await failure(begin(method({ fetch })))).toMatchObject({
      code: "oauth_provider_unavailable",
      retryAfter: 5,
    });
  });

  it("is known for an hour, and beyond that while it is away", async () => {
    const acme = method();
    await begin(acme);
    await begin(acme);
    expect(calls("/.well-known/openid-configuration")).toBe(1);
    provider.script.set(discovery, { status: 500, body: "" });
    await clock.advance(3_600_001);
    await begin(acme);
    await begin(acme);
    expect(calls("/.well-known/openid-configuration")).toBe(2);
    await clock.advance(60_001);
    await begin(acme);
    expect(calls("/.well-known/openid-configuration")).toBe(3);
  });

  it("that refuses our client says so in the log, and nothing of our secret", async () => {
    const acme = method();
    const { checks } = await begin(acme);
    provider.script.set(`${issuer}/token`, {
      status: 401,
      body: { error: "invalid_client", error_description: "our secret" },
    });
    const parameters = new URLSearchParams({ code: "the code", state: checks.state, iss: issuer });
    const error = await failure(acme.complete({ redirectUri, parameters, checks, authenticatedSince: null }));
    expect(error.code).toBe("oauth_provider_error");
    const { message } = error.cause as Error;
    expect(message).toMatch(/^acme: .*invalid_client.*HTTP 401/);
    expect(message).not.toMatch(/our secret|the code/);
  });
});

describe("the app proves who it is", () => {
  it.each<[string, Partial<OidcOptions>, RegExp | null, string[]]>([
    ["in the body", {}, null, ["client_id", "client_secret"]],
    ["in a header", { clientAuth: "basic" }, /^Basic /, []],
    ["not at all, as a public client", { clientSecret: undefined }, null, ["client_id"]],
  ])("%s", async (_how, options, header, fields) => {
    await signIn(method(options));
    const call = provider.seen.find(({ url }) => url.endsWith("/token"));
    if (header === null) expect(call?.authorization).toBe(null);
    else expect(call?.authorization).toMatch(header);
    const sent = [...(call?.form.keys() ?? [])];
    expect(sent.filter((name) => name.startsWith("client_")).toSorted()).toEqual(fields);
    expect(call?.form.get("code_verifier")).toMatch(/^[\w-]{43}$/);
  });

  it("by a key of its own", async () => {
    const { exportPKCS8, generateKeyPair, jwtVerify } = await import("jose");
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    const clientKey = { privateKey: await exportPKCS8(privateKey), alg: "ES256", kid: "ours" } as const;
    await signIn(method({ clientSecret: undefined, clientKey }));
    const form = provider.seen.find(({ url }) => url.endsWith("/token"))?.form;
    expect(form?.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const { payload, protectedHeader } = await jwtVerify(form?.get("client_assertion") ?? "", publicKey, {
      currentDate: new Date(clock.now()),
    });
    expect([protectedHeader.kid, payload.sub, payload.iss, payload.aud]).toEqual([
      "ours",
      "our-app",
      "our-app",
      issuer,
    ]);
  });
});

describe("fresh tokens", () => {
  it("are got for the refresh token, which stays if no other comes", async () => {
    provider.script.set(`${issuer}/token`, {
      body: { access_token: "fresh", token_type: "bearer", expires_in: 60 },
    });
    expect(await method().refresh("theirs")).toEqual({
      accessToken: "fresh",
      refreshToken: "theirs",
      expiresAt: clock.now() + 60_000,
      scope: null,
    });
  });

  it("are not to be had for one that is not good any more; everything else is a failure", async () => {
    const answer = (status: number, error: string): void =>
      void provider.script.set(`${issuer}/token`, { status, body: { error } });
    answer(400, "invalid_grant");
    expect(await method().refresh("theirs")).toBe(null);
    answer(401, "invalid_client");
    expect(await failure(method().refresh("theirs"))).toMatchObject({ code: "oauth_provider_error" });
    answer(500, "server_error");
    expect(await failure(method().refresh("theirs"))).toMatchObject({ code: "oauth_provider_unavailable" });
  });
});

describe("the options", () => {
  it.each<[string, object, string]>([
    ["no name for a URL", { name: "a/b" }, "name must be"],
    ["the name of the password login", { name: "password" }, 'not "password"'],
    ["an unknown option", { secret: "x" }, "secret is not an option"],
    ["no client", { clientId: "" }, "clientId is missing"],
    ["an empty secret", { clientSecret: "" }, "clientSecret is empty"],
    ["plain HTTP", { issuer: "http://login.acme.example" }, "issuer must be an https URL"],
    ["no URL", { issuer: "acme" }, "issuer must be an https URL"],
    [
      "a host that only begins like this machine",
      { issuer: "http://127.0.0.1.evil.example" },
      "issuer must be an https URL",
    ],
    ["a way to authenticate that is none", { clientAuth: "jwt" }, "clientAuth must be one of"],
    ["a secret that is not there", { clientSecret: undefined, clientAuth: "post" }, "needs a clientSecret"],
    ["a key that is not there", { clientAuth: "private_key_jwt" }, "needs a clientKey"],
    ["a parameter that is the library's", { authorizationParams: { state: "x" } }, "must not set state"],
    ["a response mode that leaks", { responseMode: "fragment" }, "responseMode must be"],
  ])("with %s are refused at boot", (_what, wrong, message) => {
    expect(() => method(wrong as never)).toThrow(message);
  });

  it("take plain HTTP on this machine, for development", () => {
    for (const local of ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"])
      expect(() => method({ issuer: local })).not.toThrow();
  });
});
