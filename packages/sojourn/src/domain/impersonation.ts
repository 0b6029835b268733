import { SojournError } from "./errors.ts";
import type { SessionRecord } from "./session.ts";

/** The longest reason, in UTF-16 units: it travels in tokens. */
export const longestReason = 500;

/**
 * Why somebody acts as another user, as it is shown and logged: one line without what could hide or forge another.
 *
 * @throws {SojournError} `invalid_input` where nothing is said, or too much.
 */
export function cleanReason(text: unknown): string {
  const reason =
    typeof text === "string"
      ? // Control characters break lines and terminals; marks of direction turn the text around them.
        text
          .normalize("NFC")
          .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
          .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
          .trim()
      : "";
  if (reason !== "" && reason.length <= longestReason) return reason;
  const message = `Say why, in 1 to ${longestReason} characters.`;
  throw new SojournError("invalid_input", {
    detail: `reason: ${message}`,
    extra: { issues: [{ path: "reason", message }] },
  });
}

/**
 * Refuses sessions from which nobody may act as somebody else, whoever they are.
 *
 * @throws {SojournError} `impersonation_forbidden`.
 */
export function refuseActor(
  { kind, actor, userId }: Pick<SessionRecord, "kind" | "actor" | "userId">,
  targetId: string,
): void {
  // One who acts as another would act as a third in the other's name, and nobody could tell who did what.
  if (actor !== null) throw forbidden("You are acting as somebody else already. Stop that first.");
  // A program acts for one user, and a visitor is nobody.
  if (kind !== "user") throw forbidden(`A session of kind ${kind} cannot act as somebody else.`);
  if (userId === targetId) throw forbidden("You are this user already.");
}

/** The refusal, and why. */
export function forbidden(detail: string): SojournError {
  return new SojournError("impersonation_forbidden", { detail });
}
