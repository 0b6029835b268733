/*
 * What the parts do with elements. The library is compiled without the types of the DOM, so that no code of the server
 * takes it for granted; in an app these are the real elements.
 */

/** A `<dialog>`. */
interface DialogElement {
  readonly open: boolean;
  showModal(): void;
  close(): void;
}

/** Anything that can have the focus. */
interface Focusable {
  focus(): void;
}

interface FormElement {
  readonly elements: {
    namedItem(name: string): ({ readonly value: string; readonly checked: boolean } & Focusable) | null;
  };
}

/** Opens or closes a dialog; closing gives the focus back to what had it before. */
export function setOpen(element: unknown, isOpen: boolean): void {
  const dialog = element as DialogElement | null;
  if (dialog === null || dialog.open === isOpen) return;
  if (isOpen) dialog.showModal();
  else dialog.close();
}

/** Gives an element the focus. */
export function focus(element: unknown): void {
  (element as Focusable | null)?.focus();
}

/** The text of a field; empty if there is none. */
export function valueOf(form: unknown, name: string): string {
  return (form as FormElement).elements.namedItem(name)?.value ?? "";
}

/** Whether a box is ticked. */
export function isTicked(form: unknown, name: string): boolean {
  return (form as FormElement).elements.namedItem(name)?.checked ?? false;
}

/** Gives a field the focus. */
export function focusField(form: unknown, name: string): void {
  (form as FormElement).elements.namedItem(name)?.focus();
}

/** Whether an element holds another one, or is it. */
export function holds(element: unknown, other: unknown): boolean {
  return (element as { contains(other: unknown): boolean } | null)?.contains(other) ?? false;
}
