import type { ReactElement } from "react";
import type { SessionListEntry } from "../../client/index.ts";
import type { SlotAttributes } from "./slots.ts";

const paths: Readonly<Record<SessionListEntry["device"]["type"], string>> = {
  desktop: "M5 4h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2ZM8.5 20h7M12 16v4",
  mobile: "M9 2.5h6a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2ZM11 18.5h2",
  tablet: "M7 3h10a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2ZM11 18h2",
  program: "M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2ZM7 9l3 3-3 3M13 15h4",
  unknown:
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM9.5 9.5a2.5 2.5 0 1 1 3.4 2.3c-.6.3-.9.7-.9 1.4v.3M12 16.6v.1",
};

/** A picture of a kind of device. Its name stands beside it, so readers pass over this. */
export function DeviceIcon(props: {
  readonly type: SessionListEntry["device"]["type"];
  readonly slot: SlotAttributes;
}): ReactElement {
  return (
    <svg
      {...props.slot}
      viewBox="0 0 24 24"
      width="24"
      height="24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[props.type] ?? paths.unknown} />
    </svg>
  );
}
