import type { Store } from "sojourn";
import { postgres } from "sojourn/postgres";

/** The store of a fleet on PostgreSQL; with `?deaf` in the URL its nodes do not listen. */
export function open(url: string): Store {
  const isDeaf = url.endsWith("#deaf");
  return postgres(url.replace("#deaf", ""), { users: false, listen: !isDeaf });
}
