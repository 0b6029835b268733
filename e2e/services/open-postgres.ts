import type { Store } from "sojourn";
import { postgres } from "sojourn/postgres";

/** The store of a fleet on PostgreSQL. */
export function open(url: string): Store {
  return postgres(url, { users: false, timeout: "2s" });
}
