import { SojournError } from "./errors.ts";

/** The error for an option that cannot work. @param detail names it, and says what to do. */
export function invalidOption(detail: string): SojournError {
  return new SojournError("config_invalid", { detail });
}

/**
 * Refuses an option that there is not: misspelt, it would quietly change nothing. So would `true` for an object.
 *
 * @param prefix what stands before its name, such as `cors.`.
 * @throws {SojournError} `config_invalid`.
 */
export function refuseUnknown(prefix: string, options: object, known: Iterable<string>): void {
  const names = [...known];
  const list = names.join(", ");
  // What a caller without types gives may be anything.
  if (typeof options !== "object" || options === null) {
    const whole = prefix.slice(0, -1) || "options";
    throw invalidOption(`${whole} must be an object with ${list}.`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw invalidOption(`${prefix}${name} is not an option. Known: ${list}.`);
  }
}
