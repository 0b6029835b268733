import { describe, expect, it } from "vitest";
import type { StrategyName } from "../auth-options.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import type { Callbacks } from "../session/callbacks.ts";
import { ada, createSite, type Site, type SiteOptions, strategies } from "./http-test-kit.fixture.ts";

const { email } = ada;
const minute = 60_000;
const day = 86_400_000;
const now = Date.UTC(2030, 0, 1);

/** Every callback at once and later: both ways have to do the same. */
const ways = strategies.flatMap((strategy) =>
  [true, false].map((later) => ({ strategy, later, when: later ? "later" : "at once" })),
);

function siteWith(
  strategy: StrategyName,
  later: boolean,
  callbacks: Callbacks<StoredUser, object>,
  options: SiteOptions = {},
): Site {
  const turned = Object.fromEntries(
    Object.entries(callbacks).map(([name, run]) => {
      const callback = run as (input: never) => unknown;
      return [
        name,
        later
          ? async (input: never) => (await new Promise((resolve) => setImmediate(resolve)), callback(input))
          : callback,
      ];
    }),
  ) as Callbacks<StoredUser, object>;
  return createSite(strategy, { ...options, callbacks: turned });
}

describe.each(ways)("callbacks that answer $when, with $strategy sessions", ({ strategy, later }) => {
  describe("user", () => {
    it("sees who signs in and how, and may give the user as the app knows them", async () => {
      const seen: unknown[] = [];
      const user: Callbacks<StoredUser, object>["user"] = (signIn) => {
        seen.push([signIn.principal.method, signIn.principal.userId === signIn.user.id, signIn.user.email]);
        return { ...signIn.user, role: "editor" };
      };
      const { body } = await siteWith(strategy, later, { user }).browser().post("/sign-up/password", ada);
      expect(seen).toEqual([["password", true, email]]);
      expect(body.user.role).toBe("editor");
    });

    it("may refuse, which makes no session and no cookie", async () => {
      const refusing = siteWith(strategy, later, {
        user: ({ user }) => (user.email === email ? null : user),
      });
      const { status, code, cookies } = await refusing.browser().post("/sign-up/password", ada);
      expect([status, code, cookies]).toEqual([403, "sign_in_denied", []]);
      expect(refusing.eventTypes()).not.toContain("session_created");
      expect(
        (await refusing.browser().post("/sign-up/password", { ...ada, email: "b@example.com" })).status,
      ).toBe(200);
    });

    it("may say that the account is disabled", async () => {
      const { code } = await siteWith(strategy, later, {
        user: ({ user }) => ({ ...user, status: "disabled" }),
      })
        .browser()
        .post("/sign-up/password", ada);
      expect(code).toBe("account_disabled");
    });
  });

  describe("jwt", () => {
    it("adds claims that show in every strategy alike", async () => {
      const claims = { tenant: "t1", plan: { seats: 3 }, "https://app.example/x": [1, null, true] };
      const browser = await siteWith(strategy, later, { jwt: () => claims }).signedUp();
      expect((await browser.get("/session")).body.session.claims).toEqual(claims);
      expect((await browser.post("/touch")).body.session.sid).toBe(
        (await browser.get("/session")).body.session.sid,
      );
      expect((await browser.get("/session")).body.session.claims).toEqual(claims);
    });

    it("adds nothing where it gives nothing", async () => {
      for (const nothing of [undefined, null, {}]) {
        const browser = await siteWith(strategy, later, { jwt: () => nothing }).signedUp();
        expect((await browser.get("/session")).body.session.claims).toEqual({});
      }
    });

    it("never lengthens a session or a token by its exp", async () => {
      for (const exp of [now / 1000 + 10 * 365 * 86_400, 1e300, Infinity, Number.NaN, "never"]) {
        const lengthening = siteWith(strategy, later, { jwt: () => ({ exp }) });
        const browser = await lengthening.signedUp();
        const { session } = (await browser.get("/session")).body;
        expect(session.absoluteExpiresAt).toBe(new Date(now + 30 * day).toISOString());
        expect(session.claims).toEqual({});
        await lengthening.pass(8 * day);
        expect((await browser.get("/me")).status).toBe(401);
      }
    });

    it("shortens it by its exp", async () => {
      const shortening = siteWith(strategy, later, { jwt: () => ({ exp: now / 1000 + 300 }) });
      const browser = await shortening.signedUp();
      await shortening.pass(5 * minute - 1000);
      expect((await browser.get("/session")).body).not.toBe(null);
      if (strategy === "hybrid") browser.jar.delete("__Host-Http-sojourn-refresh");
      await shortening.pass(1000);
      expect((await browser.get("/session")).body).toBe(null);
    });
  });

  describe("session", () => {
    it("adds to what every read shows, with the user at hand", async () => {
      const extra = siteWith(strategy, later, {
        session: ({ session, user }) => ({
          greeting: `${user.id === session.userId}`,
          method: session.method,
        }),
      });
      const browser = await extra.signedUp();
      const { session } = (await browser.get("/session")).body;
      const state = await extra.auth.authenticate({ headers: new Headers({ cookie: browser.cookie }) });
      expect(state.status === "active" && (state.session as unknown as { greeting: string }).greeting).toBe(
        "true",
      );
      expect([session.greeting, session.method]).toEqual(["true", "password"]);
    });

    it("cannot make one session another one, or another user's", async () => {
      const posing = siteWith(strategy, later, { session: () => ({ sid: "other", userId: "root" }) });
      const browser = await posing.signedUp();
      const { session, user } = (await browser.get("/session")).body;
      expect([session.sid === "other", session.userId]).toEqual([false, user.id]);
      expect((await browser.post("/sign-out")).body).toEqual({ ended: 1 });
    });

    it("ends a session by an earlier expiresAt, and does not put it off by a later one", async () => {
      const early = siteWith(strategy, later, {
        session: () => ({ expiresAt: new Date(now + 5 * minute).toISOString() }),
      });
      const browser = await early.signedUp();
      expect((await browser.get("/session")).body.session.expiresAt).toBe("2030-01-01T00:05:00.000Z");
      await early.pass(5 * minute - 1);
      expect((await browser.get("/me")).status).toBe(200);
      await early.pass(1);
      expect((await browser.get("/me")).body).toMatchObject({ code: "session_ended", reason: "expired" });

      for (const expiresAt of ["2099-01-01T00:00:00.000Z", "soon", 0, null]) {
        const late = siteWith(strategy, later, { session: () => ({ expiresAt }) });
        const other = await late.signedUp();
        expect((await other.get("/session")).body.session.expiresAt).toBe(
          new Date(now + 7 * day).toISOString(),
        );
        await late.pass(7 * day);
        expect((await other.get("/me")).status).toBe(401);
      }
    });
  });

  describe("lifetimes", () => {
    const byRole: Callbacks<StoredUser, object> = {
      user: ({ user }) => ({ ...user, role: user.email?.startsWith("admin") ? "admin" : "user" }),
      lifetimes: ({ user, kind, method, remember }) => {
        expect([kind, method, remember]).toEqual(["user", "password", false]);
        return user.role === "admin"
          ? { idleTimeout: "15m", absoluteTimeout: "12h" }
          : { idleTimeout: "90d", absoluteTimeout: 99_999_999 };
      },
    };

    it("are shorter for a role where the app says so, and never longer than the policy", async () => {
      const roles = siteWith(strategy, later, byRole);
      const admin = (await (await roles.signedUp({ email: "admin@example.com" })).get("/session")).body
        .session;
      expect([admin.idleExpiresAt, admin.absoluteExpiresAt]).toEqual([
        "2030-01-01T00:15:00.000Z",
        "2030-01-01T12:00:00.000Z",
      ]);
      const user = (await (await roles.signedUp()).get("/session")).body.session;
      expect([user.idleExpiresAt, user.absoluteExpiresAt]).toEqual([
        new Date(now + 7 * day).toISOString(),
        new Date(now + 30 * day).toISOString(),
      ]);
    });

    it("are kept to", async () => {
      const roles = siteWith(strategy, later, byRole);
      const admin = await roles.signedUp({ email: "admin@example.com" });
      const user = await roles.signedUp();
      await roles.pass(15 * minute);
      expect((await admin.get("/me")).body.reason).toBe("idle");
      expect((await user.get("/me")).status).toBe(200);
    });

    it("that make no sense fail the sign-in instead of lasting for ever", async () => {
      for (const idleTimeout of ["soon", -1, Number.NaN]) {
        const senseless = siteWith(strategy, later, {
          lifetimes: () => ({ idleTimeout: idleTimeout as never }),
        });
        const { status, cookies } = await senseless.browser().post("/sign-up/password", ada);
        expect([status, cookies]).toEqual([500, []]);
      }
    });
  });
});

describe.each(["stateless", "hybrid"] as const)("the claims of a %s token", (strategy) => {
  it.each([
    "sub",
    "sid",
    "iss",
    "aud",
    "jti",
    "iat",
    "acr",
    "user",
    "session_exp",
    "idle",
    "transport",
    "kind",
    "counter",
    "auth_time",
  ])("%s are Sojourn's own: a callback that sets it fails the sign-in", async (name) => {
    const site = createSite(strategy, { callbacks: { jwt: () => ({ [name]: "x" }) } });
    const { status, cookies, text } = await site.browser().post("/sign-up/password", ada);
    expect([status, cookies]).toEqual([500, []]);
    expect(text).not.toContain("x.y");
    expect(JSON.stringify(site.logs)).toContain(`must not set the claim \\"${name}\\"`);
  });

  it("may be given back as they came", async () => {
    const site = createSite(strategy, { callbacks: { jwt: ({ claims }) => ({ ...claims, tenant: "t1" }) } });
    const browser = await site.signedUp();
    expect((await browser.get("/session")).body.session.claims).toEqual({ tenant: "t1" });
  });

  it("that do not fit say what to do, to the developer", async () => {
    const site = createSite(strategy, { callbacks: { jwt: () => ({ big: "x".repeat(5000) }) } });
    const { status, code, body } = await site.browser().send("POST", "/sign-up/password", ada);
    expect([status, code]).toEqual([500, "token_too_large"]);
    expect(body.detail).toMatch(/jwt\.fields|callbacks\.jwt/);
  });

  it("reach neither Object.prototype nor a property of it", async () => {
    const site = createSite(strategy, {
      callbacks: {
        jwt: () =>
          JSON.parse('{"__proto__":{"admin":true},"constructor":"x"}') as object as Record<string, unknown>,
      },
    });
    const browser = await site.signedUp();
    const { claims } = (await browser.get("/session")).body.session;
    expect(claims["admin"]).toBe(undefined);
    const { session } = await site.auth.requireSession({ headers: new Headers({ cookie: browser.cookie }) });
    expect(session.claims["admin"]).toBe(undefined);
    expect(({} as Record<string, unknown>)["admin"]).toBe(undefined);
  });
});
