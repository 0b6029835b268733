import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultRateLimits, scopes } from "../packages/sojourn/src/domain/policy/rate-limits.ts";
import { defaultKeyOptions, defaultSessionOptions } from "../packages/sojourn/src/domain/policy.ts";

describe("the options with lengths of time", () => {
  it.each([
    ["SessionOptions", defaultSessionOptions],
    ["KeyOptions", defaultKeyOptions],
  ])("tell in the doc comments of %s the defaults that are in force", (name, defaults) => {
    const source = readFileSync(
      join(import.meta.dirname, "../packages/sojourn/src/domain/policy.ts"),
      "utf8",
    );
    const options = new RegExp(`export interface ${name} \\{(.*?)\\n\\}`, "s").exec(source)?.[1] ?? "";
    const told = [...options.matchAll(/Default `"(\w+)"`\. \*\/\s+readonly (\w+)\?/g)];
    expect(Object.fromEntries(told.map(([, value, option]) => [option, value]))).toEqual(defaults);
  });
});

describe("the page on rate limits", () => {
  it("gives the limits that are in force", () => {
    const page = readFileSync(join(import.meta.dirname, "rate-limits.md"), "utf8");
    const told = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|.*?\|(.*)\|(.*)\|(.*)\|$/gm)].flatMap(
      ([, acts = "", ...cells]) => {
        const limits = scopes.flatMap((scope, at) => {
          const [, points, per] = /`(\d+)` in `(\w+)`/.exec(cells[at] ?? "") ?? [];
          return points === undefined ? [] : [[scope, { points: Number(points), per }]];
        });
        return [...acts.matchAll(/`(\w+)`/g)].map(([, act = ""]) => [
          act,
          Object.fromEntries(limits) as object,
        ]);
      },
    );
    expect(Object.fromEntries(told)).toEqual(defaultRateLimits);
  });
});
