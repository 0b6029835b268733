import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toIso } from "./iso-time.ts";

/** The first and the last ms that a Date can be (ECMA-262 §21.4.1.1). */
const edge = 8.64e15;

describe("an ISO time", () => {
  it.each([
    0,
    1,
    999,
    1000,
    59_999,
    60_000,
    3_599_999,
    86_399_999,
    86_400_000,
    -1,
    -999,
    -86_400_000,
    -86_400_001,
    Date.UTC(2024, 1, 29, 23, 59, 59, 999),
    Date.UTC(9999, 11, 31, 23, 59, 59, 999),
    Date.UTC(10_000, 0, 1),
    Date.UTC(-1, 0, 1),
    edge,
    -edge,
  ])("of %d is what Date makes of it", (ms) => {
    expect(toIso(ms)).toBe(new Date(ms).toISOString());
  });

  it("is what Date makes of it, for every whole ms and in any order", () => {
    const times = fc.oneof(fc.integer({ min: -edge, max: edge }), fc.integer({ min: 0, max: 4e12 }));
    fc.assert(
      fc.property(times, (ms) => {
        expect(toIso(ms)).toBe(new Date(ms).toISOString());
      }),
      { numRuns: 5000 },
    );
  });

  it("is what Date makes of it also between two ms, before and after 1970", () => {
    const fractions = fc.double({ min: -1e12, max: 4e12, noNaN: true });
    fc.assert(
      fc.property(fractions, (ms) => {
        expect(toIso(ms)).toBe(new Date(ms).toISOString());
      }),
      { numRuns: 2000 },
    );
    expect(toIso(-0.5)).toBe("1970-01-01T00:00:00.000Z");
  });

  it("does not mistake one day for the day before it", () => {
    const midnight = Date.UTC(2026, 5, 15);
    expect([midnight - 1, midnight, midnight - 1].map(toIso)).toEqual([
      "2026-06-14T23:59:59.999Z",
      "2026-06-15T00:00:00.000Z",
      "2026-06-14T23:59:59.999Z",
    ]);
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    edge + 86_400_000,
    -edge - 1,
    1e300,
  ])("of %d is refused, as Date refuses it", (ms) => {
    expect(() => new Date(ms).toISOString()).toThrow(RangeError);
    expect(() => toIso(ms)).toThrow(RangeError);
  });

  it("is right again after one that was refused", () => {
    expect(() => toIso(Number.NaN)).toThrow(RangeError);
    expect(toIso(0)).toBe("1970-01-01T00:00:00.000Z");
  });
});
