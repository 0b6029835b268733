import { auditId, keptForm, ownerOf, type EventFilter } from "../domain/audit.ts";
import type { Device } from "../domain/device.ts";
import { isSojournError } from "../domain/errors.ts";
import type { SojournEvent } from "../domain/events.ts";
import type { JsonValue } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entry, EntryStore } from "../ports/entry-store.ts";
import type { Random } from "../ports/random.ts";
import { type EventKeeper, type EventLog, noContext } from "./event-log.ts";

/** Where events lie among the small records. */
export const auditSpace = "event";

/** While the store is away, so many events wait for it. What comes then is lost, and counted. */
export const mostWaiting = 10_000;
/** So many are written at once, lest the log takes all connections for itself. */
const atOnce = 8;
/** Before the first new try, in ms; twice as long before each further one. */
const firstPause = 1000;
const longestPause = 60_000;

/** How the writing of events goes. */
export interface AuditStatus {
  /** Events of this process that are not in the store yet. */
  readonly waiting: number;
  /** Events that this process could not keep since it began. */
  readonly lost: number;
}

/** What a writer is made of. */
export interface AuditWriterParts {
  readonly entries: EntryStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventLog;
  /** How long an event is kept, in ms. */
  readonly retention: number;
  readonly isWanted: EventFilter;
}

type NewEntry = Omit<Entry, "version">;

/**
 * Writes events into the store, behind whoever caused them. Nobody waits for it and nothing fails because of it. While
 * the store is away events wait, and are tried again: to add an entry twice is to add it once. What is lost all the same
 * is counted and told.
 */
export class AuditWriter implements EventKeeper {
  readonly #parts: AuditWriterParts;
  #waiting: NewEntry[] = [];
  #writing: Promise<void> | null = null;
  #cancel: (() => void) | null = null;
  #isClosed = false;
  #pause = 0;
  #lost = 0;
  #untold = 0;
  #lastTime = 0;
  #count = 0;

  constructor(parts: AuditWriterParts) {
    this.#parts = parts;
  }

  /** Of this process. */
  get status(): AuditStatus {
    return { waiting: this.#waiting.length, lost: this.#lost };
  }

  keep(event: SojournEvent, device?: Device): void {
    try {
      if (!this.#parts.isWanted(event)) return;
      // That something was lost is told once in a while, and finds room also where nothing else does.
      if (this.#waiting.length >= mostWaiting && !isNotice(event)) this.#lose(1);
      else this.#waiting.push(this.#entryOf(event, device));
    } catch (error) {
      this.#lose(1);
      this.#parts.events.failure("sojourn: an event could not be kept", error);
    }
    // Not here: an embedded store would have whoever caused the event wait for the disk.
    if (this.#isClosed) void this.#write();
    else this.#later(this.#pause);
  }

  /** Writes what waits, unless the store is away. */
  async flush(): Promise<void> {
    // What is being written may have been begun before the last event came.
    await this.#writing;
    await this.#write();
  }

  /** Writes what waits, and gives up what cannot be written now. What comes after is tried once, without a timer. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
    this.#lose(this.#waiting.filter(({ value }) => !isNotice(value)).length);
    this.#waiting = [];
    this.#tell();
  }

  /** One at a time: whoever comes meanwhile waits for the same. */
  #write(): Promise<void> {
    this.#stopTimer();
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
      if (this.#waiting.length > 0) this.#later(this.#pause);
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    let failure: unknown = null;
    while (this.#waiting.length > 0 && failure === null) {
      const batch = this.#waiting.splice(0, atOnce);
      const failures = await Promise.all(batch.map((entry) => this.#add(entry)));
      this.#waiting.unshift(...batch.filter((_, i) => failures[i] !== null));
      failure = failures.find((one) => one !== null) ?? null;
    }
    if (failure !== null && this.#pause === 0)
      this.#parts.events.failure("sojourn: events wait for the store, to be kept when it is back", failure);
    this.#pause =
      failure === null ? 0 : Math.min(longestPause, this.#pause === 0 ? firstPause : this.#pause * 2);
    this.#tell();
  }

  /** @returns why it is to be tried again; null if it need not be. */
  async #add(entry: NewEntry): Promise<unknown> {
    const { entries, clock } = this.#parts;
    try {
      await entries.add(entry, clock.now());
    } catch (error) {
      // What the store will not take it will not take next time either.
      if (!isSojournError(error, "invalid_input")) return error;
      this.#lose(1);
      this.#parts.events.failure("sojourn: an event could not be kept", error);
    }
    return null;
  }

  #entryOf(event: SojournEvent, device: Device | undefined): NewEntry {
    const at = Date.parse(event.at);
    const owner = ownerOf(event);
    const value = keptForm(event, device) as unknown as JsonValue;
    return { space: auditSpace, key: this.#nextId(at), owner, value, expiresAt: at + this.#parts.retention };
  }

  /** Ids of one process are in the order of what happened, also where its clock is set back. */
  #nextId(at: number): string {
    this.#count = at > this.#lastTime ? 0 : this.#count + 1;
    this.#lastTime = Math.max(at, this.#lastTime);
    return auditId(this.#lastTime, this.#count, this.#parts.random.bytes(8));
  }

  #lose(count: number): void {
    this.#lost += count;
    this.#untold += count;
  }

  #tell(): void {
    const count = this.#untold;
    if (count === 0) return;
    this.#untold = 0;
    this.#parts.events.emit({ type: "audit_events_lost", count }, noContext);
  }

  #later(ms: number): void {
    if (this.#isClosed || this.#writing !== null || this.#cancel !== null) return;
    this.#cancel = this.#parts.clock.setTimer(ms, () => void this.#write());
  }

  #stopTimer(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}

/** Whether something kept only tells that other things are not. */
function isNotice(value: unknown): boolean {
  return (value as SojournEvent).type === "audit_events_lost";
}
