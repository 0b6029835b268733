import type { Store } from "../../ports/session-store.ts";
import { sqlite } from "./index.ts";

/** Opens the store in a process of a race. */
export function open(file: string): Store {
  return sqlite(file);
}
