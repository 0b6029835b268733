import { describe, expect, it } from "vitest";
import type { JsonValue } from "../domain/session.ts";
import { dataLimits } from "../domain/policy/data-limits.ts";
import { checkDataKey, checkDataValue } from "./session-data.ts";

describe("a key of session data", () => {
  it.each(["cart", "a.b:c-d_e", "0", "x".repeat(64)])("may be %j", (key) => {
    expect(() => checkDataKey(key)).not.toThrow();
  });

  it.each(["", "x".repeat(65), "a b", 'a"b', "$.x", "__proto__", "constructor", "toString", "é"])(
    "may not be %j",
    (key) => {
      expect(() => checkDataKey(key)).toThrow(expect.objectContaining({ code: "invalid_input" }) as Error);
    },
  );
});

describe("a value of session data", () => {
  it.each([null, 1, "text", true, [1, [2]], { a: { b: [] } }])("may be %j", (value: JsonValue) => {
    expect(() => checkDataValue(value)).not.toThrow();
  });

  it.each([
    undefined,
    Number.NaN,
    Infinity,
    1n,
    () => {},
    new Date(),
    new Map(),
    [undefined],
    { a: Symbol("x") },
  ])("may not be %o, which JSON cannot hold", (value) => {
    expect(() => checkDataValue(value as unknown as JsonValue)).toThrow(
      expect.objectContaining({ code: "invalid_input" }) as Error,
    );
  });

  it("may not be nested without end", () => {
    let deep: JsonValue = 0;
    for (let level = 0; level < 2000; level += 1) deep = [deep];
    expect(() => checkDataValue(deep)).toThrow(expect.objectContaining({ code: "invalid_input" }) as Error);
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => checkDataValue(loop as JsonValue)).toThrow(
      expect.objectContaining({ code: "invalid_input" }) as Error,
    );
  });

  it("may not be larger than all data together", () => {
    expect(() => checkDataValue("x".repeat(dataLimits.totalBytes))).toThrow(
      expect.objectContaining({ code: "data_too_large" }) as Error,
    );
  });
});
