import { type EventFilter, isKeptByDefault } from "../domain/audit.ts";
import type { EventType } from "../domain/events.ts";
import { AuditReader } from "./audit-reader.ts";
import { AuditWriter, type AuditWriterParts } from "./audit-writer.ts";

/** The kept events of an app. */
export interface AuditLog {
  readonly writer: AuditWriter;
  readonly reader: AuditReader;
}

/** Puts it together. @param events what the app wants to have kept; undefined for the default. */
export function createAuditLog(
  parts: Omit<AuditWriterParts, "isWanted">,
  events: readonly EventType[] | EventFilter | undefined,
): AuditLog {
  const writer = new AuditWriter({ ...parts, isWanted: filterOf(events) });
  return { writer, reader: new AuditReader(parts.entries, parts.clock) };
}

function filterOf(events: readonly EventType[] | EventFilter | undefined): EventFilter {
  if (events === undefined) return isKeptByDefault;
  if (typeof events === "function") return events;
  const types = new Set<EventType>(events);
  return ({ type }) => types.has(type);
}
