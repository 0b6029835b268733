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

/** How long events are kept, in ms; null where none are. */
export function auditRetention(audit: true | AuditOptions | undefined): number | null {
  if (audit === undefined) return null;
  const { retention = defaultAuditRetention } = audit === true ? {} : audit;
  return durationToMs(retention, "audit.retention");
}

/** Refuses what cannot work. @param hasEntries whether the store keeps small records. @throws {SojournError} `config_invalid`, `config_store_required`. */
export function checkAudit(audit: true | AuditOptions | undefined, hasEntries: boolean): void {
  if (audit === undefined) return;
  if (audit !== true && (typeof audit !== "object" || audit === null))
    throw invalid('audit must be true, or such as { retention: "90d" }.');
  const { retention: _retention, events, ...others } = audit === true ? {} : audit;
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(`audit.${other} is not an option. Known: retention, events.`);
  if (events !== undefined && typeof events !== "function" && !Array.isArray(events))
    throw invalid("audit.events must be a list of types of events, or a function.");
  if (auditRetention(audit) === 0) throw invalid("audit.retention must be longer than 0.");
  if (!hasEntries)
    throw new SojournError("config_store_required", {
      detail: 'audit needs a store that keeps small records, such as sqlite("app.db") from "sojourn/sqlite".',
    });
}

function invalid(detail: string): SojournError {
  return new SojournError("config_invalid", { detail });
}
