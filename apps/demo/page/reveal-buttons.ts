import { element } from "./elements.ts";

/** Lets passwords be seen while they are typed; that prevents more mistakes than it causes harm. */
export function wireRevealButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-reveals]")) {
    const input = element(button.dataset["reveals"] ?? "", HTMLInputElement);
    const show = (shown: boolean): void => {
      input.type = shown ? "text" : "password";
      button.ariaPressed = String(shown);
    };
    button.addEventListener("click", () => show(button.ariaPressed !== "true"));
    // What was shown must not stay on the screen, nor be kept by the browser as ordinary text.
    input.form?.addEventListener("submit", () => show(false));
    input.form?.addEventListener("reset", () => show(false));
  }
}
