import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lifetimesOf, shortenLifetimes } from "./policy/lifetimes.ts";
import { resolvePolicy } from "./policy/resolve.ts";
import { type Lifetimes, limitFor, longestCookieAge, type SessionOptions } from "./policy.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("the session policy", () => {
  it("has the documented defaults", () => {
    const { lifetimes, acrLevels, ...rest } = resolvePolicy();
    expect(rest).toEqual({
      preset: null,
      idleTimeout: 7 * day,
      absoluteTimeout: 30 * day,
      touchInterval: 60_000,
      accessTokenTtl: 15 * 60_000,
      rotationGrace: 10_000,
      freshFor: 5 * 60_000,
      freshToEnd: hour,
      resumeIdle: null,
      maxRevocationLag: 2000,
      endedRetention: day,
      limits: { user: null, agent: null, service: null, anonymous: null },
    });
    expect(lifetimes.byRole).toBe(null);
    expect([...acrLevels]).toEqual([
      ["aal1", 1],
      ["aal2", 2],
      ["aal3", 3],
    ]);
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
      limits: { user: { max: 3, onExceed: "evict-oldest" } },
    });
    expect(resolvePolicy({ limit: { max: 1, onExceed: "deny" } }).limits.user).toEqual({
      max: 1,
      onExceed: "deny",
    });
  });

  it("allows exactly 400 days, the longest a browser keeps a cookie", () => {
    expect(resolvePolicy({ absoluteTimeout: "400d" }).absoluteTimeout).toBe(longestCookieAge);
    expect(() => resolvePolicy({ absoluteTimeout: "34560001s" })).toThrow(/400 days/);
  });

  it("lets last-seen times be written seldom, whatever the default of visitors is", () => {
    const { lifetimes } = resolvePolicy({ touchInterval: "2d" });
    expect(lifetimes.anyone.anonymous.passing.idleTimeout).toBe(4 * 86_400_000);
  });

  it("allows an idle timeout as long as the absolute one", () => {
    expect(resolvePolicy({ idleTimeout: "30d" }).idleTimeout).toBe(30 * day);
  });

  it.each<[string, unknown, RegExp]>([
    [
      "an unknown name",
      { idelTimeout: "7d" },
      /session\.idelTimeout is not an option\. Known: idleTimeout, .*limit, /,
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
    ["a limit of a kind that is not there", { limit: { users: { max: 1 } } }, /limit\.users is neither max/],
    ["a limit of a kind without a number", { limit: { agent: {} } }, /limit\.agent\.max must be a whole/],
    ["a preset that is not there", { preset: "aal4" }, /session\.preset must be one of aal1, aal2, aal3/],
    ["a preset of Object.prototype", { preset: "constructor" }, /session\.preset/],
    [
      "a timeout that lengthens a preset",
      { preset: "aal2", absoluteTimeout: "25h" },
      /session\.absoluteTimeout must not be longer than 1 day with the preset "aal2"/,
    ],
    [
      "an idle timeout that lengthens a preset",
      { preset: "aal3", idleTimeout: "16m" },
      /session\.idleTimeout must not be longer than 15 minutes with the preset "aal3"/,
    ],
    ["agents that live longer", { agentTtl: "16m" }, /session\.agentTtl must not be longer than 15m/],
    ["agents that never live", { agentTtl: 0 }, /session\.agentTtl must be at least 1 s/],
    [
      "a kind that lengthens what holds for all",
      { idleTimeout: "1h", byKind: { service: { idleTimeout: "2h" } } },
      /byKind\.service\.idleTimeout must not be longer than what holds for all \(1 hour\)/,
    ],
    ["lifetimes of its own for people", { byKind: { user: {} } }, /byKind\.user is not a kind/],
    [
      "a role that lengthens what holds for all",
      { byRole: { admin: { absoluteTimeout: "31d" } } },
      /byRole\.admin\.absoluteTimeout must not be longer/,
    ],
    ["a role without a name", { byRole: { "": {} } }, /a role has a name/],
    [
      "a role with something else",
      { byRole: { admin: { idle: "5m" } } },
      /byRole\.admin\.idle is not an option/,
    ],
    [
      "a role whose activity cannot be seen",
      { byRole: { admin: { idleTimeout: "30s" } } },
      /touchInterval must be shorter than session\.byRole\.admin\.idleTimeout/,
    ],
    [
      "a browser that is not remembered, for longer",
      { withoutRemember: { idleTimeout: "8d" } },
      /withoutRemember\.idleTimeout must not be longer/,
    ],
    ["resuming by no duration", { resumeIdle: "later" }, /session\.resumeIdle must be a number of seconds/],
    [
      "resuming what is not kept",
      { resumeIdle: "2d" },
      /session\.resumeIdle must not be longer than session\.endedRetention \(1 day\)/,
    ],
    ["resuming by one factor at AAL3", { preset: "aal3", resumeIdle: true }, /resumeIdle is not for/],
    ["ends that are never fresh", { freshToEnd: 0 }, /session\.freshToEnd must be at least 1 s/],
    ["ends that are always fresh", { freshToEnd: true }, /session\.freshToEnd must be a number/],
    ["a level that is not there", { acrLevels: { "urn:x": 4 } }, /acrLevels\["urn:x"\] must be 1, 2 or 3/],
    ["a class that would break a header", { acrLevels: { 'a"b': 1 } }, /acrLevels: a context class/],
    ["a class of ours with another meaning", { acrLevels: { aal1: 3 } }, /acrLevels\["aal1"\] has its own/],
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

describe("the presets", () => {
  it.each([
    ["aal1", 7 * day, 30 * day],
    ["aal2", hour, day],
    ["aal3", 15 * minute, 12 * hour],
  ] as const)("%s sets both timeouts, and lets them be shortened", (preset, idleTimeout, absoluteTimeout) => {
    expect(resolvePolicy({ preset })).toMatchObject({ preset, idleTimeout, absoluteTimeout });
    expect(resolvePolicy({ preset, idleTimeout: "5m", absoluteTimeout: "1h" })).toMatchObject({
      idleTimeout: 5 * minute,
      absoluteTimeout: hour,
    });
  });

  it("aal1 asks for no idle timeout, so that one may be as long as the session", () => {
    expect(resolvePolicy({ preset: "aal1", idleTimeout: "30d" }).idleTimeout).toBe(30 * day);
  });

  it("aal2 alone resumes a session that idled, as long as it is kept, unless told otherwise", () => {
    const resumes = (options: SessionOptions): number | null => resolvePolicy(options).resumeIdle;
    expect([resumes({}), resumes({ preset: "aal1" }), resumes({ preset: "aal3" })]).toEqual([
      null,
      null,
      null,
    ]);
    expect(resumes({ preset: "aal2" })).toBe(day);
    expect(resumes({ preset: "aal2", resumeIdle: false })).toBe(null);
    expect(resumes({ resumeIdle: true, endedRetention: "3d" })).toBe(3 * day);
    expect(resumes({ resumeIdle: "8h" })).toBe(8 * hour);
  });
});

describe("who is held to which lifetimes", () => {
  const of = (
    options: SessionOptions,
    kind: "user" | "agent" | "service" | "anonymous",
    { remember = true, role }: { remember?: boolean; role?: unknown } = {},
  ): Lifetimes => {
    const user = role === undefined ? { id: "u1" } : { id: "u1", role };
    return lifetimesOf(resolvePolicy(options), { kind, remember }, user);
  };
  const lifetimes = (idleTimeout: number, absoluteTimeout: number): Lifetimes => ({
    idleTimeout,
    absoluteTimeout,
  });

  it("people and services to the policy, agents to a quarter of an hour, and the anonymous to a week", () => {
    expect(of({}, "user")).toEqual(lifetimes(7 * day, 30 * day));
    expect(of({}, "service")).toEqual(lifetimes(7 * day, 30 * day));
    expect(of({}, "agent")).toEqual(lifetimes(15 * minute, 15 * minute));
    expect(of({}, "anonymous")).toEqual(lifetimes(day, 7 * day));
  });

  it("to no more than a policy that is shorter than that", () => {
    const short = { absoluteTimeout: "10m", idleTimeout: "5m", accessTokenTtl: "5m" } as const;
    for (const kind of ["user", "agent", "service", "anonymous"] as const)
      expect(of(short, kind)).toEqual(lifetimes(5 * minute, 10 * minute));
  });

  it("to what is said of their kind", () => {
    const byKind = {
      agent: { idleTimeout: "5m" },
      service: { absoluteTimeout: "1d" },
      anonymous: { idleTimeout: "7d", absoluteTimeout: "30d" },
    } as const;
    expect(of({ byKind }, "agent")).toEqual(lifetimes(5 * minute, 15 * minute));
    expect(of({ byKind, agentTtl: "10m" }, "agent")).toEqual(lifetimes(5 * minute, 10 * minute));
    expect(of({ byKind }, "service")).toEqual(lifetimes(day, day));
    expect(of({ byKind }, "anonymous")).toEqual(lifetimes(7 * day, 30 * day));
    expect(of({ byKind }, "user")).toEqual(lifetimes(7 * day, 30 * day));
  });

  it("to what is said of their role, whatever acts for them", () => {
    const byRole = { admin: { idleTimeout: "30m", absoluteTimeout: "12h" } } as const;
    expect(of({ byRole }, "user", { role: "admin" })).toEqual(lifetimes(30 * minute, 12 * hour));
    expect(of({ byRole }, "service", { role: "admin" })).toEqual(lifetimes(30 * minute, 12 * hour));
    expect(of({ byRole }, "agent", { role: "admin" })).toEqual(lifetimes(15 * minute, 15 * minute));
    for (const role of ["user", "constructor", "", 7, null, ["admin"]])
      expect(of({ byRole }, "user", { role })).toEqual(lifetimes(7 * day, 30 * day));
    expect(lifetimesOf(resolvePolicy({ byRole }), { kind: "user", remember: true }, null).idleTimeout).toBe(
      7 * day,
    );
  });

  it("to what is said of browsers that do not remember, if they are people", () => {
    const options = {
      withoutRemember: { idleTimeout: "1h", absoluteTimeout: "1d" },
      byRole: { admin: { idleTimeout: "30m" } },
    } as const;
    expect(of(options, "user", { remember: false })).toEqual(lifetimes(hour, day));
    expect(of(options, "user")).toEqual(lifetimes(7 * day, 30 * day));
    expect(of(options, "service", { remember: false })).toEqual(lifetimes(7 * day, 30 * day));
    expect(of(options, "user", { remember: false, role: "admin" })).toEqual(lifetimes(30 * minute, day));
  });

  it("of a kind of a later version to what holds for people", () => {
    expect(of({}, "robot" as "user")).toEqual(lifetimes(7 * day, 30 * day));
    expect(of({}, "constructor" as "user")).toEqual(lifetimes(7 * day, 30 * day));
  });
});

describe("the session limit", () => {
  it("holds for people, and not for what acts for them", () => {
    const policy = resolvePolicy({ limit: { max: 2 } });
    expect(limitFor(policy, "user")).toEqual({ max: 2, onExceed: "evict-oldest" });
    for (const kind of ["agent", "service", "anonymous"] as const) expect(limitFor(policy, kind)).toBe(null);
  });

  it("holds for each kind that is named", () => {
    const policy = resolvePolicy({ limit: { user: { max: 5 }, agent: { max: 2, onExceed: "deny" } } });
    expect(limitFor(policy, "user")).toEqual({ max: 5, onExceed: "evict-oldest" });
    expect(limitFor(policy, "agent")).toEqual({ max: 2, onExceed: "deny" });
    for (const kind of ["service", "anonymous"] as const) expect(limitFor(policy, kind)).toBe(null);
  });
});
