import { describe, expect, it } from "vitest";
import type { SessionOptions } from "../domain/policy.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, createSite, origin, type Site, type SiteOptions, strategies } from "./http-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

const { email, password } = ada;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const session: SessionOptions = { preset: "aal2" };

/** A browser whose session has idled for a moment. */
async function idled(
  strategy: (typeof strategies)[number],
  options: SiteOptions = {},
): Promise<{ site: Site; browser: Browser; sid: string; userId: string }> {
  const site = createSite(strategy, { session, ...options });
  const browser = await site.signedUp();
  const { sid, userId } = (await browser.get("/session")).body.session;
  await site.auth.sessions.setData(sid, "draft", "Dear Sir");
  await site.pass(hour + minute);
  return { site, browser, sid, userId };
}

const resume = (browser: Browser): Promise<Reply> => browser.post("/step-up", { password });

/** Both refuse to go on: reading, and resuming. */
async function isOverFor(browser: Browser, reason?: string): Promise<void> {
  const reply = await browser.send("POST", "/step-up", { password });
  expect([reply.status, reply.body.challenge]).toEqual([401, undefined]);
  if (reason !== undefined) expect(reply.body.reason).toBe(reason);
  expect((await browser.send("GET", "/me")).status).toBe(401);
}

describe.each(strategies)("SC-07: a %s session that idled before its absolute end", (strategy) => {
  it("answers no call, and says that it can be resumed", async () => {
    const { site, browser } = await idled(strategy);
    for (const [method, path] of [
      ["GET", "/me"],
      ["GET", "/sessions"],
      ["POST", "/touch"],
      ["DELETE", "/sessions"],
      ["POST", "/refresh"],
    ] as const) {
      const reply = await browser.send(method, path, method === "POST" ? {} : undefined);
      expect([path, reply.status, reply.code, reply.cookies]).toEqual([path, 401, "session_ended", []]);
      expect(reply.body).toMatchObject({
        reason: "idle",
        challenge: {
          resumes: true,
          methods: [{ method: "password", how: "password", url: "/auth/step-up" }],
        },
      });
    }
    const { body, cookies } = await browser.send("GET", "/session");
    expect([body, cookies]).toEqual([null, []]);
    const request = new Request(origin, {
      headers: { cookie: browser.cookie, "user-agent": browser.userAgent },
    });
    expect(await site.auth.authenticate(request)).toEqual({
      status: "ended",
      reason: "idle",
      cookies: [],
      resumable: true,
    });
    await expect(site.auth.requireSession(request)).rejects.toMatchObject({
      code: "session_ended",
      extra: { reason: "idle", challenge: { resumes: true } },
    });
  });

  it("goes on after the password: with its data, its proofs and its absolute end", async () => {
    const { site, browser, sid } = await idled(strategy);
    const old = browser.copy();
    const { status, body } = await resume(browser);
    expect(status).toBe(200);
    expect(body.session).toMatchObject({
      amr: ["pwd"],
      acr: "aal1",
      authTime: "2030-01-01T01:01:00.000Z",
      idleExpiresAt: "2030-01-01T02:01:00.000Z",
      absoluteExpiresAt: "2030-01-02T00:00:00.000Z",
    });
    expect(body.session.sid).not.toBe(sid);
    expect(await site.auth.sessions.getData(body.session.sid, "draft")).toBe("Dear Sir");
    expect((await browser.get("/me")).status).toBe(200);
    expect(site.events.findLast(({ type }) => type === "authn_step_up")).toMatchObject({ resumed: true });
    await isOverFor(old, "superseded");
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("goes on as often as need be, and never past its absolute end", async () => {
    const { site, browser } = await idled(strategy);
    await resume(browser);
    for (let passed = hour + minute; passed + 2 * hour < day; passed += 2 * hour) {
      await site.pass(2 * hour);
      const { body } = await resume(browser);
      expect(body.session.absoluteExpiresAt).toBe("2030-01-02T00:00:00.000Z");
    }
    const late = browser.copy();
    await site.pass(day - (site.clock.now() % day));
    await isOverFor(late, "expired");
  });

  it("does not go on by a wrong password, and still does by the right one", async () => {
    const { browser } = await idled(strategy);
    const wrong = await browser.post("/step-up", { password: "wrong" });
    expect([wrong.code, wrong.cookies]).toEqual(["invalid_credentials", []]);
    expect((await resume(browser)).status).toBe(200);
  });

  it("does not go on by the password alone, nor with a credential that was made up", async () => {
    const { site, browser } = await idled(strategy);
    expect((await resume(site.browser())).code).toBe("unauthenticated");
    const forger = browser.copy();
    for (const [name, kept] of forger.jar)
      forger.jar.set(name, { ...kept, value: `${kept.value.slice(0, -2)}AA` });
    expect((await forger.send("POST", "/step-up", { password })).status).toBe(401);
    expect((await resume(browser)).status).toBe(200);
  });

  it("is over for good after signing out", async () => {
    const { browser } = await idled(strategy);
    const copy = browser.copy();
    expect((await browser.post("/sign-out")).cookies).not.toEqual([]);
    await isOverFor(copy, "signed_out");
  });

  it("is over for good after signing in again in this browser", async () => {
    const { browser } = await idled(strategy);
    const copy = browser.copy();
    await browser.post("/sign-in/password", { email, password });
    await isOverFor(copy, "superseded");
    expect((await browser.get("/me")).status).toBe(200);
  });

  it.each([
    [
      "its user signs out everywhere",
      (other: Browser) => other.post("/sign-out?everywhere=true"),
      "signed_out",
    ],
    ["its user ends all other sessions", (other: Browser) => other.delete("/sessions"), "revoked"],
    [
      "the password is changed elsewhere",
      (other: Browser) =>
        other.post("/change-password", { currentPassword: password, newPassword: "another phrase" }),
      "credentials_changed",
    ],
  ])("is over for good once %s", async (_what, act, reason) => {
    const { site, browser } = await idled(strategy);
    const other = site.browser();
    await other.post("/sign-in/password", { email, password });
    await act(other);
    const reply = await browser.send("POST", "/step-up", { password });
    expect([reply.code, reply.body.reason]).toEqual(["session_ended", reason]);
  });

  it("is over for good once it was ended by its id, by its user or the app", async () => {
    for (const end of [
      (site: Site, sid: string) => site.auth.sessions.revoke(sid, "revoked_by_admin"),
      async (site: Site, sid: string) => {
        const other = site.browser();
        await other.post("/sign-in/password", { email, password });
        expect((await other.delete(`/sessions/${sid}`)).status).toBe(200);
      },
    ]) {
      const { site, browser, sid } = await idled(strategy);
      await end(site, sid);
      await isOverFor(browser);
    }
  });

  it("goes on where all but this one were ended while it was alive", async () => {
    const site = createSite(strategy, { session });
    const browser = await site.signedUp();
    await site.browser().post("/sign-in/password", { email, password });
    expect((await browser.delete("/sessions")).body.ended).toBe(1);
    await site.pass(2 * hour);
    expect((await resume(browser)).status).toBe(200);
  });

  it("does not go on for a user who was disabled meanwhile", async () => {
    const { site, browser, userId } = await idled(strategy);
    await site.accounts.users.setStatus(userId, "disabled");
    expect((await resume(browser)).code).toBe("account_disabled");
    expect(await site.auth.sessions.list(userId)).toEqual([]);
  });

  it("twice at once goes on once, whichever answer comes last", async () => {
    for (const winnerFirst of [true, false]) {
      const { browser, site, userId } = await idled(strategy);
      const replies = await Promise.all([1, 2].map(() => browser.send("POST", "/step-up", { password })));
      expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401]);
      const inOrder = replies.toSorted((a, b) => (winnerFirst ? a.status - b.status : b.status - a.status));
      for (const { cookies } of inOrder) browser.take(cookies);
      expect((await browser.get("/me")).status).toBe(200);
      expect(await site.auth.sessions.list(userId)).toHaveLength(1);
    }
  });

  it.each(["before", "after"])(
    "that is resumed while all sessions are ended is over, also if they are ended just %s it",
    async (when) => {
      const { site, browser, userId } = await idled(strategy);
      const sessions = site.accounts.sessions;
      const create = sessions.create.bind(sessions);
      sessions.create = async (record, limit) => {
        if (when === "before") await site.auth.sessions.revokeAll(userId);
        const result = await create(record, limit);
        if (when === "after") await site.auth.sessions.revokeAll(userId);
        return result;
      };
      const { code, body } = await browser.send("POST", "/step-up", { password });
      expect([code, body.reason]).toEqual(["session_ended", "revoked"]);
      expect(await site.auth.sessions.list(userId)).toEqual([]);
    },
  );

  it("takes the room of a live session, as any other sign-in does", async () => {
    const { site, browser } = await idled(strategy, {
      session: { ...session, limit: { max: 1, onExceed: "deny" } },
    });
    const other = site.browser();
    await other.post("/sign-in/password", { email, password });
    expect((await resume(browser)).code).toBe("session_limit_reached");
    await other.post("/sign-out");
    expect((await resume(browser)).status).toBe(200);
  });

  it("keeps its cookies only for as long as it can be resumed", async () => {
    const { site, browser } = await idled(strategy, {
      session: { idleTimeout: "1h", absoluteTimeout: "7d", resumeIdle: "2h" },
    });
    await site.pass(2 * hour - minute - 1);
    expect((await browser.send("GET", "/me")).cookies).toEqual([]);
    await site.pass(1);
    const { body, cookies } = await browser.send("GET", "/me");
    expect([body.reason, body.challenge]).toEqual(["idle", undefined]);
    expect(cookies).toHaveLength(strategy === "hybrid" ? 2 : 1);
    expect((await browser.send("POST", "/step-up", { password })).status).toBe(401);
  });

  it("is not resumed where the policy does not let it", async () => {
    const { browser } = await idled(strategy, { session: { preset: "aal2", resumeIdle: false } });
    await isOverFor(browser, "idle");
  });

  it("is nobody's to resume who acts for its user", async () => {
    const { site, userId } = await idled(strategy);
    const agent = site.browser();
    const context = { ip: null, userAgent: agent.userAgent };
    const principal = { userId, method: "delegation", kind: "service" } as const;
    agent.take((await site.auth.sessions.create(principal, {}, context)).cookies);
    await site.pass(hour);
    await isOverFor(agent, "idle");
  });

  it("stays as it is while the store cannot be reached", async () => {
    const { site, browser } = await idled(strategy);
    site.outage.sessions = true;
    const { code, cookies } = await browser.send("POST", "/step-up", { password });
    expect([code, cookies]).toEqual(["store_unavailable", []]);
    site.outage.sessions = false;
    expect((await resume(browser)).status).toBe(200);
  });

  it("keeps a class of two factors by one of them, and none above that", async () => {
    for (const [acr, kept] of [
      ["aal2", "aal2"],
      ["aal3", "aal2"],
    ] as const) {
      const { site, userId } = await idled(strategy);
      const browser = site.browser();
      const strong = { userId, method: "passkey", amr: ["hwk", "pin", "mfa"], acr };
      const request = new Request(origin, { headers: { "user-agent": browser.userAgent } });
      browser.take((await site.auth.signIn(strong, request)).cookies);
      await site.pass(2 * hour);
      const { body } = await resume(browser);
      expect(body.session).toMatchObject({ acr: kept, amr: ["hwk", "pin", "mfa", "pwd"] });
    }
  });
});

describe("resuming a hybrid session", () => {
  it("takes the refresh token: an access token that ran out is no secret", async () => {
    const { browser } = await idled("hybrid");
    const thief = browser.copy();
    for (const name of thief.jar.keys()) if (name.endsWith("-refresh")) thief.jar.delete(name);
    expect((await thief.send("POST", "/step-up", { password })).code).toBe("unauthenticated");
    expect((await resume(browser)).status).toBe(200);
  });

  it("takes no refresh token that was replaced long ago", async () => {
    const site = createSite("hybrid", { session });
    const browser = await site.signedUp();
    const thief = browser.copy();
    await site.pass(20 * minute);
    await browser.post("/refresh");
    await browser.get("/me");
    await site.pass(2 * hour);
    expect((await thief.send("POST", "/step-up", { password })).status).toBe(401);
    expect((await resume(browser)).status).toBe(200);
  });

  it("takes it in the body with header transport", async () => {
    const site = createSite("hybrid", { session, transports: ["cookie", "header"] });
    const app = site.browser();
    const { body } = await app.post("/sign-up/password", { ...ada, transport: "header" });
    const { refreshToken } = body.tokens;
    await site.pass(2 * hour);
    expect((await app.post("/refresh", { refreshToken })).body.challenge?.resumes).toBe(true);
    const resumed = await app.post("/step-up", { password, refreshToken });
    expect(resumed.status).toBe(200);
    expect(
      (await app.get("/me", { authorization: `Bearer ${resumed.body.tokens.accessToken}` })).status,
    ).toBe(200);
  });
});

describe("resuming a stateless session", () => {
  it("takes no old copy of its token: one that had run out before its user was last seen", async () => {
    const site = createSite("stateless", { session });
    const browser = await site.signedUp();
    const thief = browser.copy();
    for (let i = 0; i < 3; i += 1) {
      await site.pass(40 * minute);
      expect((await browser.post("/refresh")).status).toBe(200);
    }
    await site.pass(2 * hour);
    expect((await thief.send("POST", "/step-up", { password })).status).toBe(401);
    expect((await resume(browser)).status).toBe(200);
  });

  it("is not had without a store: nobody could end what was signed out", async () => {
    const site = createSite("stateless", { session, revocations: "none" });
    const browser = await site.signedUp();
    await site.pass(2 * hour);
    const { status, body, cookies } = await browser.send("POST", "/step-up", { password });
    expect([status, body.challenge, cookies.length]).toEqual([401, undefined, 1]);
    expect(() => createSite("stateless", { session: { resumeIdle: true }, revocations: "none" })).toThrow(
      expect.objectContaining({ code: "config_store_required" }),
    );
  });
});
