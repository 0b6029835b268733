import { SojournError } from "../domain/errors.ts";
import type { Session } from "../domain/session.ts";
import type { HttpParts } from "./call.ts";

/** @throws {SojournError} `step_up_required` if the user has not proven lately who they are. */
export function requireFresh({ authTime }: Session, { freshFor, clock }: HttpParts): void {
  if (clock.now() - Date.parse(authTime) > freshFor) throw new SojournError("step_up_required");
}
