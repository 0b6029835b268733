import { element, setText } from "./elements.ts";

const toast = element("toast", HTMLParagraphElement);
/** Long enough to read two lines. */
const shownFor = 6000;
let hide: ReturnType<typeof setTimeout> | undefined;

/** Says something that needs no answer, also to screen readers. */
export function showToast(text: string): void {
  clearTimeout(hide);
  // Emptied first, or the same words a second time would not be announced.
  setText(toast, "");
  requestAnimationFrame(() => setText(toast, text));
  hide = setTimeout(hideToast, shownFor);
}

/** What was said about one view has no place on the next. */
export function hideToast(): void {
  setText(toast, "");
}
