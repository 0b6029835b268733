import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { Clock } from "../ports/clock.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { SessionStore } from "../ports/session-store.ts";

/** So long a small record stays after its end, in ms: another node's clock may be behind this one's. */
const entryRetention = 60_000;

/** What is cleaned; null for what a store does not keep, or this app does not use. */
export interface Cleaned {
  readonly sessions: SessionStore | null;
  readonly entries: EntryStore | null;
}

/** Removes at most `limit` of what is long over. @returns how many; `limit` or more says that there may be more. */
export type Clean = (limit: number) => MaybePromise<number>;

/**
 * One step of cleaning, for whoever does it: sessions first, and small records with what is left of the step, so that
 * none is longer than it would be for sessions alone.
 *
 * @param retention how long a session stays after it was over, in ms.
 * @returns null where there is nothing to clean.
 */
export function cleaningOf({ sessions, entries }: Cleaned, clock: Clock, retention: number): Clean | null {
  if (sessions === null && entries === null) return null;
  return (limit) => {
    const now = clock.now();
    const removed = sessions?.deleteExpired(now - retention, limit) ?? 0;
    if (entries === null) return removed;
    return andThen(removed, (ofSessions) => {
      if (ofSessions >= limit) return ofSessions;
      const ofEntries = entries.deleteExpired(now - entryRetention, limit - ofSessions);
      return andThen(ofEntries, (count) => ofSessions + count);
    });
  };
}
