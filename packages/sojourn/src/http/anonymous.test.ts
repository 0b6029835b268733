import { describe, expect, it } from "vitest";
import { memory } from "../stores/memory/index.ts";
import { ada, createSite, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;

describe.each(strategies)("a visitor, with %s sessions", (strategy) => {
  it("has a session once they ask for one, and is nobody's user", async () => {
    const site = createSite(strategy);
    const visitor = site.browser();
    const { status, body } = await visitor.post("/sign-in/anonymous");
    expect([status, body.session.kind, body.session.method]).toEqual([200, "anonymous", "anonymous"]);
    expect(body.user).toEqual({ id: expect.stringMatching(/^anon_[\w-]{22}$/), anonymous: true });
    expect((await visitor.get("/me")).body).toEqual(body.user);
    expect(await site.accounts.users.findById(body.user.id)).toBe(null);
  });

  it("is the same the second time, and no second session begins", async () => {
    const site = createSite(strategy);
    const visitor = site.browser();
    const first = await visitor.post("/sign-in/anonymous");
    const second = await visitor.post("/sign-in/anonymous");
    expect(second.body.session.sid).toBe(first.body.session.sid);
    expect(second.cookies).toEqual([]);
  });

  it("keeps their session data when they sign in, under a new sid, and the old one is dead", async () => {
    const site = createSite(strategy);
    await site.signedUp();
    const visitor = site.browser();
    const { session, user } = (await visitor.post("/sign-in/anonymous")).body;
    await site.auth.sessions.setData(session.sid, "cart", ["book"]);
    const before = visitor.copy();
    site.eventTypes();
    const signedIn = (await visitor.post("/sign-in/password", { email, password })).body;
    expect(signedIn.session.sid).not.toBe(session.sid);
    expect([signedIn.user.email, signedIn.session.kind]).toEqual([email, "user"]);
    expect(await site.auth.sessions.getData(signedIn.session.sid, "cart")).toEqual(["book"]);
    expect((await before.get("/me")).status).toBe(401);
    expect(await site.auth.sessions.get(session.sid)).toMatchObject({ endReason: "superseded" });
    const told = site.events.filter(({ type }) => type === "anonymous_upgraded");
    expect(told).toEqual([expect.objectContaining({ from: user.id, to: signedIn.user.id })]);
  });

  it("takes it along when they sign up, and by any other way", async () => {
    const site = createSite(strategy);
    const visitor = site.browser();
    const { sid } = (await visitor.post("/sign-in/anonymous")).body.session;
    await site.auth.sessions.setData(sid, "cart", 1);
    const signedUp = (await visitor.post("/sign-up/password", ada)).body.session;
    expect(await site.auth.sessions.getData(signedUp.sid, "cart")).toBe(1);
    const other = site.browser();
    const second = (await other.post("/sign-in/anonymous")).body.session;
    await site.auth.sessions.setData(second.sid, "cart", 2);
    const signedIn = (await other.post("/sign-in/external/own", { email })).body.session;
    expect(await site.auth.sessions.getData(signedIn.sid, "cart")).toBe(2);
  });

  it("is let in by requireSession only where visitors are wanted", async () => {
    const site = createSite(strategy);
    const visitor = site.browser();
    await visitor.post("/sign-in/anonymous");
    const headers = { cookie: visitor.cookie };
    await expect(site.auth.requireSession({ headers })).rejects.toMatchObject({ code: "unauthenticated" });
    const { session } = await site.auth.requireSession({ headers }, { anonymous: true });
    expect(session.kind).toBe("anonymous");
    const user = { cookie: (await site.signedUp()).cookie };
    expect((await site.auth.requireSession({ headers: user })).session.kind).toBe("user");
  });

  it("never takes the place of somebody who is signed in", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { userId } = (await browser.get("/session")).body.session;
    const { body } = await browser.post("/sign-in/anonymous");
    expect([body.session.kind, body.session.userId]).toEqual(["user", userId]);
  });

  it("brings nothing of one signed-in user to the next", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { sid } = (await browser.get("/session")).body.session;
    await site.auth.sessions.setData(sid, "cart", "Ada's");
    await site.signedUp({ email: "bob@example.com" });
    const next = await browser.post("/sign-in/password", { email: "bob@example.com", password });
    expect(await site.auth.sessions.getData(next.body.session.sid, "cart")).toBe(undefined);
  });
});

describe("the app, when a visitor signs in", () => {
  it("may move what is its own, before anything has ended", async () => {
    const moved: unknown[] = [];
    const site = createSite("stateful", {
      callbacks: { upgraded: ({ anonymousUserId, user }) => void moved.push([anonymousUserId, user.id]) },
    });
    const visitor = site.browser();
    const from = (await visitor.post("/sign-in/anonymous")).body.user.id;
    const to = (await visitor.post("/sign-up/password", ada)).body.user.id;
    expect(moved).toEqual([[from, to]]);
  });

  it("stops the sign-in where it cannot, and the visitor is who they were", async () => {
    let broken = true;
    const site = createSite("stateful", {
      callbacks: {
        upgraded: () => {
          if (broken) throw new Error("no connection");
        },
      },
    });
    await site.signedUp();
    const visitor = site.browser();
    const { session, user } = (await visitor.post("/sign-in/anonymous")).body;
    await site.auth.sessions.setData(session.sid, "cart", 1);
    const failed = await visitor.post("/sign-in/password", { email, password });
    expect([failed.status, failed.cookies]).toEqual([500, []]);
    expect((await visitor.get("/me")).body).toEqual(user);
    broken = false;
    const signedIn = (await visitor.post("/sign-in/password", { email, password })).body.session;
    expect(await site.auth.sessions.getData(signedIn.sid, "cart")).toBe(1);
  });

  it("loses nothing that is written while they sign in", async () => {
    const accounts = memory();
    const site = createSite("stateful", { accounts });
    await site.signedUp();
    const visitor = site.browser();
    const { sid } = (await visitor.post("/sign-in/anonymous")).body.session;
    await site.auth.sessions.setData(sid, "first", 1);
    // The last moment at which the old session takes anything: as its successor is about to end it.
    const { sessions } = accounts;
    const revoke = sessions.revoke.bind(sessions);
    sessions.revoke = (ended, now, reason) => {
      if (ended === sid) void sessions.setData(sid, "late", 2, now, 10_000);
      return revoke(ended, now, reason);
    };
    const signedIn = (await visitor.post("/sign-in/password", { email, password })).body.session;
    for (const [key, value] of [
      ["first", 1],
      ["late", 2],
    ] as const)
      expect(await site.auth.sessions.getData(signedIn.sid, key), key).toBe(value);
  });
});

describe("T-19: visitors without a session", () => {
  it("leave no row behind, however many requests they send", async () => {
    const accounts = memory();
    let made = 0;
    const { sessions } = accounts;
    const create = sessions.create.bind(sessions);
    sessions.create = (record, limit) => ((made += 1), create(record, limit));
    const site = createSite("stateful", { accounts });
    const browser = site.browser();
    for (let at = 0; at < 2000; at += 1) await browser.get(at % 2 === 0 ? "/session" : "/me");
    expect(made).toBe(0);
  });
});
