/**
 * A length of time in options: a number of **seconds**, or a number with a unit
 * (`"500ms"`, `"45s"`, `"15m"`, `"12h"`, `"7d"`, `"2w"`).
 */
export type Duration = number | `${number}${DurationUnit}`;

/** The units a {@link Duration} string may end in. */
export type DurationUnit = "ms" | "s" | "m" | "h" | "d" | "w";

const unitInMs: Record<DurationUnit, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const format = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;

/** A {@link Duration} in whole milliseconds; NaN for what is none, negative or not finite. */
export function parseDuration(duration: Duration): number {
  const ms = typeof duration === "number" ? duration * 1000 : parse(duration);
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : Number.NaN;
}

function parse(text: unknown): number {
  const match = typeof text === "string" ? format.exec(text) : null;
  return match === null ? Number.NaN : Number(match[1]) * unitInMs[match[2] as DurationUnit];
}
