import { performance } from "node:perf_hooks";
import type { MaybePromise } from "../../domain/maybe-promise.ts";
import type { FoundSession, SessionStore } from "../../ports/session-store.ts";
import type { SqlQuery } from "../sql/driver.ts";

/** What a reader of a replica is made of. */
export interface ReplicaParts {
  /** Sessions on the replica; only `find` is asked. */
  readonly replica: Pick<SessionStore, "find">;
  readonly primary: SessionStore;
  /** How far the feed of ended sessions has come, on either side. */
  readonly replicaPosition: SqlQuery;
  readonly primaryPosition: SqlQuery;
  /** How long ago the primary may have been asked for its position, in ms. */
  readonly maxStaleness: number;
}

/**
 * Looks sessions up on a replica that follows the primary at some distance. Each end of a session and each notice moves
 * the feed's position on, in the same transaction, and the position is replicated like everything else. So a replica
 * that has come to where the primary was a moment ago shows every end of before that moment; one that has not is
 * not believed, and the primary is asked.
 */
class ReplicaReads {
  readonly #parts: ReplicaParts;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isRecent: Promise<boolean> = Promise.resolve(false);

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
  }

  /** The session as it was at most `maxStaleness` ago, as far as its end is concerned. */
  async find(sid: string): Promise<FoundSession | null> {
    const { replica, primary } = this.#parts;
    // Who has just signed in may not have come to the replica yet, so "not found" is not believed either.
    const found = (await this.#mayAsk()) ? await this.#ask(replica, sid) : null;
    return found ?? primary.find(sid);
  }

  /** This node has ended a session, or changed who is signed in: its next look-up must see that. */
  ended(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether the replica shows what the primary showed at most `maxStaleness` ago. All who need to know share one question. */
  #mayAsk(): Promise<boolean> {
    const now = performance.now();
    if (now - this.#askedAt > this.#parts.maxStaleness) {
      this.#askedAt = now;
      // Without the replica the primary does what it does for those who have none.
      this.#isRecent = this.#compare().catch(() => false);
    }
    return this.#isRecent;
  }

  async #compare(): Promise<boolean> {
    const { primaryPosition, replicaPosition } = this.#parts;
    const required = await primaryPosition.first();
    const reached = await replicaPosition.first();
    return Number(reached?.[0]) >= Number(required?.[0]);
  }

  async #ask(replica: ReplicaParts["replica"], sid: string): Promise<FoundSession | null> {
    try {
      return await replica.find(sid);
    } catch {
      return null;
    }
  }
}

/** The sessions of a primary, with look-ups that may be a little old answered by its replica. */
export function withReplica(parts: ReplicaParts): SessionStore {
  const { primary } = parts;
  const reads = new ReplicaReads(parts);
  /** What ends sessions here, or tells of a change, is over before the look-ups that follow. */
  const ending = async <Result>(step: MaybePromise<Result>): Promise<Result> => {
    try {
      return await step;
    } finally {
      reads.ended();
    }
  };
  return {
    create: (record, limit) => ending(primary.create(record, limit)),
    find: (sid) => primary.find(sid),
    findRecent: (sid) => reads.find(sid),
    touch: (touches) => primary.touch(touches),
    rotate: (sid, fromCounter, now, keyId) => primary.rotate(sid, fromCounter, now, keyId),
    update: (sid, version, patch, now) => primary.update(sid, version, patch, now),
    setData: (sid, key, value, now, maxBytes) => primary.setData(sid, key, value, now, maxBytes),
    deleteData: (sid, key, now) => primary.deleteData(sid, key, now),
    takeData: (sid, key, now) => primary.takeData(sid, key, now),
    revoke: (sid, now, reason) => ending(primary.revoke(sid, now, reason)),
    revokeByUser: (userId, now, reason, exceptSid) =>
      ending(primary.revokeByUser(userId, now, reason, exceptSid)),
    listByUser: (userId, now, page) => primary.listByUser(userId, now, page),
    announce: (notice) => ending(primary.announce(notice)),
    revokedSince: (cursor, limit) => primary.revokedSince(cursor, limit),
    deleteExpired: (before, limit) => primary.deleteExpired(before, limit),
  };
}
