import { SojournError } from "../../domain/errors.ts";
import type { SqlValue } from "./driver.ts";

/**
 * Refuses texts with U+0000. PostgreSQL cannot hold them, and node:sqlite before Node.js 24 gives
 * them back cut off there: a session of user "root\0x" would become one of user "root".
 *
 * @returns the values.
 * @throws {SojournError} `invalid_input`.
 */
export function wholeTexts(values: SqlValue[]): SqlValue[] {
  for (const value of values) {
    if (typeof value === "string" && value.includes("\0")) {
      throw new SojournError("invalid_input", { detail: "A text must not contain the character U+0000." });
    }
  }
  return values;
}
