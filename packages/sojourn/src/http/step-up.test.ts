import { describe, expect, it } from "vitest";
import { isStepUpRequired, type RequireOptions, type StepUpChallenge } from "../index.ts";
import type { Principal } from "../domain/principal.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, cookieName, createSite, origin, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const byPassword = { method: "password", how: "password", url: "/auth/step-up" };

function requestOf(browser: Browser, path = "/", headers: Record<string, string> = {}): Request {
  return new Request(origin + path, {
    headers: { cookie: browser.cookie, "user-agent": browser.userAgent, ...headers },
  });
}

/** The challenge of a call that asks for more than was proven; null where it asks for nothing more. */
async function challengeFor(
  site: Site,
  browser: Browser,
  options: RequireOptions,
  request: Request = requestOf(browser),
): Promise<StepUpChallenge | null> {
  try {
    await site.auth.requireSession(request, options);
    return null;
  } catch (error) {
    if (isStepUpRequired(error)) return error.extra.challenge;
    throw error;
  }
}

/** The app has seen a proof of its own, such as a code from an authenticator. */
async function prove(
  site: Site,
  browser: Browser,
  proof: Omit<Principal<StoredUser>, "userId"> & { userId?: string },
): Promise<Awaited<ReturnType<Site["auth"]["stepUp"]>>["session"]> {
  const { userId } = (await browser.get("/session")).body.session;
  const { session, cookies } = await site.auth.stepUp({ userId, ...proof }, requestOf(browser));
  browser.take(cookies);
  return session;
}

const code = { method: "totp", amr: ["otp"], acr: "aal1" };

describe.each(strategies)("a route that asks for more, with %s sessions,", (strategy) => {
  it("SC-11: asks for a proof that is recent, and says how to give it", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await site.pass(5 * minute);
    expect(await challengeFor(site, browser, { freshFor: "5m" })).toBe(null);
    expect(await challengeFor(site, browser, { freshFor: true })).toBe(null);
    await site.pass(1000);
    expect(await challengeFor(site, browser, { freshFor: "5m" })).toEqual({
      freshFor: 300,
      methods: [byPassword],
    });
    expect(await challengeFor(site, browser, { freshFor: true })).toMatchObject({ freshFor: 300 });
    expect((await browser.post("/step-up", { password })).status).toBe(200);
    expect(await challengeFor(site, browser, { freshFor: "5m" })).toBe(null);
  });

  it("asks for a level, with the classes that reach it and no way that does not", async () => {
    const site = createSite(strategy, {
      session: { acrLevels: { "urn:bank:strong": 2, "urn:bank:weak": 1 } },
    });
    const browser = await site.signedUp();
    expect(await challengeFor(site, browser, { aal: 1 })).toBe(null);
    expect(await challengeFor(site, browser, { aal: 2 })).toEqual({
      aal: 2,
      acrValues: ["aal2", "urn:bank:strong", "aal3"],
      methods: [],
    });
    await prove(site, browser, code);
    expect(await challengeFor(site, browser, { aal: 2 })).toBe(null);
    expect(await challengeFor(site, browser, { aal: 3 })).toMatchObject({ acrValues: ["aal3"], methods: [] });
  });

  it("offers the password to who came by something else", async () => {
    const site = createSite(strategy);
    const first = await site.signedUp();
    const { userId } = (await first.get("/session")).body.session;
    const browser = site.browser();
    const { cookies } = await site.auth.signIn({ userId, ...code }, requestOf(browser));
    browser.take(cookies);
    expect(await challengeFor(site, browser, { aal: 2 })).toMatchObject({ methods: [byPassword] });
    expect(await challengeFor(site, browser, { method: "password" })).toEqual({ methods: [byPassword] });
    expect(await challengeFor(site, browser, { method: ["hwk", "pwd"] })).toEqual({ methods: [byPassword] });
    expect(await challengeFor(site, browser, { method: "hwk" })).toEqual({ methods: [] });
    const { body } = await browser.post("/step-up", { password });
    expect(body.session).toMatchObject({ amr: ["otp", "pwd", "mfa"], acr: "aal2", method: "password" });
    for (const method of ["password", "pwd", "otp", "mfa"])
      expect(await challengeFor(site, browser, { method })).toBe(null);
  });

  it("says in a header what it asks for (RFC 9470 §3)", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await site.pass(2 * hour);
    const { status, headers, body } = await browser.delete("/sessions");
    expect(status).toBe(403);
    expect(body.challenge).toEqual({ freshFor: 3600, methods: [byPassword] });
    expect(headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_user_authentication", max_age="3600"',
    );
  });

  it("remembers the page that was opened, and nothing else", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await site.pass(hour);
    const returnTo = async (path: string, headers: Record<string, string>): Promise<string | undefined> =>
      (await challengeFor(site, browser, { freshFor: "5m" }, requestOf(browser, path, headers)))?.returnTo;
    const navigation = { "sec-fetch-mode": "navigate" };
    expect(await returnTo("/account?tab=2#x", navigation)).toBe("/account?tab=2");
    expect(await returnTo("//evil.example/", navigation)).toBe(undefined);
    expect(await returnTo("/api/account", { "sec-fetch-mode": "cors" })).toBe(undefined);
    const post = new Request(`${origin}/account`, {
      method: "POST",
      headers: { cookie: browser.cookie, "user-agent": browser.userAgent, ...navigation },
    });
    expect((await challengeFor(site, browser, { freshFor: "5m" }, post))?.returnTo).toBe(undefined);
  });

  it("says of nobody, and of a session that is over, what it always says", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const nobody = site.auth.requireSession(requestOf(site.browser()), { freshFor: "5m" });
    await expect(nobody).rejects.toMatchObject({ code: "unauthenticated" });
    const copy = browser.copy();
    await browser.post("/sign-out");
    const over = site.auth.requireSession(requestOf(copy), { freshFor: "5m", aal: 2 });
    await expect(over).rejects.toMatchObject({ code: "session_ended", extra: { reason: "signed_out" } });
  });

  it.each([{ aal: 4 }, { aal: "2" }, { freshFor: "soon" }])(
    "lets nobody in by a demand that makes no sense: %j",
    async (options) => {
      const site = createSite(strategy);
      const browser = await site.signedUp();
      const asked = site.auth.requireSession(requestOf(browser), options as RequireOptions);
      await expect(asked).rejects.toMatchObject({ code: "config_invalid" });
    },
  );
});

describe.each(strategies)("SC-06: what a %s session says of its proofs", (strategy) => {
  it("is what the sign-in said, and a new proof of the same worth begins both timers anew", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await site.pass(day);
    const { body } = await browser.post("/step-up", { password });
    expect(body.session).toMatchObject({
      amr: ["pwd"],
      acr: "aal1",
      authTime: "2030-01-02T00:00:00.000Z",
      createdAt: "2030-01-02T00:00:00.000Z",
      idleExpiresAt: "2030-01-09T00:00:00.000Z",
      absoluteExpiresAt: "2030-02-01T00:00:00.000Z",
    });
    expect((await browser.get("/session")).body.session).toMatchObject({ amr: ["pwd"], acr: "aal1" });
  });

  it("joins two factors, for as long as the older of them was good", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await site.pass(day);
    expect(await prove(site, browser, code)).toMatchObject({
      amr: ["pwd", "otp", "mfa"],
      acr: "aal2",
      method: "totp",
      authTime: "2030-01-02T00:00:00.000Z",
      absoluteExpiresAt: "2030-01-31T00:00:00.000Z",
    });
    await site.pass(day);
    const { body } = await browser.post("/step-up", { password });
    expect(body.session).toMatchObject({
      amr: ["pwd", "otp", "mfa"],
      acr: "aal2",
      authTime: "2030-01-03T00:00:00.000Z",
      absoluteExpiresAt: "2030-01-31T00:00:00.000Z",
    });
  });

  it("is never more than was proven: a password keeps a higher class no longer than it was to last", async () => {
    const site = createSite(strategy, { session: { preset: "aal2", resumeIdle: false } });
    const { userId } = (await (await site.signedUp()).get("/session")).body.session;
    const browser = site.browser();
    const strong = { userId, method: "passkey", amr: ["hwk", "user", "mfa"], acr: "aal2" };
    browser.take((await site.auth.signIn(strong, requestOf(browser))).cookies);
    for (let i = 0; i < 47; i += 1) {
      await site.pass(30 * minute);
      const { body } = await browser.post("/step-up", { password });
      expect(body.session).toMatchObject({
        acr: "aal2",
        absoluteExpiresAt: "2030-01-02T00:00:00.000Z",
      });
    }
    await site.pass(30 * minute);
    expect((await browser.send("GET", "/me")).body.reason).toBe("expired");
  });

  it("is nobody else's: neither a proof of another user nor one in somebody's name counts", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const bob = await site.signedUp({ email: "bob@example.com" });
    const { userId, sid } = (await bob.get("/session")).body.session;
    await expect(prove(site, browser, { userId, ...code })).rejects.toMatchObject({ code: "sign_in_denied" });
    expect((await browser.get("/me")).status).toBe(200);
    expect((await bob.get("/session")).body.session.sid).toBe(sid);
  });

  it("is told as an event, and so is a proof that fails", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    site.eventTypes();
    await browser.post("/step-up", { password: "wrong" });
    expect(site.events.at(-1)).toMatchObject({ type: "authn_login_fail", code: "invalid_credentials" });
    const { body } = await browser.post("/step-up", { password });
    const { sid, userId } = body.session;
    expect(site.events.at(-1)).toMatchObject({
      type: "authn_step_up",
      sid,
      userId,
      method: "password",
      resumed: false,
    });
  });
});

describe.each(strategies)("SC-10: ending one's other sessions, with %s sessions,", (strategy) => {
  async function aged(
    ms: number,
    options: Parameters<typeof createSite>[1] = {},
  ): Promise<{
    site: Site;
    browser: Browser;
    phone: Browser;
    phoneSid: string;
  }> {
    const site = createSite(strategy, options);
    const browser = await site.signedUp();
    await site.pass(ms);
    const phone = site.browser("phone");
    const { body } = await phone.post("/sign-in/password", { email, password });
    return { site, browser, phone, phoneSid: body.session.sid };
  }

  it("needs a proof of the last hour", async () => {
    const { site, browser, phone, phoneSid } = await aged(hour);
    await site.pass(1000);
    for (const path of [`/sessions/${phoneSid}`, "/sessions"]) {
      const { status, code: problem, body } = await browser.delete(path);
      expect([status, problem]).toEqual([403, "step_up_required"]);
      expect(body.challenge).toEqual({ freshFor: 3600, methods: [byPassword] });
    }
    expect((await phone.get("/me")).status).toBe(200);
    await browser.post("/step-up", { password });
    expect((await browser.delete(`/sessions/${phoneSid}`)).body.ended).toBe(1);
    expect((await phone.get("/me")).status).toBe(401);
  });

  it("is told alike of a session that is somebody else's, or nobody's", async () => {
    const { site, browser } = await aged(2 * hour);
    const mallory = await site.signedUp({ email: "mallory@example.com" });
    const { sid } = (await mallory.get("/session")).body.session;
    const replies = [sid, "01890000-0000-7000-8000-000000000000", "x"].map((one) =>
      browser.delete(`/sessions/${one}`),
    );
    const codes = (await Promise.all(replies)).map((reply) => reply.code);
    expect(codes).toEqual(["step_up_required", "step_up_required", "step_up_required"]);
  });

  it("is as free as it is said to be", async () => {
    const { browser, phoneSid } = await aged(3 * day, { session: { freshToEnd: false } });
    expect((await browser.delete(`/sessions/${phoneSid}`)).status).toBe(200);
    const strict = await aged(2 * minute, { session: { freshToEnd: "1m" } });
    expect((await strict.browser.delete("/sessions")).body.challenge?.freshFor).toBe(60);
  });

  it("needs none for one's own session, nor for signing out everywhere", async () => {
    const { site, browser, phone } = await aged(3 * day);
    const { sid } = (await browser.get("/session")).body.session;
    const other = site.browser();
    await other.post("/sign-in/password", { email, password });
    await site.pass(2 * hour);
    expect((await browser.delete(`/sessions/${sid}`)).status).toBe(200);
    expect((await other.post("/sign-out?everywhere=true")).body.ended).toBe(2);
    expect((await phone.get("/me")).status).toBe(401);
  });
});

describe("a step-up by the app itself", () => {
  it("puts a new session in the place of the old one, whose credential is dead (SC-03)", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    const old = browser.copy();
    const { sid } = (await browser.get("/session")).body.session;
    await site.auth.sessions.setData(sid, "cart", ["book"]);
    const session = await prove(site, browser, code);
    expect(session.sid).not.toBe(sid);
    expect(old.value(cookieName)).not.toBe(browser.value(cookieName));
    expect((await old.send("GET", "/me")).body.reason).toBe("superseded");
    expect(await site.auth.sessions.getData(session.sid, "cart")).toEqual(["book"]);
  });

  it("is for somebody who is signed in", async () => {
    const site = createSite("stateful");
    const nobody = site.auth.stepUp({ userId: "u1", ...code }, requestOf(site.browser()));
    await expect(nobody).rejects.toMatchObject({ code: "unauthenticated" });
    const browser = await site.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    site.outage.sessions = true;
    const away = site.auth.stepUp({ userId, ...code }, requestOf(browser));
    await expect(away).rejects.toMatchObject({ code: "store_unavailable" });
  });
});
