import { SojournError } from "../domain/errors.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { EndReason } from "../domain/session.ts";
import type { Notice, RevocationPage, SessionStore } from "../ports/session-store.ts";
import type { LocalRevocations, OutdatedUser } from "./local-revocations.ts";
import type { PollingFeed } from "./polling-feed.ts";

/** A session that is over, as far as whoever verifies its tokens has to know. */
export interface EndedSession {
  readonly sid: string;
  readonly reason: EndReason;
  /** After it the entry is of no use: no token of the session is left. In ms since the epoch. */
  readonly until: number;
}

/** What happened since a cursor. */
export interface NewsPage {
  readonly ended: readonly EndedSession[];
  readonly users: readonly OutdatedUser[];
  /** Where to go on. Null only while nothing was ever ended. */
  readonly cursor: string | null;
  /** Whether another page is waiting. */
  readonly more: boolean;
}

/** What news is taken from. */
export interface NewsSources {
  /** What this node remembers. */
  readonly revocations: LocalRevocations;
  /** Up to where in the store that is. */
  readonly feed: Pick<PollingFeed, "cursor">;
  readonly store: SessionStore;
}

const pageSize = 1000;

/**
 * Everything that was ended before this was called, and after the cursor; for verifiers that have no store.
 *
 * Whoever begins is given what this node remembers, which is no more than what tokens are still alive for. To
 * read the store from its beginning would be a month.
 *
 * @param cursor null to begin.
 * @throws {SojournError} `store_unavailable`, also while this node itself is behind.
 */
export function newsSince(
  { revocations, feed, store }: NewsSources,
  cursor: string | null,
  now: number,
): MaybePromise<NewsPage> {
  const known = cursor === null ? revocations.known(now) : nothing;
  if (known === null) {
    throw new SojournError("store_unavailable", {
      detail: "This node has no news of the store at the moment.",
      retryAfter: 1,
    });
  }
  return andThen(store.revokedSince(cursor ?? feed.cursor, pageSize), (page) => {
    // What this node ended itself it has remembered before it is in the feed.
    const bySid = new Map([...known.revocations, ...page.revocations].map((one) => [one.sid, one]));
    const ended = [...bySid.values()].map((revocation) => ({
      sid: revocation.sid,
      reason: revocation.reason,
      until: revocations.usefulUntil(revocation),
    }));
    return {
      // Of a long absence most is of no use any more.
      ended: ended.filter(({ until }) => until > now),
      users: [...known.outdated, ...outdatedBy(page)].filter(({ until }) => until > now),
      cursor: page.cursor,
      more: page.more,
    };
  });
}

const nothing = { revocations: [], outdated: [] } as const;

function outdatedBy({ notices }: RevocationPage): OutdatedUser[] {
  const ofUser = ({ topic }: Notice): boolean => topic === "user";
  return notices
    .filter(ofUser)
    .map(({ subject, at, expiresAt }) => ({ userId: subject, before: at, until: expiresAt }));
}
