import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideRotation, type RotationDecision } from "./rotation.ts";

const grace = 10_000;
/** The head is 5, made at 0. */
const confirmed = { counter: 5, confirmedCounter: 5, rotatedAt: 0 };
const pending = { counter: 5, confirmedCounter: 4, rotatedAt: 0 };
const first = { counter: 0, confirmedCounter: 0, rotatedAt: 0 };

const rotate: RotationDecision = { action: "rotate" };
const young: RotationDecision = { action: "repeat", cause: "young_head" };
const lost: RotationDecision = { action: "repeat", cause: "lost_reply" };
const race: RotationDecision = { action: "repeat", cause: "race" };
const reuse: RotationDecision = { action: "revoke", cause: "reuse" };
const ahead: RotationDecision = { action: "refuse", cause: "ahead" };

interface Case {
  readonly lineage?: typeof confirmed;
  readonly counter: number;
  readonly sameAgent?: boolean;
  readonly at: number;
  readonly grace?: number;
  readonly gets: RotationDecision;
}

describe("a genuine refresh token", () => {
  it.each<[string, Case]>([
    ["that is the head rotates", { counter: 5, at: grace, gets: rotate }],
    [
      "that is the first of its session rotates, however young",
      { lineage: first, counter: 0, at: 0, gets: rotate },
    ],
    ["that is a head made a moment ago gets the same head again", { counter: 5, at: grace - 1, gets: young }],
    [
      "that is a young pending head gets the same head again",
      { lineage: pending, counter: 5, at: 0, gets: young },
    ],
    [
      "that is a pending head past the grace rotates: its use confirms it",
      { lineage: pending, counter: 5, at: grace, gets: rotate },
    ],
    [
      "behind a pending head gets it again: the reply was lost",
      { lineage: pending, counter: 4, at: 1, gets: lost },
    ],
    [
      "behind a pending head gets it again however late",
      { lineage: pending, counter: 4, at: 1e12, gets: lost },
    ],
    [
      "behind a pending head gets it again from another agent too",
      { lineage: pending, counter: 4, sameAgent: false, at: 1e12, gets: lost },
    ],
    ["behind a confirmed head gets it within the grace", { counter: 4, at: grace - 1, gets: race }],
    ["behind a confirmed head is reuse on the ms the grace ends", { counter: 4, at: grace, gets: reuse }],
    [
      "behind a confirmed head is reuse from another agent",
      { counter: 4, sameAgent: false, at: 1, gets: reuse },
    ],
    ["two behind is reuse, also within the grace", { counter: 3, at: 1, gets: reuse }],
    ["two behind a pending head is reuse", { lineage: pending, counter: 3, at: 1, gets: reuse }],
    ["ahead of the head is refused without an alarm", { counter: 6, at: 1, gets: ahead }],
    [
      "far ahead of the head is refused without an alarm",
      { counter: Number.MAX_SAFE_INTEGER, at: 1e12, gets: ahead },
    ],
    ["that is the head rotates at once without grace", { counter: 5, at: 0, grace: 0, gets: rotate }],
    ["behind a confirmed head is reuse at once without grace", { counter: 4, at: 0, grace: 0, gets: reuse }],
    [
      "behind a pending head gets it again even without grace",
      { lineage: pending, counter: 4, at: 0, grace: 0, gets: lost },
    ],
    [
      "that is the head gets it again while the clock stands before its making",
      { counter: 5, at: -3_600_000, gets: young },
    ],
  ])("%s", (_what, { lineage = confirmed, counter, sameAgent = true, at, grace: window = grace, gets }) => {
    expect(decideRotation(lineage, { counter, sameAgent }, window, at)).toEqual(gets);
  });
});

const counters = fc.integer({ min: 0, max: 6 });
const lineages = fc.record({ counter: counters, behind: counters }).map(({ counter, behind }) => {
  return { counter, confirmedCounter: Math.max(0, counter - behind), rotatedAt: 0 };
});
const moments = fc.integer({ min: 0, max: 2 * grace });

describe("whatever the lineage", () => {
  it("the head is never taken for stolen", () => {
    fc.assert(
      fc.property(lineages, fc.boolean(), moments, moments, (lineage, sameAgent, window, now) => {
        const { action } = decideRotation(lineage, { counter: lineage.counter, sameAgent }, window, now);
        expect(["rotate", "repeat"]).toContain(action);
      }),
    );
  });

  it("only the head ever moves the head", () => {
    fc.assert(
      fc.property(lineages, counters, fc.boolean(), moments, (lineage, counter, sameAgent, now) => {
        const { action } = decideRotation(lineage, { counter, sameAgent }, grace, now);
        expect(action === "rotate" && counter !== lineage.counter).toBe(false);
      }),
    );
  });

  it("a token two or more behind always raises the alarm", () => {
    fc.assert(
      fc.property(lineages, counters, fc.boolean(), moments, (lineage, counter, sameAgent, now) => {
        fc.pre(counter <= lineage.counter - 2);
        expect(decideRotation(lineage, { counter, sameAgent }, grace, now)).toEqual(reuse);
      }),
    );
  });
});
