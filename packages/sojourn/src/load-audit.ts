import { type AuditOptions, auditRetention } from "./audit-options.ts";
import type { EntryStore } from "./ports/entry-store.ts";
import type { AuditLog } from "./session/audit-log.ts";
import type { AuditWriterParts } from "./session/audit-writer.ts";

/** Gives the log of events, which loads with the first that happens. */
export type LoadAudit = () => Promise<AuditLog>;

/** Has events kept from now on; null where the app does not ask for it. */
export function keepEvents(
  audit: true | AuditOptions | undefined,
  entries: EntryStore | undefined,
  ground: Pick<AuditWriterParts, "clock" | "random" | "events">,
): LoadAudit | null {
  const retention = auditRetention(audit);
  if (retention === null || entries === undefined) return null;
  const { events } = ground;
  const wanted = audit === true ? undefined : audit?.events;
  let loading: Promise<AuditLog> | null = null;
  const load: LoadAudit = () =>
    (loading ??= import("./session/audit-log.ts").then(({ createAuditLog }) =>
      createAuditLog({ ...ground, entries, retention }, wanted),
    ));
  const failed = (error: unknown): void => events.failure("sojourn: events cannot be kept", error);
  events.keepWith({
    keep: (event) => void load().then(({ writer }) => writer.keep(event), failed),
    // Where nothing has happened there is nothing to write.
    flush: async () => loading?.then(({ writer }) => writer.flush(), failed),
    close: async () => loading?.then(({ writer }) => writer.close(), failed),
  });
  return load;
}
