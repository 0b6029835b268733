import { describe, expect, it } from "vitest";
import { lengthText, moment, timeAgo, timeLeft } from "./time-text.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("what the page says about time", () => {
  it.each([
    [7 * day, "7 days 00:00:00"],
    [7 * day - 1500, "6 days 23:59:59"],
    [day + hour + 2 * minute + 3000, "1 day 01:02:03"],
    [hour + 2 * minute + 3000, "1:02:03"],
    [42_000, "0:42"],
    [1, "0:01"],
    [0, "0:00"],
    [-5000, "0:00"],
  ])("shows %i ms that are left as %s", (ms, text) => {
    expect(timeLeft(ms)).toBe(text);
  });

  it.each([
    [-3000, "just now"],
    [4999, "just now"],
    [12_000, "12 seconds ago"],
    [2.9 * minute, "2 minutes ago"],
    [hour, "1 hour ago"],
    [day, "yesterday"],
    [40 * day, "40 days ago"],
  ])("calls %i ms ago %s", (ms, text) => {
    expect(timeAgo(ms)).toBe(text);
  });

  it("leaves out the date of today only", () => {
    const at = "2026-03-10T12:00:00.000Z";
    expect(moment(at, Date.parse(at) + 1000)).toMatch(/^today, /);
    expect(moment(at, Date.parse(at) + 2 * day)).toMatch(/^Mar 10, 2026/);
  });

  it.each([
    [60, "1 minute"],
    [90, "90 seconds"],
    [7200, "2 hours"],
  ])("names %i seconds %s", (seconds, text) => {
    expect(lengthText(seconds)).toBe(text);
  });
});
