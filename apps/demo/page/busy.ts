/**
 * Does some work for a button, which shows that it is busy and ignores clicks meanwhile. It is not
 * disabled: that would take the focus away from whoever is on it.
 */
export async function whileBusy(button: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    await work();
  } finally {
    button.ariaBusy = null;
  }
}

/** Does this work whenever the button is pressed. */
export function onPress(button: HTMLButtonElement, work: () => Promise<void>): void {
  button.addEventListener("click", () => void whileBusy(button, work));
}
