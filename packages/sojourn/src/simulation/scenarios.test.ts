import { describe, expect, it } from "vitest";
import type { Auth } from "../auth.ts";
import type { AuthOptions, StrategyName } from "../auth-options.ts";
import type { Store } from "../ports/session-store.ts";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import { Browser, createWorld, type World } from "./world.fixture.ts";

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

const strategies: readonly StrategyName[] = ["stateful", "stateless", "hybrid"];
const stores: readonly (readonly [string, () => Store])[] = [
  ["memory", () => memory()],
  ["sqlite", () => sqlite(":memory:")],
];

/** What every strategy promises, whatever it is made of. */
describe.each(strategies.flatMap((strategy) => stores.map(([store, open]) => ({ strategy, store, open }))))(
  "a $strategy session in $store",
  ({ strategy, open }) => {
    async function begin(
      options: Partial<AuthOptions> = {},
    ): Promise<{ world: World; auth: Auth; browser: Browser; sid: string }> {
      const world = createWorld(strategy, options, open());
      world.users.set("ada", { id: "ada", role: "admin" });
      world.users.set("bob", { id: "bob", role: "user" });
      const auth = world.node();
      const browser = new Browser();
      const sid = await browser.signIn(auth, "ada");
      return { world, auth, browser, sid };
    }

    /** What an app's middleware does where it can write cookies. */
    async function visit(auth: Auth, browser: Browser): Promise<Awaited<ReturnType<Auth["authenticate"]>>> {
      const state = await auth.authenticate(browser.headers());
      if (state.status === "active" && state.renewal === "due") {
        const renewed = await auth.refresh(browser.headers());
        if (renewed.status === "renewed") browser.take(renewed.cookies);
      }
      if (state.status === "ended" || state.status === "anonymous") browser.take(state.cookies);
      return state;
    }

    it("is known on the next request, with its user", async () => {
      const { auth, browser, sid } = await begin();
      const state = await visit(auth, browser);
      expect(state).toMatchObject({
        status: "active",
        session: { sid, userId: "ada", method: "test", kind: "user" },
        user: { id: "ada", role: "admin" },
      });
      expect(await auth.getSession(browser.headers())).toMatchObject({ session: { sid } });
    });

    it("is alive for somebody who was there in its last moment, though that is still to be written", async () => {
      const { world, auth, browser } = await begin({
        session: { idleTimeout: "20m", accessTokenTtl: "30m" },
      });
      await world.pass(20 * minute - 400);
      expect((await visit(auth, browser)).status).toBe("active");
      await world.pass(800);
      expect((await visit(auth, browser)).status).toBe("active");
    });

    it("is nobody without credentials", async () => {
      const { auth } = await begin();
      expect(await auth.authenticate(new Headers())).toEqual({ status: "anonymous", cookies: [] });
      expect(await auth.getSession(new Headers())).toBeNull();
    });

    it("is over after signing out, whoever still holds the cookie; repeating is harmless", async () => {
      const { auth, browser } = await begin();
      const copy = browser.copy();
      browser.take((await auth.signOut(browser.headers())).cookies);
      expect(browser.jar.size).toBe(0);
      expect(await auth.authenticate(copy.headers())).toMatchObject({
        status: "ended",
        reason: "signed_out",
      });
      browser.take((await auth.signOut(copy.headers())).cookies);
      expect((await auth.authenticate(browser.headers())).status).toBe("anonymous");
    });

    it("is over at once on the node that revokes it", async () => {
      const { auth, browser, sid } = await begin();
      expect(await auth.sessions.revoke(sid, "revoked_by_admin")).toBe(true);
      expect(await auth.authenticate(browser.headers())).toMatchObject({
        status: "ended",
        reason: "revoked_by_admin",
      });
      expect(await auth.sessions.revoke(sid)).toBe(false);
    });

    it("is over on every other node within maxRevocationLag", async () => {
      const { world, auth, browser, sid } = await begin();
      const other = world.node();
      expect((await visit(other, browser)).status).toBe("active");
      await world.clock.advance(10 * second);
      expect((await visit(other, browser)).status).toBe("active");
      await auth.sessions.revoke(sid);
      await world.clock.advance(2 * second);
      expect(await other.authenticate(browser.headers())).toMatchObject({
        status: "ended",
        reason: "revoked",
      });
    });

    it("is over on a node that has just started, although its feed has told it nothing yet", async () => {
      const { world, auth, browser, sid } = await begin();
      await auth.sessions.revoke(sid);
      expect((await world.node().authenticate(browser.headers())).status).toBe("ended");
    });

    it("ends with all others of its user, but for the one that is named", async () => {
      const { auth, browser, sid } = await begin();
      const [phone, tablet, bob] = [new Browser(), new Browser(), new Browser()];
      await phone.signIn(auth, "ada");
      await tablet.signIn(auth, "ada");
      await bob.signIn(auth, "bob");
      expect(await auth.sessions.revokeAll("ada", { exceptSid: sid })).toBe(2);
      expect((await auth.authenticate(phone.headers())).status).toBe("ended");
      expect((await auth.authenticate(tablet.headers())).status).toBe("ended");
      expect((await auth.authenticate(browser.headers())).status).toBe("active");
      expect((await auth.authenticate(bob.headers())).status).toBe("active");
    });

    it("is listed with its devices, the asking one marked", async () => {
      const { auth, sid } = await begin();
      const phone = new Browser(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
      );
      await phone.signIn(auth, "ada");
      const list = await auth.sessions.list("ada", { currentSid: sid });
      expect(list.map(({ current, device }) => [current, device.name])).toEqual(
        expect.arrayContaining([
          [true, "Firefox on Linux"],
          [false, "Safari on iOS"],
        ]),
      );
    });

    it("SC-04: lives as long as its user is active, until the absolute timeout and not a moment longer", async () => {
      const { world, auth, browser } = await begin({
        session: { idleTimeout: "2d", absoluteTimeout: "10d" },
      });
      for (let halfDays = 1; halfDays < 20; halfDays += 1) {
        await world.pass(day / 2);
        const state = await visit(auth, browser);
        expect(state.status).toBe("active");
        if (state.status === "active")
          expect(Date.parse(state.session.expiresAt)).toBeLessThanOrEqual(Date.UTC(2030, 0, 11));
        await world.clock.advance(0);
      }
      await world.pass(day / 2);
      expect(await visit(auth, browser)).toMatchObject({ status: "ended", reason: "expired" });
      expect(browser.jar.size).toBe(0);
    });

    it("ends by the idle timeout when its user stays away", async () => {
      const { world, auth, browser } = await begin({
        session: { idleTimeout: "1h", absoluteTimeout: "30d" },
      });
      await world.pass(30 * minute);
      expect((await visit(auth, browser)).status).toBe("active");
      await world.pass(40 * minute);
      expect((await visit(auth, browser)).status).toBe("active");
      await world.pass(62 * minute);
      expect(await visit(auth, browser)).toMatchObject({ status: "ended", reason: "idle" });
    });

    it("is not kept alive by polls", async () => {
      const { world, auth, browser } = await begin({
        session: { idleTimeout: "1h", absoluteTimeout: "30d" },
      });
      const polls = (): Promise<Response> =>
        auth.handler(new Request("http://localhost/auth/session", { headers: browser.headers() }));
      for (let i = 0; i < 7; i += 1) {
        await world.pass(10 * minute);
        await polls();
      }
      expect(await (await polls()).json()).toBeNull();
    });

    it("becomes shorter at once when the policy does, and not longer when the policy does", async () => {
      const { world, auth, browser } = await begin({
        session: { idleTimeout: "7d", absoluteTimeout: "20d" },
      });
      const longer = world.node({ session: { idleTimeout: "30d", absoluteTimeout: "90d" } });
      const shorter = world.node({ session: { idleTimeout: "1d", absoluteTimeout: "3d" } });
      await world.pass(day + minute);
      expect((await shorter.authenticate(browser.headers())).status).toBe("ended");
      expect((await visit(auth, browser)).status).toBe("active");
      await world.pass(8 * day);
      expect((await longer.authenticate(browser.headers())).status).toBe("ended");
    });

    it("is unavailable, never signed out, while the store is away; and comes back", async () => {
      const { world, auth, browser } = await begin();
      await visit(auth, browser);
      world.outage.on = true;
      await world.clock.advance(3 * second);
      expect(await auth.authenticate(browser.headers())).toEqual({ status: "unavailable", retryAfter: 1 });
      await expect(auth.getSession(browser.headers())).rejects.toMatchObject({ code: "store_unavailable" });
      await world.pass(20 * minute);
      expect((await auth.authenticate(browser.headers())).status).toBe("unavailable");
      world.outage.on = false;
      await world.clock.advance(3 * second);
      expect((await visit(auth, browser)).status).toBe("active");
    });

    it("can be asked at the store, whatever the strategy would do", async () => {
      const { world, auth, browser } = await begin();
      world.users.set("ada", { id: "ada", role: "user" });
      expect(await auth.getSession(browser.headers(), { maxAge: 0 })).toMatchObject({
        user: { id: "ada", role: "user" },
      });
      world.users.set("ada", { id: "ada", role: "user", status: "disabled" });
      expect(await auth.getSession(browser.headers(), { maxAge: 0 })).toBeNull();
    });

    it("is nobody with a credential that was altered, and the cookie is cleared", async () => {
      const { auth, browser } = await begin();
      for (const [name, value] of browser.jar)
        browser.jar.set(name, `${value.slice(0, -1)}${value.endsWith("A") ? "Q" : "A"}`);
      const state = await visit(auth, browser);
      expect(state.status).toBe("anonymous");
      expect(browser.jar.size).toBe(0);
    });

    it("ends when the same browser signs in again, and the old cookie is dead", async () => {
      const { auth, browser, sid } = await begin();
      const before = browser.copy();
      const next = await browser.signIn(auth, "bob");
      expect(next).not.toBe(sid);
      expect(await auth.authenticate(before.headers())).toMatchObject({
        status: "ended",
        reason: "superseded",
      });
      expect(await auth.getSession(browser.headers())).toMatchObject({ session: { userId: "bob" } });
    });

    it("keeps the browser's new cookie although answers to requests with the old one are still coming in", async () => {
      const { world, auth, browser } = await begin();
      const onItsWay = browser.copy();
      await browser.signIn(auth, "ada");
      const late = await auth.authenticate(onItsWay.headers());
      expect(late).toEqual({ status: "ended", reason: "superseded", cookies: [] });
      await world.pass(minute);
      expect(await auth.authenticate(onItsWay.headers())).toMatchObject({
        reason: "superseded",
        cookies: expect.arrayContaining([expect.stringContaining("Max-Age=0")]) as string[],
      });
    });

    it("survives a change of the secret while the old one is still listed, and not beyond", async () => {
      const { world, browser } = await begin();
      const fresh = "Zx81mQv3Lp0Rk7Tn2Wc9Yb4Hd6Jf5Ga8SeUiOyXtRwN";
      const during = world.node({ secret: [fresh, "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM"] });
      expect((await visit(during, browser)).status).toBe("active");
      if (strategy === "stateful") return; // Its tokens are made with no key.
      expect((await world.node({ secret: fresh }).authenticate(browser.copy().headers())).status).toBe(
        "anonymous",
      );
    });

    it("keeps its data key by key, and loses them with its life", async () => {
      const { auth, sid } = await begin();
      await Promise.all(Array.from({ length: 20 }, (_, i) => auth.sessions.setData(sid, `key-${i}`, { i })));
      expect(await auth.sessions.getData(sid, "key-7")).toEqual({ i: 7 });
      await auth.sessions.deleteData(sid, "key-7");
      expect(await auth.sessions.getData(sid, "key-7")).toBeUndefined();
      expect(Object.keys((await auth.sessions.get(sid))?.data ?? {})).toHaveLength(19);
      await auth.sessions.revoke(sid);
      await expect(auth.sessions.setData(sid, "late", 1)).rejects.toMatchObject({ code: "session_ended" });
    });

    it("notes when its user was last seen, at most once per interval, behind the request", async () => {
      const { world, auth, browser, sid } = await begin();
      const seen = async (): Promise<number> => Date.parse((await auth.sessions.get(sid))?.lastSeenAt ?? "");
      const start = world.clock.now();
      await world.clock.advance(30 * second);
      await visit(auth, browser);
      await world.clock.advance(2 * second);
      expect(await seen()).toBe(start);
      await world.clock.advance(58 * second);
      await visit(auth, browser);
      await world.clock.advance(2 * second);
      expect(await seen()).toBe(start + 90 * second);
    });
  },
);

describe.each(stores)("a stateless session in %s that was kept alive by renewing alone", (_name, open) => {
  async function renewed(): Promise<{ world: World; auth: Auth; browser: Browser; sid: string }> {
    const world = createWorld("stateless", {}, open());
    world.users.set("ada", { id: "ada", role: "user" });
    const auth = world.node();
    const browser = new Browser();
    const sid = await browser.signIn(auth, "ada");
    await world.pass(6 * day);
    browser.receive(await browser.sendRefresh(auth));
    // By its sign-in it would be idle now; the token that was made anew says otherwise.
    await world.pass(2 * day);
    return { world, auth, browser, sid };
  }

  it("is listed, and can be ended like any other", async () => {
    const { world, auth, browser, sid } = await renewed();
    expect((await auth.sessions.list("ada")).map((one) => one.sid)).toEqual([sid]);
    const thief = browser.copy();
    await auth.signOut(browser.headers());
    for (const node of [auth, world.node()])
      expect(await node.authenticate(thief.headers())).toMatchObject({
        status: "ended",
        reason: "signed_out",
      });
    expect(await auth.refresh(thief.headers())).toMatchObject({ status: "ended", reason: "signed_out" });
  });

  it("is not cleaned away while its token lives", async () => {
    const { world, auth, browser } = await renewed();
    await world.pass(2 * day);
    await auth.sessions.deleteExpired();
    expect((await auth.refresh(browser.headers())).status).toBe("renewed");
  });
});

describe("a stateless session without a store", () => {
  it("lives, slides and expires by itself, and says what it cannot do", async () => {
    const warnings: string[] = [];
    const logger = {
      info: () => {},
      warn: (_: object, message: string) => void warnings.push(message),
      error: () => {},
    };
    const world = createWorld(
      "stateless",
      { logger, session: { idleTimeout: "7d", absoluteTimeout: "9d" } },
      null,
    );
    world.users.set("ada", { id: "ada", role: "user" });
    const auth = world.node();
    expect(warnings.join()).toMatch(/cannot be listed or revoked/);
    const browser = new Browser();
    const sid = await browser.signIn(auth, "ada");
    await expect(auth.sessions.revoke(sid)).rejects.toMatchObject({ code: "strategy_unsupported" });
    await world.pass(6 * day);
    const state = await auth.authenticate(browser.headers());
    expect(state).toMatchObject({ status: "active", renewal: "due" });
    const renewed = await auth.refresh(browser.headers());
    if (renewed.status === "renewed") browser.take(renewed.cookies);
    await world.pass(2 * day);
    expect((await auth.authenticate(browser.headers())).status).toBe("active");
    await world.pass(1 * day);
    expect(await auth.authenticate(browser.headers())).toMatchObject({ status: "ended", reason: "expired" });
  });
});

describe("a hybrid session whose access token has run out", () => {
  it("reads as signed in from its refresh token alone, in any number of readers, and rotates nothing", async () => {
    const world = createWorld("hybrid");
    world.users.set("ada", { id: "ada", role: "user" });
    const auth = world.node();
    const browser = new Browser();
    const sid = await browser.signIn(auth, "ada");
    await world.pass(16 * minute);
    const states = await Promise.all(Array.from({ length: 20 }, () => auth.authenticate(browser.headers())));
    expect(
      states.every(
        (state) => state.status === "active" && state.renewal === "due" && state.session.sid === sid,
      ),
    ).toBe(true);
    expect(world.events.map(({ type }) => type)).not.toContain("session_renewed");
  });

  it("is refused quietly, with its cookies kept, where the store is behind the token", async () => {
    const store = memory();
    const world = createWorld("hybrid", {}, store);
    world.users.set("ada", { id: "ada", role: "user" });
    const auth = world.node();
    const browser = new Browser();
    const sid = await browser.signIn(auth, "ada");
    const backup = (await store.sessions.find(sid))?.record;
    await world.pass(16 * minute);
    browser.receive(await browser.sendRefresh(auth));
    await world.pass(16 * minute);

    const restored = memory();
    if (backup) await restored.sessions.create(backup, null);
    const after = world.node({ store: restored });
    const reply = await browser.sendRefresh(after);
    expect(reply.status).toBe(401);
    expect(reply.headers.getSetCookie()).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ type: "authn_token_ahead", counter: 1, head: 0 });
    expect((await after.sessions.get(sid))?.endReason).toBeNull();
  });
});
