import { describe, expect, it } from "vitest";
import { ada, createSite, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const inside = "SELECT * FROM secrets WHERE token = 's3cr3t' -- /srv/app/db.ts:42";

function explode(): never {
  throw new TypeError(inside);
}

describe.each(strategies)("a callback that throws, with %s sessions", (strategy) => {
  it.each(["user", "lifetimes", "jwt", "session"] as const)(
    "%s, fails the request and tells its client nothing",
    async (name) => {
      let armed = false;
      const callback = (): never => {
        if (armed) explode();
        return undefined as never;
      };
      const harmless =
        name === "user" ? ({ user }: { user: unknown }) => (armed ? explode() : user) : callback;
      const site = createSite(strategy, { callbacks: { [name]: harmless } });
      await site.signedUp();
      armed = true;
      const replies = [
        await site.browser().post("/sign-in/password", { email, password }),
        await (async () => {
          armed = false;
          const browser = site.browser();
          await browser.post("/sign-in/password", { email, password });
          armed = true;
          return browser.get("/me");
        })(),
      ];
      const failed = replies.filter(({ status }) => status === 500);
      expect(failed.length).toBeGreaterThan(0);
      for (const { text, code, cookies } of failed) {
        expect([code, cookies]).toEqual(["internal", []]);
        expect(text).not.toMatch(/s3cr3t|TypeError|db\.ts|SELECT/);
      }
      expect(JSON.stringify(site.logs)).toContain("TypeError");
      expect(
        site.logs.some(({ level, message }) => level === "error" && message === "sojourn: internal"),
      ).toBe(true);
    },
  );
});

describe.each(["stateless", "hybrid"] as const)(
  "a token that cannot be made, with %s sessions",
  (strategy) => {
    it("leaves no session without a holder behind", async () => {
      let armed = false;
      const site = createSite(strategy, { callbacks: { jwt: () => (armed ? explode() : {}) } });
      const browser = await site.signedUp();
      armed = true;
      expect((await site.browser().post("/sign-in/password", { email, password })).code).toBe("internal");
      armed = false;
      expect((await browser.get("/sessions")).body.sessions).toHaveLength(1);
    });
  },
);

describe.each(strategies)("a sink or a logger that fails, with %s sessions", (strategy) => {
  const refuse = (): never => {
    throw new Error("disk full");
  };
  const failing = { trace: refuse, debug: refuse, info: refuse, warn: refuse, error: refuse };

  it.each([
    ["throws", { onEvent: refuse }],
    ["rejects", { onEvent: () => Promise.reject(new Error("disk full")) }],
    ["never answers", { onEvent: () => new Promise<void>(() => {}) }],
    ["logs no more", { logger: failing }],
    ["throws, and the logger that is told so too", { onEvent: refuse, logger: failing }],
    [
      "rejects, and the logger that is told so throws",
      { onEvent: () => Promise.reject(new Error("x")), logger: failing },
    ],
  ])("and %s disturbs no request", async (_how, options) => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    const site = createSite(strategy, options);
    const browser = await site.signedUp();
    expect((await browser.get("/me")).status).toBe(200);
    expect((await site.browser().post("/sign-in/password", { email, password: "wrong" })).code).toBe(
      "invalid_credentials",
    );
    expect(
      (
        await browser.send(
          "POST",
          "/sign-out",
          {},
          { origin: "https://evil.example", "sec-fetch-site": null },
        )
      ).code,
    ).toBe("csrf_refused");
    site.outage.sessions = true;
    await site.pass(20_000);
    expect((await browser.get("/me")).code).toBe("store_unavailable");
    site.outage.sessions = false;
    await site.pass(2000);
    expect((await browser.post("/sign-out")).body).toEqual({ ended: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});

describe("what cannot be expected of a client", () => {
  it("an error of the app with a look of ours is still internal", async () => {
    const site = createSite("stateful", {
      callbacks: {
        user: () => {
          throw Object.assign(new Error("x"), { code: "not_found", status: 404, name: "SojournError" });
        },
      },
    });
    expect((await site.browser().post("/sign-up/password", ada)).code).toBe("internal");
  });

  it("a user that JSON cannot hold is internal, not a broken reply", async () => {
    const site = createSite("stateful", { callbacks: { session: () => ({ big: 10n }) as never } });
    const browser = await site.signedUp();
    const { status, code } = await browser.get("/session");
    expect([status, code]).toEqual([500, "internal"]);
  });

  it("the handler never rejects, whatever kind of thing is thrown inside", async () => {
    for (const thrown of [
      null,
      undefined,
      "text",
      0,
      Symbol("x"),
      { toString: explode },
      new Proxy({}, { get: explode }),
    ]) {
      const site = createSite("stateful", {
        callbacks: {
          session: () => {
            throw thrown;
          },
        },
      });
      const browser = await site.signedUp();
      expect((await browser.get("/session")).code).toBe("internal");
    }
  });
});
