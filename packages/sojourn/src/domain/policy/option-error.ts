import type { SojournError } from "../errors.ts";
import { invalidOption } from "../options.ts";

/** The error for a `session` option that cannot work. @param detail begins with the option's name below `session`. */
export function invalidSession(detail: string): SojournError {
  return invalidOption(`session.${detail}`);
}
