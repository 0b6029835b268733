import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Random } from "../ports/random.ts";
import { createKeyRing } from "./key-ring.ts";
import { systemRandom } from "./random.ts";
import { generateSecret } from "./secrets.ts";
import { createSid, isSid, sidTag, sidTime } from "./sid.ts";

const old = generateSecret();
const ring = createKeyRing([old]);
const now = Date.parse("2026-11-21T04:00:00.123Z");
const filledWith = (byte: number): Random => ({ bytes: (length) => new Uint8Array(length).fill(byte) });

describe("a sid", () => {
  it("is a UUIDv7 with the time it was made at", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.string(), (time, userId) => {
        const sid = createSid(userId, time, systemRandom, ring);
        expect(isSid(sid)).toBe(true);
        expect(sidTime(sid)).toBe(time);
      }),
    );
  });

  it("has version and variant of RFC 9562 whatever the random bytes are", () => {
    expect(createSid("u", now, filledWith(0x00), ring)).toMatch(
      /^01a1fc42-d27b-7000-8000-00000000[0-9a-f]{4}$/,
    );
    expect(createSid("u", now, filledWith(0xff), ring)).toMatch(
      /^01a1fc42-d27b-7fff-bfff-ffffffff[0-9a-f]{4}$/,
    );
  });

  it("sorts by time as text", () => {
    const sids = [5, 60_000, 60_001, 2 ** 40].map((later) => createSid("u", now + later, systemRandom, ring));
    expect(sids.toSorted()).toEqual(sids);
  });

  it("takes a time with fractions of a ms", () => {
    expect(sidTime(createSid("u", now + 0.75, systemRandom, ring))).toBe(now);
  });

  it("is never the same twice", () => {
    const sids = new Set(Array.from({ length: 20_000 }, () => createSid("u", now, systemRandom, ring)));
    expect(sids.size).toBe(20_000);
  });

  it("shares its tag with all sids of the user, and with hardly any other's", () => {
    const tags = (userId: string): Set<string> =>
      new Set(Array.from({ length: 50 }, (_, n) => sidTag(createSid(userId, now + n, systemRandom, ring))));
    expect(tags("ada").size).toBe(1);
    const users = Array.from({ length: 1000 }, (_, n) => [...tags(`user-${n}`)][0]);
    expect(new Set(users).size).toBeGreaterThan(970);
  });

  it("keeps its tag when a new secret is put before the old one", () => {
    const rotated = createKeyRing([generateSecret(), old]);
    const [before, after] = [ring, rotated].map((one) => sidTag(createSid("ada", now, systemRandom, one)));
    expect(after).toBe(before);
  });

  it("does not give away the user to who has no key", () => {
    const foreign = createKeyRing([generateSecret()]);
    const same = Array.from({ length: 100 }, (_, n) => `user-${n}`).filter(
      (user) =>
        sidTag(createSid(user, now, systemRandom, ring)) ===
        sidTag(createSid(user, now, systemRandom, foreign)),
    );
    expect(same.length).toBeLessThan(3);
  });

  it.each([
    ["upper case", "01A1FC42-D27B-7000-8000-000000000000"],
    ["version 4", "01a1fc42-d27b-4000-8000-000000000000"],
    ["another variant", "01a1fc42-d27b-7000-c000-000000000000"],
    ["no dashes", "01a1fc42d27b70008000000000000000"],
    ["braces", "{01a1fc42-d27b-7000-8000-000000000000}"],
    ["a line break behind", "01a1fc42-d27b-7000-8000-000000000000\n"],
    ["a space before", " 01a1fc42-d27b-7000-8000-000000000000"],
    ["a digit of another script", "01a1fc42-d27b-7000-8000-00000000000\u0660"],
    ["too short", "01a1fc42-d27b-7000-8000-00000000000"],
    ["nothing", ""],
    ["a path", "../../../../../../../../../etc/passwd"],
  ])("is not recognised with %s", (_, text) => {
    expect(isSid(text)).toBe(false);
  });
});
