import type { EndReason } from "../../domain/session.ts";
import type { Notice, Revocation, RevocationPage } from "../../ports/session-store.ts";
import type { SqlRow } from "./driver.ts";
import { sidFromBytes } from "../sid-text.ts";

/**
 * A row of the feed, or what an outer join leaves of one where there is nothing. A notice is a row without a
 * sid: its topic stands for the reason, its subject for the user.
 */
type FeedRow = readonly [
  last: number | null,
  position: number | null,
  sid: Uint8Array | null,
  userId: string,
  reason: EndReason | Notice["topic"],
  endedAt: number,
  expiresAt: number,
];

/** Where in the feed a cursor stands. One that this feed never gave means its beginning: better told twice than never. */
export function positionOf(cursor: string | null): number {
  return cursor !== null && /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0;
}

/** Makes a page of at most `limit` entries of rows that may hold one more. */
export function readRevocations(rows: readonly SqlRow[], limit: number): RevocationPage {
  const feed = rows as unknown as readonly FeedRow[];
  const last = feed[0]?.[0] ?? null;
  const entries = feed.filter((row) => row[1] !== null);
  const page = entries.slice(0, limit);
  const more = entries.length > limit;
  // At its end the cursor stands on the last position ever given, also where its entry has long been
  // removed. Both come from one statement, so nothing that ends meanwhile is skipped.
  const position = more ? (page.at(-1)?.[1] ?? null) : last;
  return {
    revocations: page.flatMap(readRevocation),
    notices: page.flatMap(readNotice),
    cursor: position === null ? null : String(position),
    more,
  };
}

function readRevocation([, , sid, userId, reason, endedAt, expiresAt]: FeedRow): Revocation | [] {
  if (sid === null) return [];
  return { sid: sidFromBytes(sid), userId, reason: reason as EndReason, endedAt, expiresAt };
}

function readNotice([, , sid, subject, topic, at, expiresAt]: FeedRow): Notice | [] {
  return sid === null ? { topic: topic as Notice["topic"], subject, at, expiresAt } : [];
}
