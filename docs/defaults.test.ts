import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultSessionOptions } from "../packages/sojourn/src/domain/policy.ts";

describe("the session options", () => {
  it("tell in their doc comments the defaults that are in force", () => {
    const source = readFileSync(
      join(import.meta.dirname, "../packages/sojourn/src/domain/policy.ts"),
      "utf8",
    );
    const options = /export interface SessionOptions \{(.*?)\n\}/s.exec(source)?.[1] ?? "";
    const told = [...options.matchAll(/Default `"(\w+)"`\. \*\/\s+readonly (\w+)\?/g)];
    expect(Object.fromEntries(told.map(([, value, name]) => [name, value]))).toEqual(defaultSessionOptions);
  });
});
