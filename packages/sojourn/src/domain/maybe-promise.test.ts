import { describe, expect, expectTypeOf, it } from "vitest";
import { andThen, type MaybePromise } from "./maybe-promise.ts";

describe("andThen", () => {
  it("goes on at once with what is there", () => {
    expect(andThen(20, (n) => n + 1)).toBe(21);
  });

  it("goes on later with what is not there yet", async () => {
    const later = andThen(Promise.resolve(20), (n) => n + 1);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe(21);
  });

  it("passes on a promise of the next step as it is", async () => {
    expect(await andThen(20, (n) => Promise.resolve(n + 1))).toBe(21);
  });

  it("throws at once what the next step throws at once, and rejects with the rest", async () => {
    const fail = (): never => {
      throw new Error("no");
    };
    expect(() => andThen(1, fail)).toThrow("no");
    await expect(andThen(Promise.resolve(1), fail)).rejects.toThrow("no");
    await expect(andThen(Promise.reject<number>(new Error("before")), (n) => n)).rejects.toThrow("before");
  });

  it("knows the type of what comes out", () => {
    const found = (n: MaybePromise<number>): MaybePromise<string> => andThen(n, String);
    expectTypeOf(found).returns.toEqualTypeOf<string | Promise<string>>();
    expectTypeOf(andThen<number, string>).returns.toEqualTypeOf<MaybePromise<string>>();
  });
});
