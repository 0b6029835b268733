import { whileBusy } from "./busy.ts";
import { client } from "./client.ts";
import { element, part, setText } from "./elements.ts";
import { faultOf, type FormFault, showFault } from "./form-errors.ts";

type Mode = "sign-in" | "sign-up";

const form = element("sign-in-form", HTMLFormElement);
const nameInput = element("name", HTMLInputElement);
const email = element("email", HTMLInputElement);
const password = element("password", HTMLInputElement);
const remember = element("remember", HTMLInputElement);
const submit = element("sign-in-submit", HTMLButtonElement);
const fields = ["email", "password"];
const fieldOfCode = {
  invalid_credentials: "password",
  password_rejected: "password",
  account_exists: "email",
};

let mode: Mode = "sign-in";

/** Lets a visitor sign in, or make an account. */
export function wireSignInForm(): void {
  for (const radio of document.querySelectorAll<HTMLInputElement>('input[name="mode"]')) {
    radio.addEventListener("change", () => choose(radio.value === "sign-up" ? "sign-up" : "sign-in"));
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void whileBusy(submit, send);
  });
  // A browser that restores the page restores its choice too, without an event.
  choose("sign-in");
}

function choose(chosen: Mode): void {
  mode = chosen;
  const isNew = mode === "sign-up";
  element(`mode-${mode}`, HTMLInputElement).checked = true;
  element("name-field", HTMLDivElement).hidden = !isNew;
  element("password-hint", HTMLParagraphElement).hidden = !isNew;
  nameInput.disabled = !isNew;
  // Tells password managers whether to fill one in or to offer a new one.
  password.autocomplete = isNew ? "new-password" : "current-password";
  const title = isNew ? "Create account" : "Sign in";
  setText(part(submit, "span", HTMLSpanElement), title);
  setText(element("form-title", HTMLHeadingElement), title);
  showFault(fields, "form-error", null);
}

async function send(): Promise<void> {
  const missing = whatIsMissing();
  showFault(fields, "form-error", missing);
  if (missing !== null) return;
  const input = { email: email.value, password: password.value, remember: remember.checked };
  const name = nameInput.value.trim();
  const { error } =
    mode === "sign-in"
      ? await client.signIn("password", input)
      : await client.signUp("password", name === "" ? input : { ...input, name });
  if (error) return showFault(fields, "form-error", faultOf(error, fieldOfCode, fields));
  form.reset();
  // Whoever comes back to this form has an account by now.
  choose("sign-in");
}

function whatIsMissing(): FormFault | null {
  if (email.value.trim() === "") return { field: "email", message: "Enter your e-mail address." };
  if (password.value === "") return { field: "password", message: "Enter your password." };
  return null;
}
