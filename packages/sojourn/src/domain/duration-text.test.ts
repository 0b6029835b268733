import { describe, expect, it } from "vitest";
import { durationText } from "./duration-text.ts";

describe("a length of time for people", () => {
  it.each([
    [0, "0"],
    [1, "1 millisecond"],
    [1500, "1 second 500 milliseconds"],
    [900_000, "15 minutes"],
    [5_400_000, "1 hour 30 minutes"],
    [604_800_000, "7 days"],
    [86_400_000, "1 day"],
  ])("of %i ms is %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
