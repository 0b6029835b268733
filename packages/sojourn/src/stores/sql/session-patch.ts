import type { SessionPatch } from "../../ports/session-store.ts";
import type { SqlValue } from "./driver.ts";
import { lineageValues, type RecordColumn } from "./session-row.ts";

/** Which columns a patch sets, and to what. */
export interface PatchedColumns {
  readonly columns: readonly RecordColumn[];
  readonly values: readonly SqlValue[];
}

const lineageColumns = ["counter", "confirmed_counter", "rotated_at", "seed", "key_id"] as const;

/**
 * The columns of a patch, always in one order: the same kind of patch makes the same statement,
 * which is prepared once. Columns that it does not name are not written at all, so a patch never
 * undoes a touch, a rotation or a data key that came in between.
 */
export function patchedColumns(patch: SessionPatch): PatchedColumns {
  const columns: RecordColumn[] = [];
  const values: SqlValue[] = [];
  const set = (column: RecordColumn, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    columns.push(column);
    values.push(value);
  };
  set("method", patch.method);
  set("auth_time", patch.authTime);
  set("last_seen_at", patch.lastSeenAt);
  set("secret_hash", patch.secretHash);
  if (patch.refresh !== undefined) {
    columns.push(...lineageColumns);
    values.push(...lineageValues(patch.refresh));
  }
  set("ip", patch.ip);
  set("user_agent", patch.userAgent);
  set("amr", patch.amr && JSON.stringify(patch.amr));
  set("acr", patch.acr);
  return { columns, values };
}
