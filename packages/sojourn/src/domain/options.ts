import { SojournError } from "./errors.ts";

/** The error for an option that cannot work. @param detail names it, and says what to do. */
export function invalidOption(detail: string): SojournError {
  return new SojournError("config_invalid", { detail });
}

/**
 * Refuses an option that there is not: misspelt, it would quietly change nothing.
 *
 * @param prefix what stands before its name, such as `cors.`.
 * @throws {SojournError} `config_invalid`.
 */
export function refuseUnknown(prefix: string, options: object, known: Iterable<string>): void {
  const names = [...known];
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw invalidOption(`${prefix}${name} is not an option. Known: ${names.join(", ")}.`);
  }
}
