import { describe, expect, it } from "vitest";
import { contract, type RouteName } from "../contract/routes.ts";
import { createAuth } from "../create-auth.ts";
import { memory } from "../stores/memory/index.ts";
import { at, withHook } from "./fleet.fixture.ts";
import { ada, cookieName, createSite, origin, strategies, testSecret } from "./http-test-kit.fixture.ts";
import { actorCookie, createSupport, reason, root } from "./impersonation.fixture.ts";

const hour = 3_600_000;
const { email, password } = ada;

describe.each(strategies)("acting as somebody else, with %s sessions", (strategy) => {
  it("is a session of that user, which says who is really there, on every node", async () => {
    const { here, there, admin, adminId, userId, act } = await createSupport(strategy);
    const { sid, parentSid } = await act();
    for (const site of [here, there]) {
      const { body } = await at(site, admin).get("/session");
      expect(body.user.id).toBe(userId);
      expect(body.session).toMatchObject({
        sid,
        userId,
        kind: "user",
        method: "impersonation",
        remember: false,
        amr: [],
        acr: null,
        actor: { userId: adminId, sid: parentSid, reason },
        absoluteExpiresAt: "2030-01-01T01:00:00.000Z",
      });
      const request = new Request(origin, { headers: { cookie: admin.cookie } });
      expect((await site.auth.getSession(request))?.session.actor?.userId).toBe(adminId);
    }
    expect([...admin.jar.keys()].toSorted()).toEqual(
      [cookieName, actorCookie, ...(strategy === "hybrid" ? [`${cookieName}-refresh`] : [])].toSorted(),
    );
    expect(admin.jar.get(actorCookie)?.attributes.join()).not.toContain("Max-Age");
  });

  it("stops by an act, and the admin is back as who they were before", async () => {
    const { here, admin, adminId, act } = await createSupport(strategy);
    const before = (await admin.get("/session")).body.session;
    const { sid } = await act();
    await here.clock.advance(60_000);
    const child = admin.copy();
    const { status, body } = await admin.post("/impersonate/stop");
    expect([status, body.user.id]).toEqual([200, adminId]);
    const { session } = (await admin.get("/session")).body;
    const { sid: _, lastSeenAt: __, expiresAt: ___, idleExpiresAt: ____, ...same } = before;
    expect(session).toMatchObject(same);
    expect(session.sid).not.toBe(before.sid);
    expect(admin.jar.has(actorCookie)).toBe(false);
    expect((await child.get("/me")).body.reason).toBe("signed_out");
    expect((await here.auth.sessions.get(sid))?.endReason).toBe("signed_out");
    expect(await here.auth.sessions.list(adminId)).toHaveLength(1);
  });

  it("SC-03, T-01: leaves no credential of before alive, neither when it begins nor when it stops", async () => {
    const { here, there, admin, act } = await createSupport(strategy);
    const before = admin.copy();
    await act();
    const acting = admin.copy();
    await here.clock.advance(2000);
    for (const site of [here, there]) {
      expect((await at(site, before).get("/me")).body.reason).toBe("superseded");
      expect((await at(site, before).post("/refresh")).status).toBe(401);
    }
    await admin.post("/impersonate/stop");
    await here.clock.advance(2000);
    for (const site of [here, there]) {
      expect((await at(site, acting).get("/me")).body.reason).toBe("signed_out");
      expect((await at(site, acting).post("/refresh")).status).toBe(401);
      expect((await at(site, acting).post("/impersonate/stop")).body.reason).toBe("superseded");
    }
    expect((await admin.get("/me")).body.role).toBe("admin");
    const values = [before, acting, admin].map((browser) => browser.value(cookieName));
    expect(new Set(values).size).toBe(3);
  });

  it("keeps a way back that is good for nothing else", async () => {
    const { admin, here, act } = await createSupport(strategy, { transports: ["cookie", "header"] });
    await act();
    const sealed = admin.value(actorCookie);
    for (const cookie of [`${cookieName}=${sealed}`, `${cookieName}-refresh=${sealed}`])
      expect((await here.browser().get("/session", { cookie })).body).toBe(null);
    expect((await here.browser().get("/me", { authorization: `Bearer ${sealed}` })).status).toBe(401);
    expect(sealed).not.toContain("s1.");
    // Nor does anything else lead back.
    for (const value of [admin.value(cookieName), "nonsense", `${sealed}x`]) {
      const reply = await here.browser().post("/impersonate/stop", {}, { cookie: `${actorCookie}=${value}` });
      expect(reply.code).toBe("not_found");
      expect(reply.cookies.join()).toContain(`${actorCookie}=;`);
    }
    expect((await here.browser().post("/impersonate/stop")).code).toBe("not_found");
  });

  it.each(["revoke", "revokeAll", "disable", "remove", "sign out everywhere"])(
    "T-34: ends with the admin's session on every node within the bound: %s",
    async (how) => {
      const { here, there, admin, adminId, act } = await createSupport(strategy);
      const elsewhere = here.browser();
      await elsewhere.post("/sign-in/password", { email: root.email, password: root.password });
      const { sid, parentSid } = await act();
      const ends: Readonly<Record<string, () => Promise<unknown>>> = {
        revoke: () => here.auth.sessions.revoke(parentSid),
        revokeAll: () => here.auth.sessions.revokeAll(adminId, { reason: "revoked_by_admin" }),
        disable: () => here.auth.users.setStatus(adminId, "disabled"),
        remove: () => here.auth.users.remove(adminId),
        "sign out everywhere": () => elsewhere.post("/sign-out", { everywhere: true }),
      };
      expect((await at(there, admin).get("/me")).status).toBe(200);
      await ends[how]?.();
      expect((await at(here, admin).get("/me")).body.reason).toBe("parent_ended");
      await here.clock.advance(2000);
      for (const site of [here, there]) {
        expect((await at(site, admin).get("/me")).body.reason).toBe("parent_ended");
        const refreshed = await at(site, admin).post("/refresh");
        expect([refreshed.status, refreshed.body.reason]).toEqual([401, "parent_ended"]);
        const request = new Request(origin, { headers: { cookie: admin.cookie } });
        expect(await site.auth.authenticate(request, { maxAge: 0 })).toMatchObject({
          reason: "parent_ended",
        });
      }
      expect(await here.auth.sessions.get(sid)).toMatchObject({ endReason: "parent_ended" });
      const back = await admin.post("/impersonate/stop");
      expect([back.status, back.code]).toEqual([401, "session_ended"]);
      expect(admin.jar.has(actorCookie)).toBe(false);
      expect((await admin.get("/session")).body).toBe(null);
    },
  );

  it("T-34: ends within the bound where no news arrives any more", async () => {
    const { here, there, cut, admin, act } = await createSupport(strategy);
    const { parentSid } = await act();
    expect((await at(there, admin).get("/me")).status).toBe(200);
    cut.news = true;
    await here.auth.sessions.revoke(parentSid);
    await here.clock.advance(2001);
    expect((await at(there, admin).get("/me")).body.reason).toBe("parent_ended");
  });

  it("T-34: ends when the app says that the admin's account is no more", async () => {
    const gone = new Set<string>();
    const accounts = memory();
    const users = { findById: (id: string) => (gone.has(id) ? null : accounts.users.findById(id)) };
    const { here, there, admin, adminId, act } = await createSupport(strategy, { accounts, users });
    await act();
    expect((await at(there, admin).get("/me")).status).toBe(200);
    gone.add(adminId);
    await here.auth.users.changed(adminId);
    await here.clock.advance(2000);
    for (const site of [here, there])
      expect((await at(site, admin).get("/me")).body.reason).toBe("parent_ended");
  });

  it("closes the event stream with the admin's session", async () => {
    const { here, admin, act } = await createSupport(strategy);
    const { sid, parentSid } = await act();
    const { response } = await admin.get("/events");
    await here.auth.sessions.revoke(parentSid);
    await here.clock.advance(2000);
    expect(await response.text()).toContain(`data: {"type":"ended","sid":"${sid}","reason":"parent_ended"}`);
  });

  it("lasts an hour at most, whatever is renewed", async () => {
    const { here, admin, act } = await createSupport(strategy);
    await act();
    for (let minutes = 0; minutes < 50; minutes += 10) {
      await here.pass(600_000);
      expect((await admin.post("/refresh")).status).toBe(200);
      expect((await admin.post("/touch")).status).toBe(200);
    }
    await here.pass(600_000 - 1);
    expect((await admin.get("/me")).status).toBe(200);
    await here.pass(1);
    expect((await admin.get("/me")).body.reason).toBe("expired");
    expect((await admin.post("/refresh")).status).toBe(401);
    // The admin's own session is none the worse for it.
    expect((await admin.post("/impersonate/stop")).body.user).toMatchObject({ role: "admin" });
  });

  it("lasts as long as was asked for, and no longer than the admin's own session would", async () => {
    const short = await createSupport(strategy);
    await short.act({ duration: 90 });
    await short.here.pass(90_000);
    expect((await short.admin.get("/me")).body.reason).toBe("expired");

    const idle = await createSupport(strategy, { session: { idleTimeout: "20m" } });
    await idle.act();
    await idle.here.pass(600_000);
    await idle.admin.post("/touch");
    await idle.here.pass(600_000);
    expect((await idle.admin.get("/me")).body.reason).toBe("expired");
    expect((await idle.admin.post("/impersonate/stop")).body.reason).toBe("idle");

    const old = await createSupport(strategy, {
      session: { idleTimeout: "30m", absoluteTimeout: "1h", freshFor: "1h" },
    });
    await old.here.pass(1_200_000);
    await old.admin.post("/touch");
    await old.here.pass(1_200_000);
    await old.admin.post("/touch");
    await old.act();
    expect((await old.admin.get("/session")).body.session.absoluteExpiresAt).toBe("2030-01-01T01:00:00.000Z");
    await old.admin.post("/impersonate/stop");
    expect((await old.admin.get("/session")).body.session).toMatchObject({
      createdAt: "2030-01-01T00:00:00.000Z",
      authTime: "2030-01-01T00:00:00.000Z",
      absoluteExpiresAt: "2030-01-01T01:00:00.000Z",
    });
  });

  it("changes no credentials and ends nothing of the user's", async () => {
    const { here, admin, user, userId, act } = await createSupport(strategy);
    const { sid } = await act();
    const names = Object.keys(contract) as RouteName[];
    const closed = names.filter(
      (name) => contract[name].access === "session" && !contract[name].inImpersonation,
    );
    expect(closed).toEqual(
      expect.arrayContaining([
        "stepUp",
        "changePassword",
        "revokeSession",
        "revokeOtherSessions",
        "impersonate",
      ]),
    );
    const inputs: Partial<Record<RouteName, object>> = {
      stepUp: { password },
      changePassword: { currentPassword: password, newPassword: "another phrase" },
      impersonate: { userId: "somebody", reason },
    };
    for (const name of closed) {
      const { method, path } = contract[name];
      const reply = await admin.request(method, path.replace("{sid}", sid), inputs[name], {});
      expect([reply.status, reply.code, reply.cookies], name).toEqual([403, "impersonation_forbidden", []]);
    }
    const out = await admin.post("/sign-out", { everywhere: true });
    expect([out.status, out.code, out.cookies]).toEqual([403, "impersonation_forbidden", []]);
    const request = new Request(origin, { headers: { cookie: admin.cookie } });
    await expect(here.auth.signOut(request, { everywhere: true })).rejects.toMatchObject({
      code: "impersonation_forbidden",
    });
    await expect(here.auth.requireSession(request, { noImpersonation: true })).rejects.toMatchObject({
      code: "impersonation_forbidden",
      status: 403,
    });
    expect((await here.auth.requireSession(request)).session.sid).toBe(sid);
    expect((await user.get("/me")).body.id).toBe(userId);
    expect((await here.browser().post("/sign-in/password", { email, password })).status).toBe(200);
    const own = new Request(origin, { headers: { cookie: user.cookie } });
    expect((await here.auth.requireSession(own, { noImpersonation: true })).user.id).toBe(userId);
  });

  it("is seen by the user, who can end it; the admin is not signed out by that", async () => {
    const { admin, adminId, user, act } = await createSupport(strategy);
    const { sid } = await act();
    const { sessions } = (await user.get("/sessions")).body;
    expect(sessions.find((one) => one.sid === sid)).toMatchObject({
      actor: { userId: adminId },
      method: "impersonation",
      current: false,
    });
    expect(JSON.stringify(sessions)).not.toContain("4711");
    expect(sessions.find((one) => one.current)?.actor).toBe(null);
    expect((await user.delete(`/sessions/${sid}`)).body).toEqual({ ended: 1 });
    expect((await admin.get("/me")).body.reason).toBe("revoked");
    expect((await admin.post("/impersonate/stop")).body.user.id).toBe(adminId);
  });

  it("is told, start and end, and every event of it names who acts", async () => {
    const { here, admin, adminId, userId, act } = await createSupport(strategy, {
      transports: ["cookie", "header"],
    });
    const { sid, parentSid } = await act();
    await here.clock.advance(60_000);
    await admin.post("/refresh");
    const child = admin.copy();
    await admin.post("/impersonate/stop");
    await child.get("/me");
    const about = { sid, userId, actorUserId: adminId, actorSid: parentSid, reason };
    expect(here.events.filter(({ type }) => type.startsWith("impersonation"))).toMatchObject([
      { type: "impersonation_started", ...about, expiresAt: "2030-01-01T01:00:00.000Z" },
      { type: "impersonation_ended", ...about, endReason: "signed_out" },
    ]);
    const ofChild = here.events.filter((event) => "sid" in event && event.sid === sid);
    expect(ofChild.map(({ type }) => type)).toEqual([
      "session_created",
      "impersonation_started",
      ...(strategy === "stateful" ? [] : ["session_renewed"]),
      "session_ended",
      "impersonation_ended",
      "session_use_after_expire",
    ]);
    for (const event of ofChild) expect(event).toMatchObject({ actorUserId: adminId });
    const others = here.events.filter((event) => !("sid" in event) || event.sid !== sid);
    for (const event of others) expect(event).not.toHaveProperty("actorUserId");
  });

  it("is over with a sign-out, for which the admin is out as well", async () => {
    const { here, admin, adminId, user, act } = await createSupport(strategy);
    const { sid } = await act();
    const { body } = await admin.post("/sign-out");
    expect(body).toEqual({ ended: 2 });
    expect([...admin.jar]).toEqual([]);
    expect((await here.auth.sessions.get(sid))?.endReason).toBe("signed_out");
    expect(await here.auth.sessions.list(adminId)).toEqual([]);
    expect((await user.get("/me")).status).toBe(200);
  });

  it("is over when somebody signs in in this browser, and so is the admin's own session", async () => {
    const { here, admin, adminId, userId, act } = await createSupport(strategy);
    const { sid } = await act();
    const acting = admin.copy();
    expect((await admin.post("/sign-in/password", { email, password })).status).toBe(200);
    expect(admin.jar.has(actorCookie)).toBe(false);
    expect((await here.auth.sessions.get(sid))?.endReason).toBe("superseded");
    expect(await here.auth.sessions.list(adminId)).toEqual([]);
    expect((await acting.post("/impersonate/stop")).code).toBe("session_ended");
    expect((await admin.get("/session")).body.session).toMatchObject({ userId, actor: null });
  });

  it("does not bring the admin back in the place of somebody who signed in by other means", async () => {
    const { here, admin, userId, user, act } = await createSupport(strategy);
    await act();
    for (const name of [cookieName, `${cookieName}-refresh`]) {
      const kept = user.jar.get(name);
      if (kept !== undefined) admin.jar.set(name, kept);
    }
    expect((await admin.post("/impersonate/stop")).code).toBe("impersonation_forbidden");
    expect((await admin.get("/session")).body.session).toMatchObject({ userId, actor: null });
    expect(here.eventTypes()).not.toContain("impersonation_ended");
  });

  it("refuses whoever may not, whoever acts already, and whoever is nobody to act", async () => {
    const { here, admin, adminId, user, userId, act } = await createSupport(strategy);
    const ask = async (browser: typeof admin, target: string) => {
      const { status, code, cookies } = await browser.post("/impersonate", { userId: target, reason });
      return [status, code, cookies.length];
    };
    const refused = [403, "impersonation_forbidden", 0];
    expect(await ask(user, adminId)).toEqual(refused);
    expect(await ask(user, "nobody")).toEqual(refused);
    expect(await ask(admin, adminId)).toEqual(refused);
    expect(await ask(admin, "nobody")).toEqual(refused);
    for (const kind of ["agent", "service"] as const) {
      const { cookies } = await here.auth.sessions.create({ userId: adminId, method: "delegated", kind });
      const program = here.browser();
      program.take(cookies);
      expect(await ask(program, userId), kind).toEqual(refused);
    }
    await act();
    expect(await ask(admin, userId)).toEqual(refused);
    await admin.post("/impersonate/stop");
    await here.auth.users.setStatus(userId, "disabled");
    expect(await ask(admin, userId)).toEqual([403, "account_disabled", 0]);
    expect((await admin.get("/me")).body.role).toBe("admin");
  });

  it("asks for a recent proof of who the admin is", async () => {
    const { here, admin, userId, act } = await createSupport(strategy);
    await here.pass(301_000);
    const late = await admin.post("/impersonate", { userId, reason });
    expect([late.status, late.code]).toEqual([403, "step_up_required"]);
    await admin.post("/step-up", { password: root.password });
    await here.pass(60_000);
    await act();
    // Who is there proved it then, not now.
    expect((await admin.get("/session")).body.session.authTime).toBe("2030-01-01T00:05:01.000Z");
  });

  it("wants a reason, in one clean line", async () => {
    const { admin, userId, act } = await createSupport(strategy);
    for (const bad of [undefined, "", "   ", "\n\t", "x".repeat(501), 7, "\u202e"]) {
      const { status, code } = await admin.post("/impersonate", { userId, reason: bad });
      expect([status, code], String(bad)).toEqual([400, "invalid_input"]);
    }
    for (const duration of [0, 59, 3601, 60.5, "60"])
      expect((await admin.post("/impersonate", { userId, reason, duration })).code).toBe("invalid_input");
    await act({ reason: "  Ticket\r\n12\u0000:\u202e oops\u001b[31m " });
    expect((await admin.get("/session")).body.session.actor?.reason).toBe("Ticket 12 : oops [31m");
  });

  it("leaves the admin where they are if it cannot begin", async () => {
    const accounts = memory();
    const failing = { after: Number.POSITIVE_INFINITY };
    const sessions = withHook(accounts.sessions, "create", async () => {
      if ((failing.after -= 1) < 0) throw new Error("The disk is full.");
    });
    const { here, admin, adminId, userId } = await createSupport(strategy, {
      accounts: { ...accounts, sessions },
    });
    for (const creations of [0, 1]) {
      failing.after = creations;
      expect((await admin.post("/impersonate", { userId, reason })).status).toBe(500);
      expect((await admin.get("/me")).body.id).toBe(adminId);
      expect(await here.auth.sessions.list(adminId)).toHaveLength(1);
    }
    failing.after = Number.POSITIVE_INFINITY;
    expect((await admin.post("/impersonate", { userId, reason })).status).toBe(200);
  });

  it("begins once, however often it is asked for at once", async () => {
    const { here, admin, adminId, userId } = await createSupport(strategy);
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => admin.send("POST", "/impersonate", { userId, reason })),
    );
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401]);
    expect(replies.flatMap(({ body }) => body.reason ?? [])).toEqual(Array(4).fill("superseded"));
    expect(await here.auth.sessions.list(adminId)).toHaveLength(1);
    const alive = await here.auth.sessions.list(userId);
    expect(alive.filter(({ actor }) => actor !== null)).toHaveLength(1);
  });

  it("takes no room of the user's, and gives the admin's data back", async () => {
    const { here, admin, adminId, user, act } = await createSupport(strategy, {
      session: { limit: { max: 1, onExceed: "evict-oldest" } },
    });
    const { sid } = (await admin.get("/session")).body.session;
    await here.auth.sessions.setData(sid, "team", "blue");
    const { parentSid } = await act();
    await here.auth.sessions.setData(parentSid, "queue", [1, 2]);
    expect((await user.get("/me")).status).toBe(200);
    await admin.post("/impersonate/stop");
    const back = (await admin.get("/session")).body.session;
    expect((await here.auth.sessions.get(back.sid))?.data).toEqual({ team: "blue", queue: [1, 2] });
    expect(await here.auth.sessions.list(adminId)).toHaveLength(1);
  });

  it("loses nothing that is written to the admin's session while it gets its new id", async () => {
    const accounts = memory();
    const late = { write: async (): Promise<unknown> => undefined };
    const { here, admin, act } = await createSupport(strategy, {
      accounts: { ...accounts, sessions: withHook(accounts.sessions, "create", () => late.write()) },
    });
    const before = (await admin.get("/session")).body.session.sid;
    await here.auth.sessions.setData(before, "kept", 1);
    await here.auth.sessions.setData(before, "dropped", 1);
    late.write = async () => {
      late.write = async () => undefined;
      await here.auth.sessions.setData(before, "added", 2);
      await here.auth.sessions.deleteData(before, "dropped");
    };
    const { parentSid } = await act();
    expect((await here.auth.sessions.get(parentSid))?.data).toEqual({ kept: 1, added: 2 });
    late.write = async () => here.auth.sessions.setData(parentSid, "kept", 3);
    await admin.post("/impersonate/stop");
    const { sid } = (await admin.get("/session")).body.session;
    expect((await here.auth.sessions.get(sid))?.data).toEqual({ kept: 3, added: 2 });
  });

  it("works by header: the client is handed its way back", async () => {
    const { here, adminId, userId } = await createSupport(strategy, { transports: ["cookie", "header"] });
    const client = here.browser();
    const { email: name, password: secret } = root;
    const account = { email: name, password: secret, transport: "header" };
    const own = (await client.post("/sign-in/password", account)).body.tokens;
    const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });
    const begun = await client.post("/impersonate", { userId, reason }, bearer(own.accessToken));
    expect([begun.status, begun.cookies]).toEqual([200, []]);
    const { tokens, actorToken } = begun.body;
    expect((await client.get("/me", bearer(tokens.accessToken))).body.id).toBe(userId);
    expect((await client.get("/me", bearer(own.accessToken))).status).toBe(401);
    const back = await client.post("/impersonate/stop", { actorToken }, bearer(tokens.accessToken));
    expect([back.status, back.cookies]).toEqual([200, []]);
    expect((await client.get("/me", bearer(back.body.tokens.accessToken))).body.id).toBe(adminId);
    expect((await client.get("/me", bearer(tokens.accessToken))).body.reason).toBe("signed_out");
    expect((await client.post("/impersonate/stop", { actorToken })).body.reason).toBe("superseded");
  });

  it("in a cookie is not concerned by what a client of the header does beside it", async () => {
    const { admin, adminId, act } = await createSupport(strategy, { transports: ["cookie", "header"] });
    await act();
    const { tokens } = (
      await admin.post("/sign-in/password", { email, password, transport: "header" }, { cookie: null })
    ).body;
    const reply = await admin.post("/sign-out", {}, { authorization: `Bearer ${tokens.accessToken}` });
    expect([reply.body, reply.cookies]).toEqual([{ ended: 1 }, []]);
    expect((await admin.post("/impersonate/stop")).body.user.id).toBe(adminId);
  });

  it("works from the app's own code, by request or beside the admin's session", async () => {
    const { here, admin, adminId, userId } = await createSupport(strategy);
    const request = () => new Request(origin, { headers: { cookie: admin.cookie } });
    const { session: own } = await here.auth.requireSession(request());
    const beside = await here.auth.sessions.impersonate(own, userId, { reason, duration: "10m" });
    expect(beside.session.actor).toEqual({ userId: adminId, sid: own.sid, reason });
    expect(beside.session.absoluteExpiresAt).toBe("2030-01-01T00:10:00.000Z");
    expect((await admin.get("/me")).body.id).toBe(adminId);
    const window = here.browser();
    window.take(beside.cookies);
    expect((await window.get("/me")).body.id).toBe(userId);

    admin.take((await here.auth.sessions.impersonate(request(), userId, { reason })).cookies);
    expect((await admin.get("/me")).body.id).toBe(userId);
    // Its parent has a new id now, and what was made from the old one is over.
    expect((await window.get("/me")).body.reason).toBe("parent_ended");
    admin.take((await here.auth.sessions.stopImpersonating(request())).cookies);
    expect((await admin.get("/me")).body.id).toBe(adminId);
    await expect(here.auth.sessions.stopImpersonating(request())).rejects.toMatchObject({
      code: "not_found",
    });
    for (const duration of ["61m", 0] as const)
      await expect(
        here.auth.sessions.impersonate(request(), userId, { reason, duration }),
      ).rejects.toMatchObject({ code: "invalid_input" });
    await expect(
      here.auth.sessions.impersonate(new Request(origin), userId, { reason }),
    ).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("fits into sealed cookies that come in pieces, and stays in a browser that remembers the admin", async () => {
    const { here, userId } = await createSupport(strategy, { cookie: { encrypt: true, chunking: true } });
    const admin = here.browser();
    await admin.post("/sign-in/password", { email: root.email, password: root.password, remember: true });
    await admin.post("/impersonate", { userId, reason: "理".repeat(500) });
    expect((await admin.get("/me")).body.id).toBe(userId);
    expect(admin.jar.get(cookieName)?.attributes.join() ?? "").not.toContain("Max-Age");
    expect(admin.jar.get(actorCookie)?.attributes).toContain(`Max-Age=${30 * 24 * 3600}`);
    await admin.post("/impersonate/stop");
    expect((await admin.get("/session")).body.session.remember).toBe(true);
  });
});

describe("the option", () => {
  it("is off by default: there is no such route then", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    expect((await browser.post("/impersonate", { userId: "u1", reason })).code).toBe("not_found");
    expect((await browser.post("/impersonate/stop")).code).toBe("not_found");
    const request = new Request(origin, { headers: { cookie: browser.cookie } });
    await expect(site.auth.sessions.impersonate(request, "u1", { reason })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("is refused at boot where it cannot work", () => {
    const boot =
      (impersonation: unknown, more: object = {}) =>
      () =>
        createAuth({ secret: testSecret, store: memory(), impersonation: impersonation as never, ...more });
    const invalid = expect.objectContaining({ code: "config_invalid" }) as Error;
    const allow = () => true;
    for (const wrong of [
      {},
      { allow: true },
      { allow, allows: allow },
      { allow, freshFor: "x" },
      { allow, freshFor: 0 },
    ])
      expect(boot(wrong), JSON.stringify(wrong)).toThrow(invalid);
    const needsStore = expect.objectContaining({ code: "config_store_required" }) as Error;
    expect(boot({ allow }, { store: undefined })).toThrow(needsStore);
    expect(boot({ allow }, { revocations: "none", strategy: "stateless" })).toThrow(needsStore);
    expect(boot({ allow, freshFor: "1m" })).not.toThrow();
  });

  it("fails closed where the app's own answer fails or is no answer", async () => {
    for (const allow of [() => "yes", async () => 1, () => undefined]) {
      const { admin, userId } = await createSupport("stateful", { impersonation: { allow: allow as never } });
      expect((await admin.post("/impersonate", { userId, reason })).code).toBe("impersonation_forbidden");
    }
    const broken = await createSupport("stateful", {
      impersonation: {
        allow() {
          throw new Error("no policy server");
        },
      },
    });
    const { userId } = broken;
    expect((await broken.admin.post("/impersonate", { userId, reason })).code).toBe("internal");
    expect((await broken.admin.get("/me")).status).toBe(200);
  });
});

it("an hour is the limit that the API tells", () => {
  expect(contract.impersonate.input.safeParse({ userId: "u", reason, duration: hour / 1000 }).success).toBe(
    true,
  );
});
