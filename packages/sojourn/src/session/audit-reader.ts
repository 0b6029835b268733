import { type AuditRecord, auditTime, isAuditId, type KeptEvent } from "../domain/audit.ts";
import { type Duration, durationToMs } from "../domain/duration.ts";
import { isSojournError, SojournError } from "../domain/errors.ts";
import type { EventType } from "../domain/events.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entry, EntryStore } from "../ports/entry-store.ts";
import { auditSpace } from "./audit-writer.ts";
import { nameDevices } from "./device-names.ts";

/** Which events are asked for. What is left out does not narrow them down. */
export interface AuditQuery {
  /** Whose. An empty one is refused, lest a missing id lists everybody's. */
  readonly userId?: string;
  readonly types?: readonly EventType[];
  /** No older than this: a date, ISO 8601, or so long ago, such as `"24h"`. */
  readonly since?: Date | string;
  /** The `next` of the page before; null or undefined for the beginning. */
  readonly before?: string | null | undefined;
  /** At most so many, from 1 to 500. Default 50. */
  readonly limit?: number;
}

/** Kept events, newest first. */
export interface AuditPage<Found = AuditRecord> {
  readonly events: readonly Found[];
  /** Where to go on; null at the end. A page may have few events or none, and yet not be the last. */
  readonly next: string | null;
}

const defaultLimit = 50;
/** The most that one page may have. */
export const longestPage = 500;
/** So many records are looked at for one page: who asks for rare types goes on with `next`. */
const mostLookedAt = 5000;
const batchSize = 200;

/** Reads kept events, newest first, by where the page before ended: what comes meanwhile moves nothing. */
export class AuditReader {
  readonly #entries: EntryStore;
  readonly #clock: Clock;

  constructor(entries: EntryStore, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  /** @throws {SojournError} `invalid_input`, `store_unavailable`. */
  async list(query: AuditQuery): Promise<AuditPage> {
    const { userId, types, limit, before, since } = checked(query, this.#clock.now());
    const wanted = types === null ? null : new Set<string>(types);
    const found: Entry[] = [];
    let after = before;
    for (let lookedAt = 0; lookedAt < mostLookedAt; lookedAt += batchSize) {
      const page = { limit: wanted === null ? limit + 1 : batchSize, after };
      const entries = await this.#entries.list(auditSpace, userId, this.#clock.now(), page);
      for (const entry of entries) {
        if (auditTime(entry.key) < since) return pageOf(found, null);
        if (found.length === limit) return pageOf(found, after);
        after = entry.key;
        if (wanted === null || wanted.has(eventOf(entry).type)) found.push(entry);
      }
      if (entries.length < page.limit) return pageOf(found, null);
    }
    return pageOf(found, after);
  }

  /** Removes what is kept of a user. @returns how many. */
  async erase(userId: string): Promise<number> {
    return this.#entries.removeOwned(auditSpace, checkedUserId(userId));
  }
}

function pageOf(entries: readonly Entry[], next: string | null): AuditPage {
  const events = entries.map(eventOf);
  const named = nameDevices(events.map(({ userAgent }) => userAgent));
  return {
    events: entries.map(({ key }, i) => ({ device: named[i], ...events[i], id: key }) as AuditRecord),
    next,
  };
}

function eventOf({ value }: Entry): KeptEvent {
  return value as unknown as KeptEvent;
}

interface CheckedQuery {
  readonly userId: string | null;
  readonly types: readonly EventType[] | null;
  readonly limit: number;
  readonly before: string | null;
  /** In ms since the epoch. */
  readonly since: number;
}

function checked(query: AuditQuery, now: number): CheckedQuery {
  const { types = null, limit = defaultLimit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage)
    throw invalid(`limit must be a whole number from 1 to ${longestPage}.`);
  const before = query.before ?? null;
  if (before !== null && !isAuditId(before)) throw invalid("before must be the next of another page.");
  if (types !== null && !Array.isArray(types)) throw invalid("types must be a list of types of events.");
  const userId = "userId" in query ? checkedUserId(query.userId) : null;
  return { userId, types, limit, before, since: query.since === undefined ? 0 : timeOf(query.since, now) };
}

function checkedUserId(userId: unknown): string {
  if (typeof userId === "string" && userId !== "") return userId;
  throw invalid("userId must be the id of a user. Leave it out to list the events of everybody.");
}

function timeOf(since: Date | string, now: number): number {
  const isDate = since instanceof Date || /^\d{4}-\d\d-\d\d/.test(since);
  const time = isDate ? new Date(since).getTime() : now - lengthOf(since as Duration);
  if (!Number.isNaN(time)) return time;
  throw invalid('since must be a date such as "2026-01-31T12:00:00Z", or how long ago, such as "24h".');
}

function lengthOf(duration: Duration): number {
  try {
    return durationToMs(duration, "since");
  } catch (error) {
    if (isSojournError(error, "config_invalid")) return Number.NaN;
    throw error;
  }
}

function invalid(detail: string): SojournError {
  return new SojournError("invalid_input", { detail });
}
