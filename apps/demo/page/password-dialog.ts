import type { SessionReply } from "sojourn";
import { call, isSignedOut } from "./api.ts";
import { whileBusy } from "./busy.ts";
import { element } from "./elements.ts";
import { faultOf, showFault } from "./form-errors.ts";
import { currentWho, type User } from "./page-state.ts";
import { adopt, explain } from "./session-sync.ts";
import { tellTabs } from "./tab-channel.ts";
import { showToast } from "./toast.ts";

const dialog = element("password-dialog", HTMLDialogElement);
const form = element("password-form", HTMLFormElement);
const current = element("current-password", HTMLInputElement);
const next = element("new-password", HTMLInputElement);
const submit = element("password-submit", HTMLButtonElement);
const fields = ["current-password", "new-password"];
const fieldOfCode = { invalid_credentials: "current-password", password_rejected: "new-password" };

/** Lets a visitor change the password. */
export function wirePasswordDialog(): void {
  element("change-password", HTMLButtonElement).addEventListener("click", open);
  element("password-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
  // However it closes, no password stays behind in it.
  dialog.addEventListener("close", () => form.reset());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void whileBusy(submit, send);
  });
}

function open(): void {
  const who = currentWho();
  if (who.phase !== "signed-in") return;
  showFault(fields, "password-form-error", null);
  // Tells a password manager whose password it is.
  element("password-account", HTMLInputElement).value = who.user.email ?? "";
  dialog.showModal();
  current.focus();
}

async function send(): Promise<void> {
  showFault(fields, "password-form-error", null);
  const input = { currentPassword: current.value, newPassword: next.value };
  const reply = await call<SessionReply<User>>("POST", "/auth/change-password", input);
  if (!reply.ok) {
    if (isSignedOut(reply.error)) return explain(reply.error);
    return showFault(fields, "password-form-error", faultOf(reply.error, fieldOfCode, []));
  }
  dialog.close();
  adopt(reply.data);
  tellTabs({ type: "changed" });
  showToast("Your password is changed. All your other devices are signed out.");
}
