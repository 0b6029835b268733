import type { ClientError, Result } from "sojourn/client";
import { whileBusy } from "./busy.ts";
import { client } from "./client.ts";
import { element } from "./elements.ts";
import { isSignedOut } from "./failures.ts";
import { faultOf, showFault } from "./form-errors.ts";

const dialog = element("step-up-dialog", HTMLDialogElement);
const form = element("step-up-form", HTMLFormElement);
const password = element("step-up-password", HTMLInputElement);
const submit = element("step-up-submit", HTMLButtonElement);
const fields = ["step-up-password"];

/** Lets a visitor prove again who they are. */
export function wireStepUpDialog(): void {
  element("step-up-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
  // However it closes, no password stays behind in it.
  dialog.addEventListener("close", () => form.reset());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void whileBusy(submit, send);
  });
}

/** Does something. Where the server asks who is really there, the visitor may prove it, and it is done again. */
export async function confirmed<Data>(act: () => Promise<Result<Data>>): Promise<Result<Data>> {
  const result = await act();
  if (!result.ok && (await goesToProvider(result.error))) return result;
  if (result.ok || !asksForPassword(result.error) || !(await isConfirmed())) return result;
  return act();
}

/** Whoever signed in at a provider confirms it there. The page is gone then; they begin again when they are back. */
async function goesToProvider({ code, challenge }: ClientError): Promise<boolean> {
  const { session } = client.$session.get();
  const there = challenge?.methods.find(({ how }) => how === "redirect");
  if (code !== "step_up_required" || there === undefined) return false;
  if (session?.method !== there.method) return false;
  location.assign(there.url);
  return new Promise(() => undefined);
}

function asksForPassword({ code, challenge }: ClientError): boolean {
  return code === "step_up_required" && challenge?.methods.some(({ how }) => how === "password") === true;
}

/** Asks for the password. @returns whether it was given, and right; Escape is no. */
function isConfirmed(): Promise<boolean> {
  const { user } = client.$session.get();
  if (user === null) return Promise.resolve(false);
  showFault(fields, "step-up-form-error", null);
  // Tells a password manager whose password it is.
  element("step-up-account", HTMLInputElement).value = user.email ?? "";
  dialog.returnValue = "";
  dialog.showModal();
  password.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirmed"), { once: true });
  });
}

async function send(): Promise<void> {
  showFault(fields, "step-up-form-error", null);
  const { ok, error } = await client.stepUp({ password: password.value });
  if (ok) return dialog.close("confirmed");
  if (isSignedOut(error)) return dialog.close();
  const fault = faultOf(error, { invalid_credentials: "step-up-password" }, []);
  showFault(fields, "step-up-form-error", fault);
}
