import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import {
  type AuthorizationServer,
  ClientSecretBasic,
  customFetch,
  introspectionRequest,
  processIntrospectionResponse,
  processRevocationResponse,
  revocationRequest,
  validateJwtAccessToken,
} from "oauth4webapi";
import { describe, expect, it } from "vitest";
import type { JwtAlgorithm } from "../auth-options.ts";
import {
  ada,
  createSite,
  origin,
  service,
  type Site,
  strategies,
  testSecret,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const newSecret = "Qe8uYt6rW2oP0iUyT5rEwQ9aSdFgHjKlZxCvBnM1234";
const asymmetric: readonly JwtAlgorithm[] = ["EdDSA", "ES256"];

/** A site as an independent OAuth implementation sees it. */
function serverOf(site: Site): { as: AuthorizationServer; options: { [customFetch]: Fetch } } {
  const as = {
    issuer: origin,
    jwks_uri: `${origin}/auth/.well-known/jwks.json`,
    introspection_endpoint: `${origin}/auth/introspect`,
    revocation_endpoint: `${origin}/auth/revoke`,
  };
  return { as, options: { [customFetch]: (url, init) => site.auth.handler(new Request(url, init)) } };
}

type Fetch = (url: string, init: object) => Promise<Response>;

async function tokenOf(site: Site): Promise<string> {
  await site.browser().post("/sign-up/password", ada);
  const { body } = await site.browser().post("/sign-in/password", { email, password, transport: "header" });
  return body.tokens.accessToken;
}

async function keysOf(site: Site): Promise<JSONWebKeySet> {
  const { text, headers } = await site.browser().get("/.well-known/jwks.json");
  expect(headers.get("cache-control")).toBe("public, max-age=300, stale-while-revalidate=300");
  expect(headers.get("content-type")).toBe("application/jwk-set+json");
  return JSON.parse(text) as JSONWebKeySet;
}

describe.each(asymmetric)("tokens signed with %s", (alg) => {
  const options = { jwt: { alg }, transports: ["header"] } as const;

  it("sign in, are refreshed and signed out like all others", async () => {
    for (const strategy of ["stateless", "hybrid"] as const) {
      const site = createSite(strategy, { jwt: { alg } });
      const browser = await site.signedUp();
      expect((await browser.get("/me")).status).toBe(200);
      await site.pass(60_000);
      expect((await browser.post("/refresh")).status).toBe(200);
      expect((await browser.get("/me")).status).toBe(200);
      const thief = browser.copy();
      expect((await browser.post("/sign-out")).body).toEqual({ ended: 1 });
      expect((await thief.get("/me")).code).toBe("session_ended");
    }
  });

  it("are checked by another service with the published keys", async () => {
    const site = createSite("hybrid", options);
    const token = await tokenOf(site);
    const keys = createLocalJWKSet(await keysOf(site));
    const { payload } = await jwtVerify(token, keys, {
      typ: "at+jwt",
      issuer: origin,
      audience: origin,
      algorithms: [alg],
      currentDate: new Date(site.clock.now()),
    });
    expect(payload).toMatchObject({
      client_id: origin,
      sid: expect.any(String) as string,
      user: { role: "user" },
    });
    await expect(
      jwtVerify(`${token.slice(0, -4)}AAAA`, keys, { currentDate: new Date(site.clock.now()) }),
    ).rejects.toThrow(/signature/);
  });

  it("publish no private part, and the keys of every secret that still verifies", async () => {
    const site = createSite("hybrid", { ...options, secret: [newSecret, testSecret] });
    const { keys } = await keysOf(site);
    expect(keys.length).toBeGreaterThanOrEqual(2);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    for (const key of keys) {
      expect(Object.keys(key)).not.toContain("d");
      expect(key).toMatchObject({ use: "sig", kid: expect.any(String) as string });
    }
    const { kid } = decodeProtectedHeader(await tokenOf(site));
    expect(keys.map((key) => key.kid)).toContain(kid);
  });

  it("of the time before a change of the secret are still good, here and elsewhere", async () => {
    const before = createSite("hybrid", options);
    const token = await tokenOf(before);
    const after = createSite("hybrid", {
      ...options,
      accounts: before.accounts,
      secret: [newSecret, testSecret],
    });
    expect((await after.browser().get("/me", { authorization: `Bearer ${token}` })).status).toBe(200);
    const keys = createLocalJWKSet(await keysOf(after));
    await jwtVerify(token, keys, { currentDate: new Date(after.clock.now()) });
    const later = createSite("hybrid", { ...options, accounts: before.accounts, secret: newSecret });
    expect((await later.browser().get("/me", { authorization: `Bearer ${token}` })).code).toBe(
      "unauthenticated",
    );
  });
});

describe("an independent OAuth implementation", () => {
  it("accepts our access tokens as RFC 9068 ones", async () => {
    const site = createSite("hybrid", {
      jwt: { alg: "ES256" },
      transports: ["header"],
      clock: { now: () => Date.now(), setTimer: () => () => {} },
    });
    const { as, options } = serverOf(site);
    const request = new Request(`${origin}/api`, {
      headers: { authorization: `Bearer ${await tokenOf(site)}` },
    });
    const claims = await validateJwtAccessToken(as, request, origin, options);
    expect(claims).toMatchObject({ iss: origin, aud: origin, client_id: origin });
  });

  it.each(strategies)(
    "introspects and revokes our tokens of %s sessions (RFC 7662, RFC 7009)",
    async (strategy) => {
      const site = createSite(strategy, { transports: ["cookie", "header"] });
      const { as, options } = serverOf(site);
      const client = { client_id: service.id };
      const auth = ClientSecretBasic(service.secret);
      const token = await tokenOf(site);
      const ask = async (): Promise<{ active: boolean; sub?: string }> =>
        processIntrospectionResponse(
          as,
          client,
          await introspectionRequest(as, client, auth, token, options),
        );
      expect(await ask()).toMatchObject({ active: true, sub: expect.any(String) as string });
      await processRevocationResponse(await revocationRequest(as, client, auth, token, options));
      expect(await ask()).toEqual({ active: false });
      await processRevocationResponse(await revocationRequest(as, client, auth, "unknown", options));
    },
  );

  it("revokes a refresh token, and its access tokens with it (RFC 7009 §2.1)", async () => {
    const site = createSite("hybrid", { transports: ["cookie", "header"] });
    const { as, options } = serverOf(site);
    await site.signedUp();
    const { body } = await site.browser().post("/sign-in/password", { email, password, transport: "header" });
    const { accessToken, refreshToken } = body.tokens;
    const hint = { additionalParameters: { token_type_hint: "refresh_token" } };
    const reply = await revocationRequest(
      as,
      { client_id: service.id },
      ClientSecretBasic(service.secret),
      refreshToken,
      { ...options, ...hint },
    );
    await processRevocationResponse(reply);
    expect((await site.browser().get("/me", { authorization: `Bearer ${accessToken}` })).code).toBe(
      "session_ended",
    );
    expect((await site.browser().post("/refresh", { refreshToken })).code).toBe("session_ended");
  });
});
