import { describe, expect, it } from "vitest";
import { sampleSession, sampleSid } from "./sample-session.ts";
import { seededRandom } from "./seeded-random.ts";

describe("the seeded random", () => {
  it("gives the same bytes for the same seed, and others for another", () => {
    const [one, same, other] = [seededRandom(7), seededRandom(7), seededRandom(8)];
    const bytes = one.bytes(64);
    expect(bytes).toHaveLength(64);
    expect(same.bytes(64)).toEqual(bytes);
    expect(other.bytes(64)).not.toEqual(bytes);
    expect(one.bytes(64)).not.toEqual(bytes);
  });

  it("spreads its bytes evenly", () => {
    const counts = Array.from({ length: 256 }, () => 0);
    for (const byte of seededRandom(1).bytes(256_000)) counts[byte]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});

describe("a sample session", () => {
  it("has a sid of its own, a UUIDv7 of its time that sorts after those made before", () => {
    const sids = Array.from({ length: 300 }, () => sampleSession().sid);
    expect(new Set(sids).size).toBe(300);
    expect(sids.toSorted()).toEqual(sids);
    for (const sid of sids)
      expect(sid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(sampleSid(12_345).replaceAll("-", "").slice(0, 12), 16)).toBe(12_345);
  });

  it("takes every override, and dates from its sign-in", () => {
    expect(sampleSession({ createdAt: 5, userId: "u", data: { a: 1 } })).toMatchObject({
      createdAt: 5,
      authTime: 5,
      lastSeenAt: 5,
      userId: "u",
      data: { a: 1 },
    });
  });
});
