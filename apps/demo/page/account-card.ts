import type { EndedReply } from "sojourn";
import { call } from "./api.ts";
import { onPress, whileBusy } from "./busy.ts";
import { askToConfirm } from "./confirm-dialog.ts";
import { element } from "./elements.ts";
import { currentWho } from "./page-state.ts";
import { explain, leave } from "./session-sync.ts";
import { tellTabs } from "./tab-channel.ts";
import { endingText } from "./wording.ts";

/** Lets a visitor sign out, here or everywhere. */
export function wireAccountCard(): void {
  onPress(element("sign-out", HTMLButtonElement), () => signOut(false));
  const everywhere = element("sign-out-everywhere", HTMLButtonElement);
  everywhere.addEventListener("click", () => void askAndSignOut(everywhere));
}

async function askAndSignOut(button: HTMLButtonElement): Promise<void> {
  const text = "Every device has to sign in again, this one too.";
  const agreed = await askToConfirm({ title: "Sign out everywhere?", text, yes: "Sign out everywhere" });
  if (agreed) await whileBusy(button, () => signOut(true));
}

async function signOut(everywhere: boolean): Promise<void> {
  const who = currentWho();
  if (who.phase !== "signed-in") return;
  const reply = await call<EndedReply>("POST", "/auth/sign-out", { everywhere });
  if (!reply.ok) return explain(reply.error);
  leave(everywhere ? "You signed out everywhere." : endingText("signed_out"));
  tellTabs({ type: "ended", sid: who.session.sid, reason: "signed_out" });
}
