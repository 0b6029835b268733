import type { SessionRecord } from "../../domain/session.ts";

/** When a session is over: when it was ended, else at the earlier of its two timeouts. In ms since the epoch. */
export function overAt(record: SessionRecord): number {
  return record.endedAt ?? Math.min(record.expiresAt, record.lastSeenAt + record.idleTimeout);
}

/** Whether it is neither ended nor timed out at `now`. */
export function isAlive(record: SessionRecord, now: number): boolean {
  return record.endedAt === null && now < overAt(record);
}

/** A copy that shares nothing changeable with the original: what a caller does to its own never reaches the store. */
export function detached(record: SessionRecord): SessionRecord {
  const { secretHash, refresh, amr, actor, data } = record;
  return {
    ...record,
    secretHash: secretHash?.slice() ?? null,
    refresh: refresh && { ...refresh, seed: refresh.seed.slice() },
    amr: [...amr],
    actor: actor && { ...actor },
    data: JSON.parse(JSON.stringify(data)) as SessionRecord["data"],
  };
}
