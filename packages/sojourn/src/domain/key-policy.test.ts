import { describe, expect, it } from "vitest";
import { isSojournError } from "./errors.ts";
import { publicKeysMaxAge, resolveKeyPolicy } from "./key-policy.ts";
import type { KeyOptions } from "./policy.ts";
import { resolvePolicy } from "./policy/resolve.ts";

const day = 86_400_000;
const session = resolvePolicy();

/** The code and the sentence of what is refused. */
function refusalOf(keys: unknown, policy = session, hasEntries = true): string {
  try {
    resolveKeyPolicy(keys as KeyOptions, policy, hasEntries);
    return "accepted";
  } catch (error) {
    return isSojournError(error) ? `${error.code}: ${error.message}` : String(error);
  }
}

describe("the keys option", () => {
  it("leaves the keys to the secret unless it says otherwise", () => {
    expect(resolveKeyPolicy(undefined, session, false)).toBeNull();
    expect(resolveKeyPolicy("secret", session, false)).toBeNull();
  });

  it("has defaults for everything", () => {
    expect(resolveKeyPolicy({}, session, true)).toEqual({
      rotateEvery: 90 * day,
      announceFor: day,
      keepFor: 30 * day + 2 * (2000 + 60_000),
    });
  });

  it("takes rotation by command only", () => {
    expect(resolveKeyPolicy({ rotateEvery: "never" }, session, true)?.rotateEvery).toBeNull();
  });

  it("needs a store that keeps small records, and says what to do", () => {
    expect(refusalOf({}, session, false)).toMatch(/^config_store_required: keys: .*sqlite\("app\.db"\)/);
  });

  it.each([
    ["what is no object", 5, /^config_invalid: keys must be "secret", or such as/],
    ["an option there is not", { rotate: "1d" }, /^config_invalid: keys\.rotate is not an option\. Known: /],
    [
      "no duration",
      { rotateEvery: "often" },
      /^config_invalid: keys\.rotateEvery must be a number of seconds/,
    ],
    ["keys that sign before all know them", { announceFor: "1m" }, /keys\.announceFor must be at least 64 s/],
    [
      "rotation faster than announcement",
      { rotateEvery: "2h", announceFor: "3h" },
      /not be shorter than keys\.announceFor/,
    ],
    [
      "more keys than a ring holds",
      { rotateEvery: "1d" },
      /keys\.rotateEvery must be at least \d+ s: .* at most 24 keys/,
    ],
  ])("refuses %s", (_what, keys, sentence) => {
    expect(refusalOf(keys)).toMatch(sentence);
  });

  it("has the announcement last longer where news may take longer", () => {
    const slow = resolvePolicy({ maxRevocationLag: "1m" });
    expect(refusalOf({ announceFor: "179s" }, slow)).toMatch(/at least 180 s/);
    expect(refusalOf({ announceFor: "180s" }, slow)).toBe("accepted");
  });
});

describe("the time for which others may keep public keys", () => {
  it("is five minutes, and with its staleness at most half the announcement", () => {
    expect(publicKeysMaxAge(null)).toBe(300);
    const ageFor = (announceFor: number): number =>
      publicKeysMaxAge({ rotateEvery: null, announceFor, keepFor: day });
    expect(ageFor(day)).toBe(300);
    expect(ageFor(64_000)).toBe(16);
  });
});
