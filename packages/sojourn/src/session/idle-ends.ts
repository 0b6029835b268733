import { endOf } from "../domain/evaluate.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { EndReason, SessionRecord } from "../domain/session.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { SessionStore } from "../ports/session-store.ts";

/** Idle sessions that are over for good, each by its sid, and why. */
const closedSpace = "idle-closed";
/** When all idle sessions of a user were closed at once, newest first. */
const sweptSpace = "idle-swept";
/** How much later than the last idle session its closing is forgotten, for clocks that differ; in ms. */
const margin = 60_000;

/** One closing of all idle sessions of a user. */
interface Sweep {
  readonly at: number;
  readonly exceptSid: string | null;
  readonly reason: EndReason;
}

/**
 * Which idle sessions must not be resumed any more. The session store writes only to what is alive, so
 * the end that somebody makes to a session that idled is kept beside it.
 */
export class IdleEnds {
  readonly #entries: EntryStore;
  readonly #policy: SessionPolicy;

  constructor(entries: EntryStore, policy: SessionPolicy) {
    this.#entries = entries;
    this.#policy = policy;
  }

  /** Ends an idle session for good. Of any number of parallel calls exactly one does. */
  async close({ sid, userId, expiresAt }: SessionRecord, reason: EndReason, now: number): Promise<boolean> {
    return this.#entries.add(
      { space: closedSpace, key: sid, owner: userId, value: { reason }, expiresAt },
      now,
    );
  }

  /** Ends a session of the store for good, if it idled. @returns it, if this call did; null else. */
  async closeStored(
    store: SessionStore,
    sid: string,
    reason: EndReason,
    now: number,
  ): Promise<SessionRecord | null> {
    const record = (await store.find(sid))?.record;
    if (record === undefined || endOf(record, lifetimesOf(this.#policy, record, null), now) !== "idle")
      return null;
    return (await this.close(record, reason, now)) ? record : null;
  }

  /** Ends all idle sessions of a user for good, but for one if named. */
  async closeAll(userId: string, exceptSid: string | null, reason: EndReason, now: number): Promise<void> {
    const key = `${String(now).padStart(15, "0")}.${exceptSid ?? ""}.${userId}`.slice(0, 255);
    const value = { at: now, exceptSid, reason } satisfies Sweep;
    const expiresAt = now + (this.#policy.resumeIdle ?? 0) + margin;
    await this.#entries.add({ space: sweptSpace, key, owner: userId, value, expiresAt }, now);
  }

  /** Why an idle session is over for good; null while it is not. */
  async endedAs(record: SessionRecord, now: number): Promise<EndReason | null> {
    const closed = await this.#entries.get(closedSpace, record.sid, now);
    if (closed !== null) return (closed.value as { reason: EndReason }).reason;
    return this.sweepOf(record, now);
  }

  /** Why all idle sessions of its user were closed since it began; null if they were not. */
  async sweepOf(
    { sid, userId, createdAt }: Pick<SessionRecord, "sid" | "userId" | "createdAt">,
    now: number,
  ): Promise<EndReason | null> {
    // The last time says it for those before: who was spared then was alive, or is closed by now.
    const [last] = await this.#entries.list(sweptSpace, userId, now, { limit: 1, after: null });
    if (last === undefined) return null;
    const { at, exceptSid, reason } = last.value as unknown as Sweep;
    return createdAt <= at && exceptSid !== sid ? reason : null;
  }
}
