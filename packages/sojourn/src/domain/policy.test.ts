import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  limitFor,
  longestCookieAge,
  resolvePolicy,
  type SessionOptions,
  shortenLifetimes,
} from "./policy.ts";

const day = 86_400_000;

describe("the session policy", () => {
  it("has the documented defaults", () => {
    expect(resolvePolicy()).toEqual({
      idleTimeout: 7 * day,
      absoluteTimeout: 30 * day,
      touchInterval: 60_000,
      accessTokenTtl: 15 * 60_000,
      rotationGrace: 10_000,
      freshFor: 5 * 60_000,
      maxRevocationLag: 2000,
      endedRetention: day,
      limit: null,
    });
  });

  it("takes what it is told, and ends the oldest where a limit does not say otherwise", () => {
    const policy = resolvePolicy({
      idleTimeout: "15m",
      absoluteTimeout: 43_200,
      rotationGrace: 0,
      limit: { max: 3 },
    });
    expect(policy).toMatchObject({
      idleTimeout: 900_000,
      absoluteTimeout: 43_200_000,
      rotationGrace: 0,
      limit: { max: 3, onExceed: "evict-oldest" },
    });
    expect(resolvePolicy({ limit: { max: 1, onExceed: "deny" } }).limit).toEqual({
      max: 1,
      onExceed: "deny",
    });
  });

  it("allows exactly 400 days, the longest a browser keeps a cookie", () => {
    expect(resolvePolicy({ absoluteTimeout: "400d" }).absoluteTimeout).toBe(longestCookieAge);
    expect(() => resolvePolicy({ absoluteTimeout: "34560001s" })).toThrow(/400 days/);
  });

  it("allows an idle timeout as long as the absolute one", () => {
    expect(resolvePolicy({ idleTimeout: "30d" }).idleTimeout).toBe(30 * day);
  });

  it.each<[string, unknown, RegExp]>([
    [
      "an unknown name",
      { idelTimeout: "7d" },
      /session\.idelTimeout is not an option\. Known: idleTimeout, .*limit\./,
    ],
    ["a name of Object.prototype", { constructor: 1 }, /session\.constructor is not an option/],
    ["no duration", { idleTimeout: "soon" }, /session\.idleTimeout must be a number of seconds/],
    ["an idle timeout under a second", { idleTimeout: "999ms" }, /session\.idleTimeout must be at least 1 s/],
    [
      "an absolute timeout of nothing",
      { absoluteTimeout: 0 },
      /session\.absoluteTimeout must be at least 1 s/,
    ],
    ["access tokens that never live", { accessTokenTtl: 0 }, /session\.accessTokenTtl must be at least 1 s/],
    ["proof that is never fresh", { freshFor: 0 }, /session\.freshFor must be at least 1 s/],
    [
      "no time for revocations to travel",
      { maxRevocationLag: 0 },
      /session\.maxRevocationLag must be at least 0\.1 s/,
    ],
    [
      "idle longer than absolute",
      { idleTimeout: "31d" },
      /idleTimeout must not be longer than session\.absoluteTimeout/,
    ],
    [
      "an idle timeout that activity cannot reach",
      { idleTimeout: "1m" },
      /touchInterval must be shorter than session\.idleTimeout/,
    ],
    ["access tokens longer than the session", { accessTokenTtl: "31d" }, /accessTokenTtl must not be longer/],
    ["a limit of none", { limit: { max: 0 } }, /limit\.max must be a whole number of at least 1/],
    ["a limit of one and a half", { limit: { max: 1.5 } }, /limit\.max/],
    ["a limit that is no number", { limit: { max: "3" } }, /limit\.max/],
    [
      "another way to exceed a limit",
      { limit: { max: 1, onExceed: "ask" } },
      /limit\.onExceed must be "evict-oldest" or "deny"/,
    ],
  ])("refuses %s", (_what, options, message) => {
    const check = (): unknown => resolvePolicy(options as SessionOptions);
    expect(check).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(check).toThrow(message);
  });
});

describe("lifetimes that a callback asks for", () => {
  const policy = { idleTimeout: 1000, absoluteTimeout: 5000 };

  it.each([
    ["nothing", null, policy],
    ["undefined", undefined, policy],
    ["an empty object", {}, policy],
    ["longer ones", { idleTimeout: 2000, absoluteTimeout: 9000 }, policy],
    ["infinite ones", { idleTimeout: Infinity, absoluteTimeout: Infinity }, policy],
    ["negative ones", { idleTimeout: -1, absoluteTimeout: -1 }, policy],
    ["what is no number", { idleTimeout: Number.NaN, absoluteTimeout: Number.NaN }, policy],
    ["a shorter idle timeout", { idleTimeout: 300 }, { idleTimeout: 300, absoluteTimeout: 5000 }],
    ["a shorter absolute timeout", { absoluteTimeout: 3000 }, { idleTimeout: 1000, absoluteTimeout: 3000 }],
    [
      "an absolute timeout below the idle one",
      { absoluteTimeout: 400 },
      { idleTimeout: 400, absoluteTimeout: 400 },
    ],
  ])("as %s stay within the policy", (_what, wanted, expected) => {
    expect(shortenLifetimes(policy, wanted)).toEqual(expected);
  });

  it("are never longer than the policy, and idle never longer than absolute", () => {
    const wanted = fc.record(
      { idleTimeout: fc.double(), absoluteTimeout: fc.double() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(wanted, (lifetimes) => {
        const { idleTimeout, absoluteTimeout } = shortenLifetimes(policy, lifetimes);
        expect(absoluteTimeout).toBeLessThanOrEqual(policy.absoluteTimeout);
        expect(idleTimeout).toBeLessThanOrEqual(Math.min(policy.idleTimeout, absoluteTimeout));
        expect(idleTimeout).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("the session limit", () => {
  it("holds for people, and not for what acts for them", () => {
    const policy = resolvePolicy({ limit: { max: 2 } });
    expect(limitFor(policy, "user")).toEqual({ max: 2, onExceed: "evict-oldest" });
    for (const kind of ["agent", "service", "anonymous"] as const) expect(limitFor(policy, kind)).toBe(null);
  });
});
