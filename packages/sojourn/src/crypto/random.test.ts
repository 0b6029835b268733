import { describe, expect, it } from "vitest";
import { systemRandom } from "./random.ts";

describe("the system's randomness", () => {
  it("gives as many bytes as asked for, and never the same twice", () => {
    for (const length of [0, 1, 16, 32, 10_000]) expect(systemRandom.bytes(length)).toHaveLength(length);
    const drawn = new Set(
      Array.from({ length: 10_000 }, () => Buffer.from(systemRandom.bytes(16)).toString("hex")),
    );
    expect(drawn.size).toBe(10_000);
  });

  it("gives bytes that nobody else holds", () => {
    const first = systemRandom.bytes(32);
    const kept = Buffer.from(first);
    systemRandom.bytes(32).fill(0);
    expect(Buffer.from(first)).toEqual(kept);
  });
});
