import type { AssuranceLevel, SessionOptions } from "../policy.ts";
import { invalidSession } from "./option-error.ts";

const own: readonly (readonly [string, AssuranceLevel])[] = [
  ["aal1", 1],
  ["aal2", 2],
  ["aal3", 3],
];

/** What may stand between quotes in a header (RFC 9110 §5.6.4) and in a list that spaces divide (RFC 9470 §3). */
const acrFormat = /^[\u0021\u0023-\u005b\u005d-\u007e]{1,128}$/;

/** What each context class is worth. */
export function resolveLevels(levels: SessionOptions["acrLevels"] = {}): ReadonlyMap<string, AssuranceLevel> {
  for (const [acr, level] of Object.entries(levels)) {
    if (!acrFormat.test(acr))
      throw invalidSession("acrLevels: a context class has 1 to 128 visible characters, no quotes.");
    if (level !== 1 && level !== 2 && level !== 3)
      throw invalidSession(`acrLevels["${acr}"] must be 1, 2 or 3.`);
    if (own.some(([name, is]) => name === acr && is !== level))
      throw invalidSession(`acrLevels["${acr}"] has its own meaning already.`);
  }
  return new Map([...own, ...Object.entries(levels)]);
}
