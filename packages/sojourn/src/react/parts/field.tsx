"use client";

import { type ReactElement, useId } from "react";
import type { SlotAttributes } from "./slots.ts";

/** One field with its label and what is wrong with it. */
export function Field(props: {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly complete: string;
  readonly fault: string | undefined;
  readonly slot: (name: string) => SlotAttributes;
}): ReactElement {
  const { name, type, label, complete, fault, slot } = props;
  const id = useId();
  return (
    <div {...slot("field")}>
      <label htmlFor={id} {...slot("label")}>
        {label}
      </label>
      <input
        id={id}
        name={name}
        type={type}
        autoComplete={complete}
        required
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        {...slot("input")}
      />
      <p id={`${id}-fault`} {...slot("fault")}>
        {fault}
      </p>
    </div>
  );
}
