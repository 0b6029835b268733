import { type AuditOptions, auditRetention } from "./audit-options.ts";
import type { EntryStore } from "./ports/entry-store.ts";
import type { AuditLog, AuditLogParts } from "./session/audit-log.ts";

/** Gives the kept events. What keeps them loads with the first. */
export type LoadAudit = () => Promise<AuditLog>;

/** Has events kept from now on; null where the app does not ask for it. */
export function keepEvents(
  audit: true | AuditOptions | undefined,
  entries: EntryStore | undefined,
  ground: Pick<AuditLogParts, "clock" | "random" | "events">,
): LoadAudit | null {
  const retention = auditRetention(audit);
  if (retention === null || entries === undefined) return null;
  const { events: wanted } = audit as AuditOptions;
  let loading: Promise<AuditLog> | null = null;
  const load: LoadAudit = () =>
    (loading ??= import("./session/audit-log.ts").then(
      ({ AuditLog }) => new AuditLog({ ...ground, entries, retention, wanted }),
    ));
  ground.events.keepWith(load);
  return load;
}
