import { describe, expect, it } from "vitest";
import { type LimitedAct, resolveRateLimits } from "./rate-limits.ts";

const minute = 60_000;

describe("the limits in force", () => {
  it("are the defaults where nothing is said", () => {
    const policy = resolveRateLimits();
    expect(policy.signIn).toEqual({
      account: { points: 10, windowMs: 15 * minute },
      accountEverywhere: { points: 100, windowMs: 24 * 60 * minute },
      network: { points: 100, windowMs: 15 * minute },
    });
    expect(policy.refresh).toEqual({
      account: null,
      accountEverywhere: null,
      network: { points: 300, windowMs: 15 * minute },
    });
  });

  it("bound everything by something", () => {
    for (const [act, limits] of Object.entries(resolveRateLimits()))
      expect(
        Object.values(limits).some((limit) => limit !== null),
        act,
      ).toBe(true);
  });

  it("let nobody guess one password more than a hundred times in a row from networks new to it (NIST SP 800-63B-4 §3.2.2)", () => {
    for (const act of ["signIn", "stepUp"] as const)
      expect(resolveRateLimits()[act].accountEverywhere?.points).toBeLessThanOrEqual(100);
  });

  it("are what a rule names, and the defaults for what it does not", () => {
    const policy = resolveRateLimits({
      signIn: { account: { points: 3, per: 60 }, network: false },
      callback: { account: { points: 5, per: "1h" } },
      refresh: false,
    });
    expect(policy.signIn).toEqual({
      account: { points: 3, windowMs: minute },
      accountEverywhere: { points: 100, windowMs: 24 * 60 * minute },
      network: null,
    });
    expect(policy.callback.account).toEqual({ points: 5, windowMs: 60 * minute });
    expect(policy.callback.network).not.toBe(null);
    expect(policy.refresh).toEqual({ account: null, accountEverywhere: null, network: null });
  });

  it.each<[unknown, string]>([
    [{ login: {} }, "rateLimit.login"],
    [{ signIn: { ip: { points: 1, per: "1m" } } }, "rateLimit.signIn.ip"],
    [{ signIn: true }, "rateLimit.signIn"],
    [{ signIn: { points: 10, per: "15m" } }, "rateLimit.signIn.points"],
    [{ signIn: { network: 10 } }, "rateLimit.signIn.network"],
    [{ signIn: { network: { points: 0, per: "1m" } } }, "network: false"],
    [{ signIn: { network: { points: 1.5, per: "1m" } } }, "rateLimit.signIn.network.points"],
    [{ signIn: { network: { points: 1, per: "soon" } } }, "rateLimit.signIn.network.per"],
    [{ signIn: { network: { points: 1, per: "10ms" } } }, "rateLimit.signIn.network.per"],
    [{ signIn: { network: { points: 1, per: "1m", block: "1h" } } }, "rateLimit.signIn.network.block"],
    [7, "rateLimit"],
  ])("cannot be %j", (rules, told) => {
    expect(() => resolveRateLimits(rules as { [Act in LimitedAct]?: false })).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(told) as string }),
    );
  });
});
