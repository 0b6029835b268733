import { element, setText } from "./elements.ts";

const dialog = element("confirm", HTMLDialogElement);
const yes = element("confirm-yes", HTMLButtonElement);

/** Asks before something that cannot be undone. @returns whether the answer was yes; Escape is no. */
export function askToConfirm(question: {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
}): Promise<boolean> {
  setText(element("confirm-title", HTMLHeadingElement), question.title);
  setText(element("confirm-text", HTMLParagraphElement), question.text);
  setText(yes, question.yes);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}
