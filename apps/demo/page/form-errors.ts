import type { ClientError } from "sojourn/client";
import { element, setText } from "./elements.ts";
import { messageOf } from "./failures.ts";

/** A message that belongs to one field, or to the form as a whole. */
export interface FormFault {
  /** The input's id; null for the form. */
  readonly field: string | null;
  readonly message: string;
}

/**
 * Shows what is wrong beside the field it is about and brings the keyboard there, so that a screen
 * reader says both. An earlier message goes.
 *
 * @param formError the id of where the form's own message stands.
 */
export function showFault(fields: readonly string[], formError: string, fault: FormFault | null): void {
  for (const id of fields) {
    const input = element(id, HTMLInputElement);
    const message = fault?.field === id ? fault.message : "";
    setText(element(`${id}-error`, HTMLParagraphElement), message);
    if (message === "") input.removeAttribute("aria-invalid");
    else {
      input.setAttribute("aria-invalid", "true");
      input.focus();
    }
  }
  setText(element(formError, HTMLParagraphElement), fault?.field === null ? fault.message : "");
}

/** Which field a refusal of the server is about. @param byCode the input's id by error code. */
export function faultOf(
  error: ClientError,
  byCode: Readonly<Record<string, string>>,
  fields: readonly string[],
): FormFault {
  const { code, issues } = error;
  const issue = code === "invalid_input" ? issues?.[0] : undefined;
  if (issue !== undefined && fields.includes(issue.path))
    return { field: issue.path, message: issue.message };
  return { field: byCode[code] ?? null, message: messageOf(error) };
}
