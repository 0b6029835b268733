import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scalarFromSeed, withLowS } from "./es256.ts";
import { hasLowS } from "./low-s.ts";

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const bytesOf = (value: bigint, length = 32): Buffer =>
  Buffer.from(value.toString(16).padStart(length * 2, "0"), "hex");

describe("a private scalar of P-256", () => {
  it("lies between 1 and the order less 1, for the seeds at the edges too", () => {
    const scalar = (seed: bigint): bigint => numberOf(scalarFromSeed(bytesOf(seed, 48)));
    expect(scalar(0n)).toBe(1n);
    expect(scalar(order - 2n)).toBe(order - 1n);
    expect(scalar(order - 1n)).toBe(1n);
    expect(scalar(order)).toBe(2n);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (seed) => {
        const bytes = scalarFromSeed(seed);
        expect(bytes).toHaveLength(32);
        expect(numberOf(bytes) >= 1n && numberOf(bytes) < order).toBe(true);
      }),
    );
  });
});

describe("the lower of two signatures", () => {
  it("keeps r, and is the same for both", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: order - 1n }),
        fc.bigInt({ min: 1n, max: order - 1n }),
        (r, s) => {
          const [one, other] = [s, order - s].map((value) => Buffer.concat([bytesOf(r), bytesOf(value)]));
          expect(withLowS(one!)).toEqual(withLowS(other!));
          expect(numberOf(withLowS(one!).subarray(0, 32))).toBe(r);
          expect(hasLowS(withLowS(one!))).toBe(true);
          expect([hasLowS(one!), hasLowS(other!)].filter(Boolean)).toHaveLength(1);
        },
      ),
    );
  });
});
