import { onPress, whileBusy } from "./busy.ts";
import { client } from "./client.ts";
import { askToConfirm } from "./confirm-dialog.ts";
import { element } from "./elements.ts";
import { explain } from "./failures.ts";
import { sayWhenSignedOut } from "./views.ts";

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
  sayWhenSignedOut(everywhere ? "You signed out everywhere." : null);
  const result = await client.signOut({ everywhere });
  if (result.ok) return;
  sayWhenSignedOut(null);
  await explain(result.error);
}
