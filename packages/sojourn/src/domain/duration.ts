import { SojournError } from "./errors.ts";
import { type Duration, parseDuration } from "./parse-duration.ts";

export type { Duration, DurationUnit } from "./parse-duration.ts";

/**
 * Turns a {@link Duration} into whole milliseconds.
 *
 * @param option the name of the option, for the message.
 * @throws {SojournError} `config_invalid` when it is not a duration, negative or not finite.
 */
export function durationToMs(duration: Duration, option: string): number {
  const ms = parseDuration(duration);
  if (Number.isNaN(ms)) {
    throw new SojournError("config_invalid", {
      detail: `${option} must be a number of seconds or a string such as "15m", but is ${shown(duration)}.`,
    });
  }
  return ms;
}

/** For the message: what was given may be of any kind, and not every kind can be JSON. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" || value === null ? String(value) : typeof value;
}
