import type { Store } from "../../ports/session-store.ts";
import { mysql } from "./index.ts";

/** Opens the store in a process of a race. */
export function open(url: string): Store {
  return mysql(url);
}
