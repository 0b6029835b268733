import { whileBusy } from "./busy.ts";
import { client } from "./client.ts";
import { element } from "./elements.ts";
import { isSignedOut } from "./failures.ts";
import { faultOf, showFault } from "./form-errors.ts";
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
  const { user } = client.$session.get();
  if (user === null) return;
  showFault(fields, "password-form-error", null);
  // Tells a password manager whose password it is.
  element("password-account", HTMLInputElement).value = user.email ?? "";
  dialog.showModal();
  current.focus();
}

async function send(): Promise<void> {
  showFault(fields, "password-form-error", null);
  const input = { currentPassword: current.value, newPassword: next.value };
  const { ok, error } = await client.changePassword(input);
  if (!ok && !isSignedOut(error))
    return showFault(fields, "password-form-error", faultOf(error, fieldOfCode, []));
  dialog.close();
  if (!ok) return;
  showToast("Your password is changed. All your other devices are signed out.");
}
