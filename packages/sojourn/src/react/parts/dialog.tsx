"use client";

import { type ReactElement, type ReactNode, useEffect, useId, useRef } from "react";
import { setOpen } from "./dom.ts";
import type { SlotAttributes } from "./slots.ts";

interface DialogProps {
  readonly isOpen: boolean;
  readonly part: string;
  readonly title: string;
  /** Whether it interrupts what the user is doing. */
  readonly isAlert?: boolean;
  readonly slot: (name: string) => SlotAttributes;
  /** Escape was pressed; null where that does nothing. */
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

/** A modal dialog of the browser: it keeps the focus, and gives it back when it closes. */
export function Dialog(props: DialogProps): ReactElement {
  const { isOpen, part, title, isAlert = false, slot, onCancel, children } = props;
  const id = useId();
  const dialog = useRef(null);
  useEffect(() => setOpen(dialog.current, isOpen), [isOpen]);
  return (
    <dialog
      ref={dialog}
      data-sojourn={part}
      {...slot("dialog")}
      role={isAlert ? "alertdialog" : undefined}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      {isOpen && (
        <>
          <h2 id={`${id}-title`} {...slot("dialog-title")}>
            {title}
          </h2>
          <div id={`${id}-text`} {...slot("dialog-body")}>
            {children}
          </div>
        </>
      )}
    </dialog>
  );
}
