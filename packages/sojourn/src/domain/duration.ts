import { SojournError } from "./errors.ts";

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

/**
 * Turns a {@link Duration} into whole milliseconds.
 *
 * @param option the name of the option, for the message.
 * @throws {SojournError} `config_invalid` when it is not a duration, negative or not finite.
 */
export function durationToMs(duration: Duration, option: string): number {
  const ms = typeof duration === "number" ? duration * 1000 : parse(duration);
  if (!Number.isFinite(ms) || ms < 0) {
    throw new SojournError("config_invalid", {
      detail: `${option} must be a number of seconds or a string such as "15m", but is ${shown(duration)}.`,
    });
  }
  return Math.round(ms);
}

function parse(text: unknown): number {
  const match = typeof text === "string" ? format.exec(text) : null;
  if (!match) return Number.NaN;
  return Number(match[1]) * unitInMs[match[2] as DurationUnit];
}

/** For the message: what was given may be of any kind, and not every kind can be JSON. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" || value === null ? String(value) : typeof value;
}
