import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Duration, durationToMs } from "./duration.ts";

describe("a duration", () => {
  it.each<[Duration, number]>([
    [0, 0],
    [90, 90_000],
    [0.25, 250],
    ["500ms", 500],
    ["45s", 45_000],
    ["15m", 900_000],
    ["12h", 43_200_000],
    ["7d", 604_800_000],
    ["2w", 1_209_600_000],
    ["1.5h", 5_400_000],
    ["0s", 0],
  ])("%j is %d ms", (duration, ms) => {
    expect(durationToMs(duration, "option")).toBe(ms);
  });

  it("is rounded to whole milliseconds", () => {
    expect(durationToMs(0.0004, "option")).toBe(0);
    expect(durationToMs("1.6ms", "option")).toBe(2);
  });

  it("means the same as a number and as a string of seconds", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (seconds) => {
        expect(durationToMs(`${seconds}s`, "option")).toBe(durationToMs(seconds, "option"));
      }),
    );
  });

  const wrongs: readonly unknown[] = [
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "",
    "15",
    "m",
    "-15m",
    "+15m",
    " 15m",
    "15m ",
    "15 m",
    "15M",
    "1e3s",
    ".5h",
    "5.h",
    "0x10s",
    "٣m",
    "15min",
    "15m\n",
    "1h30m",
    null,
    undefined,
    {},
    [],
    true,
    10n,
    Symbol("15m"),
    Object.create(null),
  ];
  it.each(wrongs.map((wrong) => [wrong]))("refuses %o, naming the option", (wrong) => {
    const check = (): number => durationToMs(wrong as Duration, "session.idleTimeout");
    expect(check).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(check).toThrow(/^session\.idleTimeout must be a number of seconds or a string such as "15m"/);
  });

  it("says what it was given", () => {
    expect(() => durationToMs("soon" as Duration, "x")).toThrow(/but is "soon"\.$/);
    expect(() => durationToMs(Number.NaN, "x")).toThrow(/but is NaN\.$/);
    expect(() => durationToMs(null as unknown as Duration, "x")).toThrow(/but is null\.$/);
    expect(() => durationToMs({} as Duration, "x")).toThrow(/but is object\.$/);
  });

  it("refuses a number of digits that overflows, and takes no time over it", () => {
    expect(() => durationToMs(`${"9".repeat(400)}w` as Duration, "option")).toThrow(/option/);
    expect(() => durationToMs(`${"9".repeat(100_000)}.` as Duration, "option")).toThrow(/option/);
  });
});
