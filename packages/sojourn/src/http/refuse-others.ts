import { SojournError } from "../domain/errors.ts";
import { forbidden } from "../domain/impersonation.ts";
import type { Principal } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";

/** A proof is for whose session it is, and by who they are: not by somebody who acts for them. */
export function refuseOthers(
  { userId, actor }: Pick<Session, "userId" | "actor">,
  principal: Pick<Principal, "userId">,
): void {
  if (principal.userId !== userId)
    throw new SojournError("sign_in_denied", { detail: "This is not who is signed in here." });
  if (actor !== null)
    throw forbidden("Who acts as somebody else cannot prove to be them. Do this in a session of your own.");
}
