import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { absoluteEnd, endOf, idleEnd, type LifeFacts } from "./evaluate.ts";
import type { Lifetimes } from "./policy.ts";
import { type EndReason, endReasons } from "./session.ts";

const policy: Lifetimes = { idleTimeout: 1000, absoluteTimeout: 5000 };
/** Signed in at 0 under the same policy. */
const fresh: LifeFacts = { createdAt: 0, lastSeenAt: 0, idleTimeout: 1000, expiresAt: 5000, endReason: null };

describe("the end of a session", () => {
  it.each<[string, Partial<LifeFacts>, Partial<Lifetimes>, number, EndReason | null]>([
    ["is not there at its beginning", {}, {}, 0, null],
    ["is not there a ms before it is idle", {}, {}, 999, null],
    ["comes on the ms of the idle timeout", {}, {}, 1000, "idle"],
    ["is put off by activity", { lastSeenAt: 4200 }, {}, 4999, null],
    ["comes on the ms of the absolute timeout, however active", { lastSeenAt: 4999 }, {}, 5000, "expired"],
    ["is absolute rather than idle where both strike at once", { lastSeenAt: 4000 }, {}, 5000, "expired"],
    ["is absolute rather than idle long after both", {}, {}, 1e15, "expired"],
    ["comes at once under a policy whose idle timeout became shorter", {}, { idleTimeout: 200 }, 200, "idle"],
    [
      "stays where it was under a policy whose idle timeout became longer",
      {},
      { idleTimeout: 9000 },
      1000,
      "idle",
    ],
    [
      "comes at once under a policy whose absolute timeout became shorter",
      { lastSeenAt: 2000 },
      { absoluteTimeout: 2500 },
      2500,
      "expired",
    ],
    ["is not there a ms before that", { lastSeenAt: 2000 }, { absoluteTimeout: 2500 }, 2499, null],
    [
      "stays where it was under a policy whose absolute timeout became longer",
      { lastSeenAt: 4999 },
      { absoluteTimeout: 9000 },
      5000,
      "expired",
    ],
    ["is what it was ended for, also before any timeout", { endReason: "signed_out" }, {}, 1, "signed_out"],
    [
      "is what it was ended for, also after every timeout",
      { endReason: "reuse_detected" },
      {},
      1e15,
      "reuse_detected",
    ],
    ["is not brought about by a clock that jumps back", { lastSeenAt: 500 }, {}, -3_600_000, null],
    ["comes at once for a session that may not be idle at all", { idleTimeout: 0 }, {}, 0, "idle"],
  ])("%s", (_what, facts, lifetimes, now, expected) => {
    expect(endOf({ ...fresh, ...facts }, { ...policy, ...lifetimes }, now)).toBe(expected);
  });

  it.each(endReasons)("can be %s", (endReason) => {
    expect(endOf({ ...fresh, endReason }, policy, 0)).toBe(endReason);
  });
});

const lengths = fc.integer({ min: 0, max: 1_000_000 });
const facts = fc
  .record({ createdAt: lengths, lived: lengths, idleTimeout: lengths, absolute: lengths })
  .map(({ createdAt, lived, idleTimeout, absolute }): LifeFacts => {
    return {
      createdAt,
      lastSeenAt: createdAt + lived,
      idleTimeout,
      expiresAt: createdAt + absolute,
      endReason: null,
    };
  });
const policies = fc.record({ idleTimeout: lengths, absoluteTimeout: lengths });

describe("the two ends of any session under any policy", () => {
  it("agree with the verdict to the ms", () => {
    fc.assert(
      fc.property(facts, policies, (session, lifetimes) => {
        const idle = idleEnd(session, lifetimes);
        const absolute = absoluteEnd(session, lifetimes);
        expect(idle).toBeLessThanOrEqual(absolute);
        expect(endOf(session, lifetimes, idle - 1)).toBe(null);
        expect(endOf(session, lifetimes, idle)).toBe(idle === absolute ? "expired" : "idle");
        expect(endOf(session, lifetimes, absolute)).toBe("expired");
      }),
    );
  });

  it("never lie past what was promised at the sign-in, whatever activity and policy come later", () => {
    fc.assert(
      fc.property(facts, policies, lengths, (session, lifetimes, more) => {
        const active = { ...session, lastSeenAt: session.lastSeenAt + more };
        expect(idleEnd(active, lifetimes)).toBeLessThanOrEqual(session.expiresAt);
        expect(absoluteEnd(active, lifetimes)).toBe(absoluteEnd(session, lifetimes));
      }),
    );
  });

  it("never come later when the policy becomes shorter", () => {
    fc.assert(
      fc.property(facts, policies, policies, (session, a, b) => {
        const shorter = {
          idleTimeout: Math.min(a.idleTimeout, b.idleTimeout),
          absoluteTimeout: Math.min(a.absoluteTimeout, b.absoluteTimeout),
        };
        expect(idleEnd(session, shorter)).toBeLessThanOrEqual(idleEnd(session, a));
        expect(absoluteEnd(session, shorter)).toBeLessThanOrEqual(absoluteEnd(session, a));
      }),
    );
  });
});
