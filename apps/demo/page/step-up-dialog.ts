import type { SessionReply } from "sojourn";
import { call, type Failure, isSignedOut, type Reply } from "./api.ts";
import { whileBusy } from "./busy.ts";
import { element } from "./elements.ts";
import { faultOf, showFault } from "./form-errors.ts";
import { currentWho, type User } from "./page-state.ts";
import { adopt, explain } from "./session-sync.ts";
import { tellTabs } from "./tab-channel.ts";

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

/** Calls a route. Where it asks who is really there, the visitor may prove it, and it is called again. */
export async function callConfirmed<Data>(method: "POST" | "DELETE", path: string): Promise<Reply<Data>> {
  const reply = await call<Data>(method, path);
  if (!reply.ok && (await goesToProvider(reply.error))) return reply;
  if (reply.ok || !asksForPassword(reply.error) || !(await isConfirmed())) return reply;
  return call<Data>(method, path);
}

/** Whoever signed in at a provider confirms it there. The page is gone then; they begin again when they are back. */
async function goesToProvider({ code, challenge }: Failure): Promise<boolean> {
  const who = currentWho();
  const there = challenge?.methods.find(({ how }) => how === "redirect");
  if (code !== "step_up_required" || there === undefined) return false;
  if (who.phase !== "signed-in" || who.session.method !== there.method) return false;
  location.assign(there.url);
  return new Promise(() => undefined);
}

function asksForPassword({ code, challenge }: Failure): boolean {
  return code === "step_up_required" && challenge?.methods.some(({ how }) => how === "password") === true;
}

/** Asks for the password. @returns whether it was given, and right; Escape is no. */
function isConfirmed(): Promise<boolean> {
  const who = currentWho();
  if (who.phase !== "signed-in") return Promise.resolve(false);
  showFault(fields, "step-up-form-error", null);
  // Tells a password manager whose password it is.
  element("step-up-account", HTMLInputElement).value = who.user.email ?? "";
  dialog.returnValue = "";
  dialog.showModal();
  password.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirmed"), { once: true });
  });
}

async function send(): Promise<void> {
  showFault(fields, "step-up-form-error", null);
  const reply = await call<SessionReply<User>>("POST", "/auth/step-up", { password: password.value });
  if (reply.ok) {
    adopt(reply.data);
    tellTabs({ type: "changed" });
    return dialog.close("confirmed");
  }
  if (!isSignedOut(reply.error))
    return showFault(
      fields,
      "step-up-form-error",
      faultOf(reply.error, { invalid_credentials: "step-up-password" }, []),
    );
  dialog.close();
  return explain(reply.error);
}
