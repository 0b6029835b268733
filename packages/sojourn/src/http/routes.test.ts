import { beforeAll, describe, expect, it } from "vitest";
import { providerRoutes } from "../contract/provider-routes.ts";
import { contract } from "../contract/routes.ts";
import type { RevocationsReply } from "../contract/types.ts";
import { ada, cookieName, createSite, service, serviceBasic, strategies } from "./http-test-kit.fixture.ts";
import type { ActivityReply } from "../contract/user-data-types.ts";
import type { UserExport } from "../session/user-export.ts";
import { visited } from "./response-check.fixture.ts";

describe.each(strategies)("with %s sessions", (strategy) => {
  // What other files have visited does not count.
  beforeAll(() => visited.clear());

  it("GET /session says who is signed in, or null", async () => {
    const site = createSite(strategy);
    expect((await site.browser().get("/session")).body).toBe(null);
    const browser = await site.signedUp();
    const { status, body, cookies } = await browser.get("/session");
    expect([status, cookies]).toEqual([200, []]);
    expect(body.session).toMatchObject({
      kind: "user",
      method: "password",
      transport: "cookie",
      remember: false,
      amr: ["pwd"],
      createdAt: "2030-01-01T00:00:00.000Z",
      idleExpiresAt: "2030-01-08T00:00:00.000Z",
      absoluteExpiresAt: "2030-01-31T00:00:00.000Z",
    });
    expect(body.user.id).toBe(body.session.userId);
  });

  it("GET /me is the user, or 401", async () => {
    const site = createSite(strategy);
    const stranger = await site.browser().get("/me");
    expect([stranger.status, stranger.code]).toEqual([401, "unauthenticated"]);
    const browser = await site.signedUp();
    const { body } = await browser.get("/me");
    expect(body).toEqual((await browser.get("/session")).body.user);
    expect(body.role).toBe("user");
  });

  it("POST /sign-up/password makes an account and signs in", async () => {
    const site = createSite(strategy);
    const browser = site.browser();
    const { body, cookies } = await browser.post("/sign-up/password", ada);
    expect(body).toMatchObject({
      session: { userId: body.user.id },
      user: { email: ada.email, name: "Ada" },
    });
    expect(body.tokens).toBe(undefined);
    expect(cookies.length).toBe(strategy === "hybrid" ? 2 : 1);
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("POST /sign-in/password and its alias sign in", async () => {
    const site = createSite(strategy);
    await site.signedUp();
    const { email, password } = ada;
    for (const path of ["/sign-in/password", "/password/login"]) {
      const browser = site.browser();
      const { status, body } = await browser.post(path, { email, password });
      expect([status, body.user.email]).toEqual([200, ada.email]);
      expect((await browser.get("/me")).status).toBe(200);
    }
  });

  it("POST /sign-in/password remembers a browser that asks for it, and no other", async () => {
    const site = createSite(strategy);
    await site.signedUp();
    const { email, password } = ada;
    const kept = await site.browser().post("/sign-in/password", { email, password, remember: true });
    expect(kept.body.session.remember).toBe(true);
    for (const cookie of kept.cookies) expect(cookie).toMatch(/; Max-Age=2592000$/);
    const forgotten = await site.browser().post("/sign-in/password", { email, password });
    for (const cookie of forgotten.cookies) expect(cookie).not.toMatch(/Max-Age|Expires/);
  });

  it("POST /sign-in/password ends the session this browser had before", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const before = browser.copy();
    const { email, password } = ada;
    await browser.post("/sign-in/password", { email, password });
    expect(browser.value(cookieName)).not.toBe(before.value(cookieName));
    const { code, body } = await before.get("/me");
    expect([code, body.reason]).toEqual(["session_ended", "superseded"]);
    expect((await browser.get("/me")).status).toBe(200);
  });

  it.each(["/sign-out", "/logout"])("POST %s signs out, and again harmlessly", async (path) => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const thief = browser.copy();
    const { body } = await browser.post(path);
    expect(body).toEqual({ ended: 1 });
    expect(browser.jar.size).toBe(0);
    expect((await browser.get("/session")).body).toBe(null);
    expect((await thief.get("/me")).code).toBe("session_ended");
    expect((await browser.post(path)).body).toEqual({ ended: 0 });
    expect((await thief.post(path)).body).toEqual({ ended: 0 });
  });

  it("POST /sign-out everywhere ends all sessions of the user, and nobody else's", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { email, password } = ada;
    const phone = site.browser("phone");
    await phone.post("/sign-in/password", { email, password });
    const bob = await site.signedUp({ email: "bob@example.com" });
    expect((await browser.post("/sign-out", { everywhere: true })).body).toEqual({ ended: 2 });
    expect((await phone.get("/me")).code).toBe("session_ended");
    expect((await bob.get("/me")).status).toBe(200);
  });

  it("POST /refresh renews, or keeps what needs no renewal", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const before = browser.cookie;
    await site.pass(60_000);
    const { status, body } = await browser.post("/refresh");
    expect([status, body.session.userId]).toEqual([200, body.user.id]);
    expect(browser.cookie === before).toBe(strategy === "stateful");
    expect((await browser.get("/me")).status).toBe(200);
    expect((await site.browser().post("/refresh")).code).toBe("unauthenticated");
  });

  it("POST /touch slides the idle timeout", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    for (let day = 1; day <= 9; day += 3) {
      await site.pass(3 * 86_400_000);
      const { status, body, text } = await browser.post("/touch");
      expect(status, text).toBe(200);
      expect(Date.parse(body.session.idleExpiresAt)).toBe(site.clock.now() + 7 * 86_400_000);
    }
    expect((await browser.get("/me")).status).toBe(200);
    expect((await site.browser().post("/touch")).code).toBe("unauthenticated");
  });

  it("GET /sessions lists where the user is signed in, and which of them asks", async () => {
    const site = createSite(strategy, { trustedProxies: 1 });
    const browser = await site.signedUp();
    const { email, password } = ada;
    const phone = site.browser("curl/8.9.1");
    await phone.post("/sign-in/password", { email, password }, { "x-forwarded-for": "203.0.113.7" });
    await site.signedUp({ email: "bob@example.com" });
    const { body } = await phone.get("/sessions");
    expect(body.sessions).toHaveLength(2);
    expect(body.sessions.find((one: { current: boolean }) => one.current)).toMatchObject({
      device: { name: "curl", type: "program" },
      ip: "203.0.113.7",
    });
    expect(body.sessions.find((one: { current: boolean }) => !one.current)).toMatchObject({
      device: { name: "Firefox on Linux", type: "desktop", browser: "Firefox", os: "Linux" },
      ip: null,
    });
    expect((await browser.get("/sessions")).body.sessions).toHaveLength(2);
  });

  it("SC-13: DELETE /sessions/{sid} ends one of one's own, and never anybody else's", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { email, password } = ada;
    const phone = site.browser("phone");
    const { sid } = (await phone.post("/sign-in/password", { email, password })).body.session;
    const bob = await site.signedUp({ email: "bob@example.com" });
    const foreign = await bob.delete(`/sessions/${sid}`);
    const unknown = await bob.delete(`/sessions/${sid.replace(/^..../, "0000")}`);
    expect([foreign.status, foreign.text]).toEqual([404, unknown.text]);
    expect((await phone.get("/me")).status).toBe(200);

    const ended = await browser.delete(`/sessions/${sid}`);
    expect([ended.body, ended.cookies]).toEqual([{ ended: 1 }, []]);
    expect((await phone.get("/me")).body.reason).toBe("revoked");
    expect((await browser.delete(`/sessions/${sid}`)).code).toBe("session_not_found");
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("DELETE /sessions/{sid} of one's own session signs out", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { sid } = (await browser.get("/session")).body.session;
    expect((await browser.delete(`/sessions/${sid}`)).body).toEqual({ ended: 1 });
    expect(browser.jar.size).toBe(0);
  });

  it("DELETE /sessions ends all others", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { email, password } = ada;
    const others = [site.browser("a"), site.browser("b")];
    for (const other of others) await other.post("/sign-in/password", { email, password });
    expect((await browser.delete("/sessions")).body).toEqual({ ended: 2 });
    for (const other of others) expect((await other.get("/me")).code).toBe("session_ended");
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("POST /step-up proves anew who is there", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await site.pass(3_600_000);
    expect((await browser.post("/step-up", { password: "wrong" })).code).toBe("invalid_credentials");
    const { status, body, text } = await browser.post("/step-up", { password: ada.password });
    expect(status, text).toBe(200);
    expect(body.session.authTime).toBe("2030-01-01T01:00:00.000Z");
    expect((await browser.get("/session")).body.session.authTime).toBe("2030-01-01T01:00:00.000Z");
  });

  it("POST /change-password changes it", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const change = { currentPassword: ada.password, newPassword: "an even longer phrase" };
    expect((await browser.post("/change-password", change)).status).toBe(200);
    const { email, password } = ada;
    expect((await site.browser().post("/sign-in/password", { email, password })).code).toBe(
      "invalid_credentials",
    );
    const now = { email, password: change.newPassword };
    expect((await site.browser().post("/sign-in/password", now)).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("POST /introspect tells a service what a token is worth, and nobody else", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { session } = (await browser.get("/session")).body;
    const ask = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
    const token = `token=${browser.value(cookieName)}`;
    expect((await site.browser().post("/introspect", token, ask)).body).toEqual({
      active: true,
      sub: session.userId,
      sid: session.sid,
      exp: expect.any(Number),
      iat: Date.UTC(2030, 0, 1) / 1000,
      auth_time: Date.UTC(2030, 0, 1) / 1000,
      amr: ["pwd"],
      acr: "aal1",
      token_type: "Bearer",
    });
    expect((await site.browser().post("/introspect", "token=nonsense", ask)).body).toEqual({ active: false });
    await browser.post("/sign-out");
    expect((await site.browser().post("/introspect", token, ask)).body).toEqual({ active: false });

    for (const [id, secret] of [
      ["billing", "wrong"],
      ["nobody", service.secret],
      ["", ""],
      ["billing", ""],
    ]) {
      const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
      const { status, code, headers } = await site
        .browser()
        .post("/introspect", token, { ...ask, authorization });
      expect([status, code, headers.get("www-authenticate")]).toEqual([
        401,
        "invalid_client",
        'Basic realm="sojourn"',
      ]);
    }
    expect((await site.browser().post("/introspect", token, { ...ask, authorization: null })).code).toBe(
      "invalid_client",
    );
  });

  it("POST /revoke ends the session of a token, and answers an unknown one alike", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const ask = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
    const token = `token=${browser.value(cookieName)}&token_type_hint=access_token`;
    expect((await site.browser().post("/revoke", token, { ...ask, authorization: null })).code).toBe(
      "invalid_client",
    );
    expect((await browser.get("/me")).status).toBe(200);
    for (const form of [token, token, "token=nonsense", "token="]) {
      const { status, text } = await site.browser().post("/revoke", form, ask);
      expect([status, text]).toEqual([200, "{}"]);
    }
    expect((await browser.get("/me")).body.reason).toBe("revoked");
  });

  it("GET /revocations tells a service what was ended, and nobody else", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { sid } = (await browser.get("/session")).body.session;
    await browser.post("/sign-out");
    expect((await site.browser().get("/revocations")).code).toBe("invalid_client");
    const { status, text } = await site.browser().get("/revocations", { authorization: serviceBasic });
    const { ended } = JSON.parse(text) as RevocationsReply;
    expect([status, ended]).toEqual([200, [{ sid, reason: "signed_out", until: expect.any(Number) }]]);
  });

  it("GET /events opens a stream that tells of the session's end", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { sid } = (await browser.get("/session")).body.session;
    const { status, headers, response } = await browser.get("/events");
    expect([status, headers.get("content-type"), headers.get("x-accel-buffering")]).toEqual([
      200,
      "text/event-stream",
      "no",
    ]);
    await browser.copy().post("/sign-out");
    await site.pass(2000);
    expect(await response.text()).toBe(
      `event: alive\ndata: {"type":"alive","sid":"${sid}"}\n\n` +
        `event: ended\ndata: {"type":"ended","sid":"${sid}","reason":"signed_out"}\n\n`,
    );
  });

  it("POST /sign-in/external/{method} and /sign-in/anonymous begin sessions", async () => {
    const site = createSite(strategy);
    await site.signedUp();
    const { email } = ada;
    expect((await site.browser().post("/sign-in/external/own", { email })).body.user.email).toBe(email);
    expect((await site.browser().post("/sign-in/anonymous")).body.session.kind).toBe("anonymous");
  });

  it("GET /csrf-token gives a token where csrf.token asks for one", async () => {
    const { status, body } = await createSite(strategy, { csrf: { token: true } })
      .browser()
      .get("/csrf-token");
    expect([status, body.token]).toEqual([200, expect.stringMatching(/^c1\./)]);
    expect((await createSite(strategy).browser().get("/csrf-token")).code).toBe("not_found");
  });

  it("POST /impersonate acts as somebody else, and POST /impersonate/stop comes back", async () => {
    const site = createSite(strategy, {
      impersonation: { allow: (admin) => admin.email === "root@example.com" },
    });
    const user = await site.signedUp();
    const { userId } = (await user.get("/session")).body.session;
    const admin = await site.signedUp({ email: "root@example.com" });
    const begun = await admin.post("/impersonate", { userId, reason: "Ticket 1" });
    expect(begun.body).toMatchObject({ user: { id: userId }, session: { actor: { reason: "Ticket 1" } } });
    expect((await admin.post("/impersonate/stop")).body.session.actor).toBe(null);
    const adminId = (await admin.get("/me")).body.id;
    expect((await user.post("/impersonate", { userId: adminId, reason: "x" })).code).toBe(
      "impersonation_forbidden",
    );
  });

  it("GET /forward tells a proxy who is signed in", async () => {
    const browser = await createSite(strategy).signedUp();
    const { status, headers, text } = await browser.get("/forward");
    const { session } = (await browser.get("/session")).body;
    expect([status, headers.get("x-user-id"), text]).toEqual([200, session.userId, ""]);
  });

  it("GET /activity tells what happened, and GET /export gives all there is", async () => {
    const browser = await createSite(strategy, { audit: true }).signedUp();
    const activity = JSON.parse((await browser.get("/activity?limit=1")).text) as ActivityReply;
    expect(activity.events.map(({ type }) => type)).toEqual(["authn_login_success"]);
    const { headers, text } = await browser.get("/export");
    expect(headers.get("content-disposition")).toBe('attachment; filename="export.json"');
    const document = JSON.parse(text) as UserExport;
    expect(document.user).toMatchObject({ email: ada.email });
    expect([document.sessions?.length, document.events?.length]).toEqual([1, 4]);
  });

  it("GET /.well-known/jwks.json and /openapi.json are open to all", async () => {
    const site = createSite(strategy);
    expect((await site.browser().get("/.well-known/jwks.json")).body).toEqual({ keys: [] });
    expect((await site.browser().get("/openapi.json")).body.openapi).toBe("3.1.0");
  });

  it("every route of the contract has answered by now", () => {
    // Those of providers answer where there is one.
    const here = Object.keys(contract).filter((name) => !(name in providerRoutes));
    expect([...visited].toSorted()).toEqual(here.toSorted());
  });
});
