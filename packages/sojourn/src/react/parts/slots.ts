import type { Texts } from "./texts.ts";

/** What all parts take. */
export interface PartProps {
  /** Class names by slot, for a style of one's own. The slot `root` is the part itself. */
  readonly classes?: Readonly<Record<string, string>>;
  /** What this part says differently. */
  readonly texts?: Partial<Texts>;
}

/** What an element is found by from a stylesheet: `data-slot`, and the class given for it. */
export interface SlotAttributes {
  readonly "data-slot": string;
  readonly className: string | undefined;
}

/** Names the elements of a part. */
export function slotsOf(classes: PartProps["classes"]): (name: string) => SlotAttributes {
  return (name) => ({ "data-slot": name, className: classes?.[name] });
}
