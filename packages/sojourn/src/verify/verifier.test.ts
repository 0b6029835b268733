import { describe, expect, it } from "vitest";
import { cookieName, createSite, origin, testSecret } from "../http/http-test-kit.fixture.ts";
import { mint, refreshName } from "../http/foreign-tokens.fixture.ts";
import { createVerifier } from "./index.ts";
import { accessOf, edgeOf, firstStoredKey, type Shared, signedInAtEdge } from "./verifier-kit.fixture.ts";

const minute = 60_000;
const hybrid: Shared = { strategy: "hybrid" };
const stateless: Shared = { strategy: "stateless" };
const shapes: readonly Shared[] = [
  hybrid,
  stateless,
  { strategy: "hybrid", jwt: { alg: "HS384" } },
  { strategy: "stateless", jwt: { alg: "HS512" } },
  { strategy: "hybrid", jwt: { alg: "EdDSA" } },
  { strategy: "stateless", jwt: { alg: "ES256", issuer: "https://id.example", audience: "apps" } },
  { strategy: "hybrid", cookie: { encrypt: true } },
  { strategy: "stateless", jwt: { alg: "EdDSA" }, cookie: { encrypt: true, chunking: true, name: "sid" } },
  { strategy: "hybrid", cookie: { domain: "app.example", prefix: "none" } },
];

describe.each(shapes)("a verifier with %j", (shared) => {
  it("says of a signed-in user exactly what the server says", async () => {
    const { verifier, site, browser } = await signedInAtEdge(shared);
    const headers = { cookie: browser.cookie };
    const state = await verifier.verify(headers);
    expect(state).toMatchObject({ status: "active", user: { role: "user" }, session: { amr: ["pwd"] } });
    expect(state).toEqual(await site.auth.verify(headers));
  });

  it("answers at once for a token it has seen, and asks nobody", async () => {
    const { verifier, browser, asked } = await signedInAtEdge(shared);
    const headers = { cookie: browser.cookie };
    await verifier.verify(headers);
    const before = asked.length;
    const state = verifier.verify(headers);
    expect(state).not.toBeInstanceOf(Promise);
    expect([(await state).status, asked.length]).toEqual(["active", before]);
  });

  it("knows of nobody without credentials, and asks nobody for it", async () => {
    const { verifier, asked } = await signedInAtEdge(shared);
    for (const headers of [{}, { cookie: null }, { cookie: "theme=dark" }, { authorization: "Basic x" }])
      expect(verifier.verify(headers)).toEqual({ status: "anonymous" });
    expect(asked).toEqual([]);
  });

  it("knows when a session was signed out of", async () => {
    const { verifier, site, browser } = await signedInAtEdge(shared);
    const { cookie } = browser;
    expect((await verifier.verify({ cookie })).status).toBe("active");
    await browser.post("/sign-out");
    await site.clock.advance(2001);
    expect(await verifier.verify({ cookie })).toEqual({ status: "ended", reason: "signed_out" });
  });
});

describe("a request", () => {
  it("may be a Request, its headers, or one of Node's", async () => {
    const { verifier, access } = await signedInAtEdge(hybrid);
    const request = new Request(origin, { headers: access });
    for (const source of [
      request,
      request.headers,
      { headers: access },
      { headers: { cookie: [access.cookie] } },
    ])
      expect((await verifier.authenticate(source)).status).toBe("active");
  });

  it("with a session cookie that came twice is nobody's, as on the server", async () => {
    const { verifier, site, access } = await signedInAtEdge(hybrid);
    for (const cookie of [
      `${access.cookie}; ${cookieName}=planted`,
      `${access.cookie}; ${access.cookie}`,
      `${access.cookie}; ${refreshName}=a; ${refreshName}=b`,
    ]) {
      expect(await verifier.verify({ cookie })).toEqual({ status: "anonymous" });
      expect((await site.auth.verify({ cookie })).status).toBe("anonymous");
    }
  });

  it("is judged by its bearer token alone, where tokens may come that way", async () => {
    const shared: Shared = { strategy: "hybrid", transports: ["cookie", "header"] };
    const site = createSite("hybrid", { transports: ["cookie", "header"] });
    await site.signedUp();
    const { headerAccess, cookieAccess, cookieRefresh } = await mint(site);
    const { verifier } = edgeOf(site, shared);
    const cookie = `${cookieName}=${cookieAccess}; ${refreshName}=${cookieRefresh}`;
    const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
    expect((await verifier.verify(bearer(headerAccess))).status).toBe("active");
    expect((await verifier.verify({ cookie, ...bearer(headerAccess) })).status).toBe("active");
    expect((await verifier.verify({ cookie, ...bearer("nonsense") })).status).toBe("anonymous");
    // Taken from one transport, a token is of no use in the other, remembered or not.
    expect((await verifier.verify({ cookie })).status).toBe("active");
    expect((await verifier.verify(bearer(cookieAccess))).status).toBe("anonymous");
    expect((await verifier.verify({ cookie: `${cookieName}=${headerAccess}` })).status).toBe("anonymous");
    const cookiesOnly = edgeOf(site, hybrid).verifier;
    expect((await cookiesOnly.verify(bearer(headerAccess))).status).toBe("anonymous");
  });
});

describe("what only the server can tell", () => {
  it("is whose session it is once the access token ran out, while there is a refresh token", async () => {
    const { verifier, site, browser, access } = await signedInAtEdge(hybrid);
    const { cookie } = browser;
    expect((await verifier.verify({ cookie })).status).toBe("active");
    await site.clock.advance(15 * minute);
    expect(await verifier.verify({ cookie })).toEqual({ status: "needs_origin", why: "renewal" });
    expect((await site.auth.verify({ cookie })).status).toBe("active");
    const refreshAlone = `${refreshName}=${browser.value(refreshName)}`;
    expect(await verifier.verify({ cookie: refreshAlone })).toEqual({
      status: "needs_origin",
      why: "renewal",
    });
    // Without one nobody could renew it.
    expect(await verifier.verify(access)).toEqual({ status: "anonymous" });
    expect((await site.auth.verify(access)).status).toBe("anonymous");
  });

  it("is an access token that is no good beside a refresh token that may be", async () => {
    const { verifier, browser } = await signedInAtEdge(hybrid);
    const cookie = `${cookieName}=nonsense; ${refreshName}=${browser.value(refreshName)}`;
    expect(await verifier.verify({ cookie })).toEqual({ status: "needs_origin", why: "renewal" });
  });

  it("is an opaque session token, of a site that was stateful before", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    const { verifier, asked } = edgeOf(site, hybrid);
    expect(await verifier.verify(accessOf(browser))).toEqual({ status: "needs_origin", why: "opaque" });
    expect(asked).toEqual([]);
  });

  it("is a token of a key that is not known here", async () => {
    const { verifier, browser, site, access } = await signedInAtEdge(hybrid, {}, { keys: {} });
    expect((await verifier.verify(access)).status).toBe("active");
    await firstStoredKey(site);
    await browser.post("/refresh");
    const rotated = accessOf(browser);
    expect((await site.auth.verify(rotated)).status).toBe("active");
    expect(await verifier.verify(rotated)).toEqual({ status: "needs_origin", why: "key" });
    const sealed = await signedInAtEdge({ ...hybrid, cookie: { encrypt: true } }, { secret: "x".repeat(43) });
    expect(await sealed.verifier.verify(sealed.access)).toEqual({ status: "needs_origin", why: "key" });
  });

  it("is what holds of a user who has changed since the token was made", async () => {
    const { verifier, site, access } = await signedInAtEdge(hybrid);
    const active = await verifier.verify(access);
    if (active.status !== "active") throw new Error(active.status);
    await site.clock.advance(1000);
    await site.auth.users.changed(active.user.id);
    await site.clock.advance(3000);
    expect(await verifier.verify(access)).toEqual({ status: "needs_origin", why: "user" });
  });
});

describe("a session in one token", () => {
  it("is over when it idled or its end came, as the server says", async () => {
    const { verifier, site, access } = await signedInAtEdge(stateless);
    await site.clock.advance(7 * 24 * 60 * minute);
    expect(await verifier.verify(access)).toEqual({ status: "ended", reason: "idle" });
    const short = await signedInAtEdge(
      stateless,
      {},
      { session: { idleTimeout: "1h", absoluteTimeout: "1h" } },
    );
    await short.site.clock.advance(60 * minute);
    expect(await short.verifier.verify(short.access)).toEqual({ status: "ended", reason: "expired" });
  });

  it("says when it should be made anew", async () => {
    const { verifier, site, access } = await signedInAtEdge(stateless);
    expect(await verifier.verify(access)).toMatchObject({ status: "active", renewal: "none" });
    await site.clock.advance(24 * 60 * minute);
    const state = await verifier.verify(access);
    expect(state).toMatchObject({ status: "active", renewal: "due" });
    expect(state).toEqual(await site.auth.verify(access));
  });
});

it("a secret that was replaced still verifies while it is in the list", async () => {
  const next = "Qe8uYt6rW2oP0iUyT5rEwQ9aSdFgHjKlZxCvBnM1234";
  const { verifier, access } = await signedInAtEdge(hybrid, {
    secret: [next, testSecret],
    revocations: false,
  });
  expect((await verifier.verify(access)).status).toBe("active");
  const without = await signedInAtEdge(hybrid, { secret: next, revocations: false });
  expect(await without.verifier.verify(without.access)).toEqual({ status: "needs_origin", why: "key" });
});

it("without a feed a session that was ended is trusted until its token runs out", async () => {
  const { verifier, site, browser, access, asked } = await signedInAtEdge(hybrid, { revocations: false });
  await browser.post("/sign-out");
  await site.clock.advance(14 * minute);
  expect([(await verifier.verify(access)).status, asked]).toEqual(["active", []]);
  await site.clock.advance(minute);
  expect((await verifier.verify(access)).status).toBe("anonymous");
});

it("somebody who acts as a user is shown with the token, and gone with their own session", async () => {
  const options = {
    impersonation: { allow: ({ email }: { email?: string }) => email === "root@example.com" },
  };
  const { verifier, site, browser } = await signedInAtEdge(hybrid, {}, options as object);
  const { userId } = (await browser.get("/session")).body.session;
  const admin = await site.signedUp({ email: "root@example.com" });
  await admin.post("/impersonate", { userId, reason: "Ticket 1" });
  const acting = accessOf(admin);
  const state = await verifier.verify(acting);
  expect(state).toMatchObject({ session: { userId, actor: { reason: "Ticket 1" } } });
  await site.auth.sessions.revoke(state.status === "active" ? (state.session.actor?.sid ?? "") : "");
  await site.clock.advance(2001);
  expect(await verifier.verify(acting)).toEqual({ status: "ended", reason: "parent_ended" });
});

describe("the options", () => {
  const good = { baseURL: origin, secret: testSecret, revocations: false } as const;

  it.each([
    [{ baseURL: "app.example" }, "baseURL"],
    [{ originURL: "ftp://app.example" }, "originURL"],
    [{ strategy: "stateful" }, "strategy"],
    [{ jwt: { alg: "none" } }, "jwt.alg"],
    [{ jwt: { alg: "RS256" } }, "jwt.alg"],
    [{ secret: undefined }, "secret"],
    [{ secret: [] }, "secret"],
    [{ secret: "short" }, "secret"],
    [{ jwt: { alg: "EdDSA" }, secret: undefined, cookie: { encrypt: true } }, "secret"],
    [{ keys: { keys: [] } }, "keys"],
    [{ revocations: undefined }, "revocations"],
    [{ revocations: {} }, "revocations"],
    [{ revocations: { service: { id: "edge" } } }, "revocations"],
    [{ revocations: { service: { id: "edge", secret: "s" }, maxRevocationLag: "soon" } }, "maxRevocationLag"],
    [{ revocations: { service: { id: "edge", secret: "s" }, most: 0 } }, "most"],
    [{ timeout: -1 }, "timeout"],
    [{ transport: ["cookie"] }, "transport"],
  ])("%j are refused, by name", (wrong, name) => {
    const make = (): unknown => createVerifier({ ...good, ...wrong } as never);
    expect(make).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(name) }),
    );
  });

  it("need no secret where keys are public", () => {
    expect(createVerifier({ baseURL: origin, jwt: { alg: "EdDSA" }, revocations: false })).toBeDefined();
  });
});

it("tells once of tokens that look as if an option were not the server's", async () => {
  for (const [wrong, fault] of [
    [{ baseURL: "https://other.example" }, "issuer_mismatch"],
    [{ jwt: { audience: "https://api.example" } }, "audience_mismatch"],
  ] as const) {
    const { verifier, access, failures } = await signedInAtEdge(hybrid, wrong);
    for (let n = 0; n < 3; n += 1) expect(await verifier.verify(access)).toEqual({ status: "anonymous" });
    expect(failures.map(String)).toEqual([expect.stringContaining(fault)]);
  }
});

it("asks at originURL, below basePath, as the service it is", async () => {
  const seen: [string, string | undefined][] = [];
  const { site, access } = await signedInAtEdge(hybrid);
  const verifier = createVerifier({
    baseURL: origin,
    originURL: "http://10.0.0.7:3000",
    basePath: "/id",
    secret: testSecret,
    revocations: { service: { id: "edge:1", secret: "p%ss w\u00f6rd" } },
    clock: site.clock,
    async fetch(url, { headers }) {
      seen.push([url, headers["Authorization"]]);
      return Response.json({ ended: [], users: [], keys: [], cursor: null, more: false });
    },
  });
  await verifier.verify(access);
  const basic = Buffer.from("edge%3A1:p%25ss%20w%C3%B6rd").toString("base64");
  expect(seen).toEqual([["http://10.0.0.7:3000/id/revocations", `Basic ${basic}`]]);
});
