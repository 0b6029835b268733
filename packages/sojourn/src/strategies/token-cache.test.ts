import { describe, expect, it } from "vitest";
import { TokenCache } from "./token-cache.ts";

const tokenOf = (n: number): string => `header.payload-${n}.${String(n).padStart(43, "x")}`;

describe("the cache of checked tokens", () => {
  it("gives back what was put in, until the token expires", () => {
    const cache = new TokenCache<string>(10);
    cache.set(tokenOf(1), 1000, "ada");
    expect(cache.get(tokenOf(1), 999)).toBe("ada");
    expect(cache.get(tokenOf(1), 1000)).toBeUndefined();
  });

  it("compares the whole token: another with the same signature is unknown", () => {
    const cache = new TokenCache<string>(10);
    cache.set(tokenOf(1), 1000, "ada");
    expect(cache.get(tokenOf(1).replace("payload-1", "payload-9"), 0)).toBeUndefined();
    expect(cache.get(tokenOf(1).slice(-43), 0)).toBeUndefined();
  });

  it("holds at most two generations, and keeps what is used", () => {
    const cache = new TokenCache<number>(10);
    cache.set(tokenOf(0), 1e9, 0);
    for (let n = 1; n <= 100; n += 1) {
      cache.set(tokenOf(n), 1e9, n);
      expect(cache.get(tokenOf(0), 0)).toBe(0);
    }
    const remembered = Array.from({ length: 101 }, (_, n) => n).filter(
      (n) => cache.get(tokenOf(n), 0) !== undefined,
    );
    expect(remembered.length).toBeLessThanOrEqual(20);
    expect(remembered).toContain(100);
  });

  it("remembers nothing with size 0", () => {
    const cache = new TokenCache<string>(0);
    cache.set(tokenOf(1), 1000, "ada");
    expect(cache.enabled).toBe(false);
    expect(cache.get(tokenOf(1), 0)).toBeUndefined();
  });
});
