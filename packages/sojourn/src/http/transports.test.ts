import { describe, expect, it } from "vitest";
import type { TokenReply } from "../contract/types.ts";
import { ada, cookieName, createSite, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const both = { transports: ["cookie", "header"] } as const;

async function bearer(site: Site, more: object = {}): Promise<TokenReply> {
  const { body, cookies } = await site
    .browser("app/1")
    .post("/sign-in/password", { email, password, transport: "header", ...more });
  expect(cookies).toEqual([]);
  return body.tokens as TokenReply;
}

function as(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

describe.each(strategies)("a %s session", (strategy) => {
  it("with header transport hands its tokens out in the body, and sets no cookie", async () => {
    const site = createSite(strategy, both);
    await site.signedUp();
    const tokens = await bearer(site);
    expect(tokens).toEqual({
      tokenType: "Bearer",
      accessToken: expect.any(String) as string,
      expiresIn: { stateful: 30 * 86_400, stateless: 7 * 86_400, hybrid: 900 }[strategy],
      ...(strategy === "hybrid" ? { refreshToken: expect.any(String) as string } : {}),
    });
    const { body } = await site.browser().get("/session", as(tokens.accessToken));
    expect([body.session.transport, body.session.userId]).toEqual(["header", body.user.id]);
  });

  it("with cookie transport never shows a token in a body", async () => {
    const site = createSite(strategy, both);
    const browser = await site.signedUp();
    const replies = [
      await browser.post("/sign-in/password", { email, password }),
      await browser.get("/session"),
      await browser.get("/sessions"),
      await browser.post("/refresh"),
      await browser.post("/touch"),
      await browser.post("/step-up", { password }),
      await browser.post("/change-password", { currentPassword: password, newPassword: "another phrase" }),
    ];
    for (const { status, text, body } of replies) {
      expect(status, text).toBe(200);
      expect(body.tokens).toBe(undefined);
      for (const { value } of browser.jar.values()) expect(text).not.toContain(value);
    }
  });

  it("is not moved from one transport to the other, and neither try ends it", async () => {
    const site = createSite(strategy, both);
    const browser = await site.signedUp();
    const { accessToken, refreshToken } = await bearer(site);
    // Both are known by now: what is remembered of a token must not open another door.
    await browser.get("/me");
    await site.browser().get("/me", as(accessToken));
    const cookieAsBearer = await site.browser().get("/me", as(browser.value(cookieName)));
    expect([cookieAsBearer.code, cookieAsBearer.cookies]).toEqual(["unauthenticated", []]);
    const bearerAsCookie = await site.browser().get("/me", { cookie: `${cookieName}=${accessToken}` });
    expect([bearerAsCookie.code, bearerAsCookie.cookies]).toEqual(["unauthenticated", []]);
    const moved =
      refreshToken === undefined ? `${cookieName}=${accessToken}` : `${cookieName}-refresh=${refreshToken}`;
    const refreshed = await site.browser().post("/refresh", {}, { cookie: moved });
    expect([refreshed.code, refreshed.cookies]).toEqual(["refresh_invalid", []]);
    expect((await browser.get("/me")).status).toBe(200);
    expect((await site.browser().get("/me", as(accessToken))).status).toBe(200);
  });

  it("of the header decides where a cookie is there too, and that is told", async () => {
    const site = createSite(strategy, both);
    const browser = await site.signedUp();
    await site.signedUp({ email: "bob@example.com" });
    const { accessToken } = (
      await site
        .browser()
        .post("/sign-in/password", { email: "bob@example.com", password, transport: "header" })
    ).body.tokens;
    site.eventTypes();
    const { body, cookies } = await browser.send("GET", "/session", undefined, as(accessToken));
    expect([body.session.transport, cookies]).toEqual(["header", []]);
    expect(body.session.userId).not.toBe((await browser.get("/session")).body.session.userId);
    expect(site.eventTypes()).toEqual(["transport_mixed"]);
  });

  it("of the cookie does not stand in for a bearer token that is no good", async () => {
    const site = createSite(strategy, both);
    const browser = await site.signedUp();
    const { code } = await browser.send("GET", "/me", undefined, as("nonsense"));
    expect(code).toBe("unauthenticated");
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("SC-14: is taken from no URL and no body, and a credential in a URL is told of", async () => {
    const site = createSite(strategy, both);
    const browser = await site.signedUp();
    const { sid } = (await browser.get("/session")).body.session;
    const { accessToken } = await bearer(site);
    site.eventTypes();
    for (const token of [browser.value(cookieName), accessToken]) {
      for (const name of ["access_token", "token", "session"]) {
        const path = `/me?${new URLSearchParams({ [name]: token }).toString()}`;
        expect((await site.browser().get(path)).code).toBe("unauthenticated");
        expect(site.eventTypes()).toEqual(["credential_misplaced"]);
        expect((await site.browser().post("/touch", { [name]: token })).status).toBe(400);
        expect(site.eventTypes()).toEqual([]);
      }
    }
    expect((await site.browser().get(`/me?sid=${sid}&id_token_hint=a.b.c`)).code).toBe("unauthenticated");
    expect(site.eventTypes()).toEqual([]);
  });

  it("is begun by no transport that is not enabled, and nobody is signed in by the try", async () => {
    const site = createSite(strategy, { transports: ["cookie"] });
    const browser = await site.signedUp();
    site.eventTypes();
    for (const path of ["/sign-in/password", "/sign-up/password"]) {
      const { code, cookies } = await site
        .browser()
        .post(path, { email: "x@example.com", password, transport: "header" });
      expect([code, cookies]).toEqual(["transport_not_enabled", []]);
    }
    expect((await site.browser().post("/refresh", { refreshToken: "r1.x" })).code).toBe(
      "transport_not_enabled",
    );
    expect(site.eventTypes()).toEqual([]);
    const ignored = await browser.send("GET", "/session", undefined, as(browser.value(cookieName)));
    expect(ignored.body.session.transport).toBe("cookie");
    expect(site.eventTypes()).toEqual([]);
  });

  it("of a deployment without cookies takes none and sets none", async () => {
    const site = createSite(strategy, { transports: ["header"] });
    const { body, cookies } = await site.browser().post("/sign-up/password", ada);
    expect([body.session.transport, cookies]).toEqual(["header", []]);
    const { accessToken } = body.tokens;
    expect((await site.browser().get("/me", { cookie: `${cookieName}=${accessToken}` })).code).toBe(
      "unauthenticated",
    );
    expect((await site.browser().get("/me", as(accessToken))).status).toBe(200);
    expect(
      (await site.browser().post("/sign-in/password", { email, password, transport: "cookie" })).code,
    ).toBe("transport_not_enabled");
    const signedOut = await site
      .browser()
      .post("/sign-out", {}, { ...as(accessToken), cookie: `${cookieName}=theirs` });
    expect([signedOut.body, signedOut.cookies]).toEqual([{ ended: 1 }, []]);
    expect((await site.browser().get("/me", as(accessToken))).code).toBe("session_ended");
    expect((await site.browser().post("/sign-out")).cookies).toEqual([]);
    expect(site.auth.clearSessionCookie()).toEqual([]);
  });

  it("of the cookie is left alone when one of the header beside it ends, or is over", async () => {
    const site = createSite(strategy, both);
    const browser = await site.signedUp();
    const { accessToken, refreshToken } = await bearer(site);
    const jar = browser.cookie;
    expect((await browser.post("/sign-out", {}, as(accessToken))).body).toEqual({ ended: 1 });
    expect((await browser.get("/me", as(accessToken))).code).toBe("session_ended");
    expect((await browser.post("/touch", {}, as(accessToken))).code).toBe("session_ended");
    expect((await browser.post("/refresh", {}, as(accessToken))).status).toBe(401);
    expect((await browser.get("/session", as("nonsense"))).body).toBe(null);
    if (refreshToken !== undefined)
      expect((await browser.post("/refresh", { refreshToken })).code).toBe("session_ended");
    expect(browser.cookie).toBe(jar);
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("of the header is ended by its sid without touching the browser's cookies", async () => {
    const site = createSite(strategy, both);
    const browser = await site.signedUp();
    const jar = browser.cookie;
    const { accessToken } = await bearer(site);
    const { sid } = (await site.browser().get("/session", as(accessToken))).body.session;
    expect((await browser.delete(`/sessions/${sid}`, as(accessToken))).body).toEqual({ ended: 1 });
    expect(browser.cookie).toBe(jar);
  });

  it("of a browser that sends a cookie to a deployment that takes none is not cleared there", async () => {
    const site = createSite(strategy, { transports: ["header"] });
    const { cookies } = await site.browser().get("/me", { cookie: `${cookieName}=left-from-before` });
    expect(cookies).toEqual([]);
  });

  it("with header transport is renewed by its own token, without a cookie", async () => {
    const site = createSite(strategy, both);
    await site.signedUp();
    const { accessToken, refreshToken } = await bearer(site);
    await site.pass(60_000);
    const reply =
      strategy === "hybrid"
        ? await site.browser("app/1").post("/refresh", { refreshToken })
        : await site.browser("app/1").post("/refresh", {}, as(accessToken));
    expect([reply.status, reply.cookies]).toEqual([200, []]);
    const next = reply.body.tokens as TokenReply | undefined;
    expect(next === undefined).toBe(strategy === "stateful");
    expect((await site.browser().get("/me", as(next?.accessToken ?? accessToken))).status).toBe(200);
    if (strategy === "hybrid") expect(next?.refreshToken).not.toBe(refreshToken);
  });

  it("that is remembered makes no difference to its tokens", async () => {
    const site = createSite(strategy, both);
    await site.signedUp();
    const { accessToken } = await bearer(site, { remember: true });
    expect((await site.browser().get("/session", as(accessToken))).body.session.remember).toBe(true);
  });
});

describe("a hybrid session in the access token's last moments", () => {
  it("with header transport needs its refresh token once the access token ran out", async () => {
    const site = createSite("hybrid", both);
    await site.signedUp();
    const { accessToken, refreshToken } = await bearer(site);
    await site.pass(900_000 - 1);
    expect((await site.browser().get("/me", as(accessToken))).status).toBe(200);
    await site.pass(1);
    const { code, cookies } = await site.browser().get("/me", as(accessToken));
    expect([code, cookies]).toEqual(["unauthenticated", []]);
    const { body } = await site.browser("app/1").post("/refresh", { refreshToken });
    expect((await site.browser().get("/me", as(body.tokens.accessToken))).status).toBe(200);
  });
});

describe("a long user agent", () => {
  it("agrees with itself, so that two tabs of such a browser may race", async () => {
    const site = createSite("hybrid");
    const agent = `Mozilla/5.0 ${"x".repeat(2000)}`;
    const browser = site.browser(agent);
    await browser.post("/sign-up/password", ada);
    await site.pass(60_000);
    const otherTab = browser.copy(agent);
    await browser.post("/refresh");
    await browser.get("/me");
    await site.clock.advance(1000);
    expect((await otherTab.post("/refresh")).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(200);
    expect(site.eventTypes()).not.toContain("authn_token_reuse");
  });
});
