import { type EventFilter, isKeptByDefault } from "../domain/audit.ts";
import type { Device } from "../domain/device.ts";
import type { EventType, SojournEvent } from "../domain/events.ts";
import { type AuditPage, type AuditQuery, AuditReader } from "./audit-reader.ts";
import { type AuditStatus, AuditWriter, type AuditWriterParts } from "./audit-writer.ts";
import type { EventKeeper } from "./event-log.ts";

/** What kept events are made of. */
export interface AuditLogParts extends Omit<AuditWriterParts, "isWanted"> {
  /** The types to keep, or what says so of each event; undefined for the default. */
  readonly wanted: readonly EventType[] | EventFilter | undefined;
}

/** The kept events of an app. Whoever reads them finds what this process has told before. */
export class AuditLog implements EventKeeper {
  readonly #writer: AuditWriter;
  readonly #reader: AuditReader;

  constructor({ wanted, ...parts }: AuditLogParts) {
    this.#writer = new AuditWriter({ ...parts, isWanted: filterOf(wanted) });
    this.#reader = new AuditReader(parts.entries, parts.clock);
  }

  /** How the writing goes, in this process. */
  get status(): AuditStatus {
    return this.#writer.status;
  }

  keep(event: SojournEvent, device?: Device): void {
    this.#writer.keep(event, device);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  /** @throws {SojournError} `invalid_input`, `store_unavailable`. */
  async list(query: AuditQuery): Promise<AuditPage> {
    await this.flush();
    return this.#reader.list(query);
  }

  /** Removes what is kept of a user. @returns how many events. @throws {SojournError} `invalid_input`, `store_unavailable`. */
  async erase(userId: string): Promise<number> {
    await this.flush();
    return this.#reader.erase(userId);
  }
}

function filterOf(wanted: AuditLogParts["wanted"]): EventFilter {
  if (wanted === undefined) return isKeptByDefault;
  if (typeof wanted === "function") return wanted;
  const types = new Set<EventType>(wanted);
  return ({ type }) => types.has(type);
}
