import { describe } from "vitest";

/**
 * `describe` where a program is there that a suite starts. Where it is not, the suite is left out with one loud
 * line; with `CI=true` that is a failure.
 */
export function describeWithProgram(name: string, path: string | null): typeof describe.skip {
  if (path !== null) return describe;
  const line = `SKIPPED: ${name} is not installed, so what needs it is not tested.`;
  if (process.env["CI"] === "true") throw new Error(line);
  process.stderr.write(`\n!!! ${line}\n`);
  return describe.skip;
}
