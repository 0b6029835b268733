import type { EventFilter } from "./domain/audit.ts";
import { type Duration, durationToMs } from "./domain/duration.ts";
import { SojournError } from "./domain/errors.ts";
import type { EventType } from "./domain/events.ts";
import { defaultAuditRetention } from "./domain/policy.ts";

/** The `audit` option of `createAuth`: which events are kept, and for how long. */
export interface AuditOptions {
  /** How long an event is kept. Default `"90d"`. */
  readonly retention?: Duration;
  /** The types to keep, or what says so of each event. Default: what people and operators did. */
  readonly events?: readonly EventType[] | EventFilter;
}

/** How long events are kept, in ms; null where none are. @throws {SojournError} `config_invalid`. */
export function auditRetention(audit: true | AuditOptions | undefined): number | null {
  if (audit === undefined) return null;
  return durationToMs((audit as AuditOptions).retention ?? defaultAuditRetention, "audit.retention");
}

/** Refuses what cannot work. @param hasEntries whether the store keeps small records. @throws {SojournError} `config_invalid`, `config_store_required`. */
export function checkAudit(audit: true | AuditOptions | undefined, hasEntries: boolean): void {
  if (audit === undefined) return;
  const { retention: _retention, events = [], ...others } = (audit ?? {}) as AuditOptions;
  const isSound =
    (audit === true || (typeof audit === "object" && audit !== null)) &&
    Object.keys(others).length === 0 &&
    (typeof events === "function" || Array.isArray(events)) &&
    auditRetention(audit) !== 0;
  if (!isSound)
    throw new SojournError("config_invalid", {
      detail: "audit must be true, or { retention, events }: a time above 0, and a list or a function.",
    });
  if (!hasEntries)
    throw new SojournError("config_store_required", {
      detail: 'audit needs a store that keeps small records, such as sqlite("app.db") from "sojourn/sqlite".',
    });
}
