import { type DataValidator, isStandard } from "./data-schema.ts";

/** What is wrong with a value, and where. */
export interface DataIssue {
  /** Names joined by dots; empty for the value as a whole. */
  readonly path: string;
  readonly message: string;
}

/** What came of looking at a value. */
export type Validated =
  | { readonly value: unknown; readonly issues: null }
  | { readonly issues: readonly DataIssue[]; readonly cause?: unknown };

/** Looks at a value. Does not throw: a schema that does has refused it. */
export async function validate(validator: DataValidator, value: unknown): Promise<Validated> {
  try {
    // Some schemas are functions as well, and those give problems back instead of throwing them.
    if (!isStandard(validator)) return { value: await validator(value), issues: null };
    const result = await validator["~standard"].validate(value);
    if (result.issues === undefined) return { value: result.value, issues: null };
    return { issues: result.issues.map(({ path = [], message }) => ({ path: pathText(path), message })) };
  } catch (cause) {
    // What was thrown is for the log; it may tell more than whoever asks should read.
    return { issues: [{ path: "", message: "It is not valid." }], cause };
  }
}

function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  return path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
}
