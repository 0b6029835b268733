import { SojournError } from "../errors.ts";

/** The error for a `session` option that cannot work. @param detail begins with the option's name below `session`. */
export function invalidSession(detail: string): SojournError {
  return new SojournError("config_invalid", { detail: `session.${detail}` });
}
