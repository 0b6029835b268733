import { describe, expect, it } from "vitest";
import { external } from "../login/external/index.ts";
import { anonymous } from "../login/anonymous/index.ts";
import { password as passwordLogin } from "../login/password/index.ts";
import { memory } from "../stores/memory/index.ts";
import type { Browser } from "./browser.fixture.ts";
import { at, createFleet, withHook } from "./fleet.fixture.ts";
import {
  ada,
  cookieName,
  countingHasher,
  createSite,
  origin,
  type Site,
  type SiteOptions,
  strategies,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;

/** A visitor with something in their session. */
async function visiting(site: Site): Promise<{ visitor: Browser; sid: string; userId: string }> {
  const visitor = site.browser();
  const { session } = (await visitor.post("/sign-in/anonymous")).body;
  await site.auth.sessions.setData(session.sid, "cart", ["book"]);
  return { visitor, sid: session.sid, userId: session.userId };
}

/** Whether a visitor is still who they were, with all that they had. */
async function expectUntouched(site: Site, visitor: Browser, sid: string): Promise<void> {
  expect((await visitor.get("/session")).body.session.sid).toBe(sid);
  expect(await site.auth.sessions.getData(sid, "cart")).toEqual(["book"]);
}

describe.each(strategies)("the sign-in of a visitor, with %s sessions", (strategy) => {
  it("leaves them as they were where there is no room for one more", async () => {
    const site = createSite(strategy, { session: { limit: { max: 1, onExceed: "deny" } } });
    await site.signedUp();
    const { visitor, sid } = await visiting(site);
    expect((await visitor.post("/sign-in/password", { email, password })).code).toBe("session_limit_reached");
    await expectUntouched(site, visitor, sid);
  });

  it("leaves them as they were where the store fails half-way", async () => {
    const accounts = memory();
    const failing = { create: false, revoke: false };
    const fail = (verb: keyof typeof failing) => () => {
      if (failing[verb]) throw new Error("The disk is full.");
    };
    const created = withHook(accounts.sessions, "create", fail("create"));
    const sessions = withHook(created, "revoke", fail("revoke"));
    const site = createSite(strategy, { accounts: { ...accounts, sessions } });
    await site.signedUp();
    const { visitor, sid } = await visiting(site);
    for (const verb of ["create", "revoke"] as const) {
      failing[verb] = true;
      const { status, cookies } = await visitor.post("/sign-in/password", { email, password });
      failing[verb] = false;
      expect([status, cookies], verb).toEqual([500, []]);
      await expectUntouched(site, visitor, sid);
    }
  });

  it("goes on without what came in its last moment where that cannot be brought over, and says so", async () => {
    const accounts = memory();
    const late = { sid: "", broken: false };
    const ending = withHook(accounts.sessions, "revoke", async () => {
      if (late.sid === "") return;
      await accounts.sessions.setData(late.sid, "late", 1, site.clock.now(), 10_000);
      late.broken = true;
    });
    const sessions = withHook(ending, "setData", () => {
      if (late.broken) throw new Error("The disk is full.");
    });
    const site = createSite(strategy, { accounts: { ...accounts, sessions } });
    await site.signedUp();
    const { visitor, sid } = await visiting(site);
    late.sid = sid;
    const { status, body } = await visitor.post("/sign-in/password", { email, password });
    expect(status).toBe(200);
    expect((await site.auth.sessions.get(body.session.sid))?.data).toEqual({ cart: ["book"] });
    expect(
      site.logs.some(({ level, message }) => level === "error" && message.includes("brought over")),
    ).toBe(true);
  });

  it("leaves nothing of itself where the app cannot move what is its own", async () => {
    const site = createSite(strategy, {
      callbacks: {
        upgraded() {
          throw new Error("no connection");
        },
      },
    });
    const { userId } = (await (await site.signedUp()).get("/session")).body.session;
    const { visitor, sid } = await visiting(site);
    expect((await visitor.post("/sign-in/password", { email, password })).status).toBe(500);
    await expectUntouched(site, visitor, sid);
    expect(await site.auth.sessions.list(userId)).toHaveLength(1);
    expect(site.eventTypes()).not.toContain("anonymous_upgraded");
  });

  it("tells the app whose session it became", async () => {
    const told: unknown[] = [];
    const site = createSite(strategy, { callbacks: { upgraded: (change) => void told.push(change) } });
    const { visitor, userId } = await visiting(site);
    const { session, user } = (await visitor.post("/sign-up/password", ada)).body;
    expect(told).toEqual([
      expect.objectContaining({
        anonymousUserId: userId,
        user: expect.objectContaining({ id: user.id }) as object,
        session: expect.objectContaining({ sid: session.sid }) as object,
      }),
    ]);
  });

  it("T-01: kills the cookie that they had before, on every node", async () => {
    const { here, there } = createFleet(strategy);
    const { userId } = (await (await here.signedUp()).get("/session")).body.session;
    const { visitor } = await visiting(here);
    const before = visitor.copy();
    expect((await at(there, before).get("/me")).status).toBe(200);
    await visitor.post("/sign-in/password", { email, password });
    await here.clock.advance(2000);
    for (const site of [here, there]) {
      expect((await at(site, before).get("/me")).body.reason).toBe("superseded");
      expect((await at(site, before).post("/refresh")).status).toBe(401);
    }
    expect((await at(there, visitor).get("/me")).body.id).toBe(userId);
  });

  it("signs in both where it is sent twice at once, and neither has lost anything", async () => {
    const site = createSite(strategy);
    await site.signedUp();
    const { visitor } = await visiting(site);
    const replies = await Promise.all(
      [1, 2].map(() => visitor.send("POST", "/sign-in/password", { email, password })),
    );
    for (const { status, body } of replies) {
      expect(status).toBe(200);
      expect(await site.auth.sessions.getData(body.session.sid, "cart")).toEqual(["book"]);
    }
  });

  it("is no business of the app's word on users, who a visitor is none of", async () => {
    const asked: string[] = [];
    const options: SiteOptions = {
      callbacks: {
        user: ({ user }) => {
          asked.push(user.id);
          return user.email === undefined ? null : user;
        },
      },
    };
    const site = createSite(strategy, options);
    const { visitor } = await visiting(site);
    expect(asked).toEqual([]);
    expect((await visitor.post("/sign-up/password", ada)).status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  it("never goes the other way round, also from the app's own code", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { sid } = (await browser.get("/session")).body.session;
    const request = new Request(origin, { headers: { cookie: browser.cookie } });
    const principal = { userId: "anon_1", method: "anonymous", kind: "anonymous" } as const;
    const { session, cookies } = await site.auth.signIn(principal, request);
    expect([session.sid, cookies]).toEqual([sid, []]);
    expect((await browser.get("/session")).body.session.sid).toBe(sid);
  });

  it("is needed before anything that decides about an account", async () => {
    const site = createSite(strategy, { impersonation: { allow: () => true } });
    const { visitor, sid } = await visiting(site);
    for (const [method, path, input] of [
      ["POST", "/change-password", { currentPassword: "x", newPassword: "another phrase" }],
      ["POST", "/impersonate", { userId: "somebody", reason: "curious" }],
      ["POST", "/link/google", {}],
      ["DELETE", "/sessions", undefined],
      ["DELETE", `/sessions/${sid}`, undefined],
    ] as const) {
      const { status, code } = await visitor.send(method, path, input);
      expect([status, code], path).toEqual([401, "unauthenticated"]);
    }
    await expectUntouched(site, visitor, sid);
  });
});

describe("who holds what is left of a visitor's session", () => {
  it("takes nothing of it along with a refresh token that was replaced", async () => {
    const moved: string[] = [];
    const site = createSite("hybrid", {
      callbacks: { upgraded: ({ anonymousUserId }) => void moved.push(anonymousUserId) },
    });
    await site.signedUp({ email: "mallory@example.com" });
    const { visitor } = await visiting(site);
    const thief = visitor.copy();
    thief.jar.delete(cookieName);
    await site.pass(60_000);
    await visitor.post("/refresh");
    await visitor.get("/me");
    await site.pass(60_000);
    const reply = await thief.post("/sign-in/password", { email: "mallory@example.com", password });
    expect(reply.status).toBe(200);
    expect(await site.auth.sessions.getData(reply.body.session.sid, "cart")).toBe(undefined);
    expect(moved).toEqual([]);
  });
});

describe("visitors whose sessions are only in tokens", () => {
  it("are told of to the app when they sign in", async () => {
    const moved: unknown[] = [];
    const site = createSite("stateless", {
      revocations: "none",
      callbacks: { upgraded: ({ anonymousUserId, user }) => void moved.push([anonymousUserId, user.id]) },
    });
    const visitor = site.browser();
    const from = (await visitor.post("/sign-in/anonymous")).body.user.id;
    const to = (await visitor.post("/sign-up/password", ada)).body.user.id;
    expect(moved).toEqual([[from, to]]);
    expect(site.eventTypes()).toContain("anonymous_upgraded");
    expect((await visitor.get("/me")).body.id).toBe(to);
  });
});

describe.each(strategies)("T-19: visitors without a cookie, with %s sessions", (strategy) => {
  it("leave no row behind with ten thousand requests, and one with the one that asks for a session", async () => {
    const accounts = memory();
    let rows = 0;
    const sessions = withHook(accounts.sessions, "create", () => void (rows += 1));
    const site = createSite(strategy, {
      accounts: { ...accounts, sessions },
      login: [
        passwordLogin({ hasher: countingHasher() }),
        anonymous(),
        external({ name: "own", verify: () => null }),
      ],
    });
    const asks: readonly ((path: string) => Request)[] = [
      (path) => new Request(`${origin}/auth${path}`),
      (path) =>
        new Request(`${origin}/auth${path}`, {
          method: "POST",
          headers: { "sec-fetch-site": "same-origin" },
        }),
    ];
    const [read, act] = asks as [(path: string) => Request, (path: string) => Request];
    const requests = [
      read("/session"),
      read("/me"),
      read("/sessions"),
      act("/refresh"),
      act("/sign-out"),
      act("/touch"),
    ];
    for (let count = 0; count < 10_000; count += 1)
      await site.auth.handler((requests[count % requests.length] as Request).clone());
    expect(rows).toBe(0);
    expect((await site.browser().post("/sign-in/external/own", {})).code).toBe("invalid_credentials");
    expect(rows).toBe(0);
    await site.browser().post("/sign-in/anonymous");
    expect(rows).toBe(1);
  });
});
