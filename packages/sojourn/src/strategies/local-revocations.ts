import type { RevocationFeed, RevocationListener } from "../ports/revocation-feed.ts";
import type { Revocation } from "../ports/session-store.ts";

/** Called once per session that this node learns is over. */
export type RevokedListener = (revocation: Revocation) => void;

/**
 * The sessions this node knows to be revoked, for verification that asks no store. An entry is kept
 * only until the last token of its session would have died anyway, so the set stays small.
 */
export class LocalRevocations implements RevocationListener {
  readonly #feed: RevocationFeed | null;
  readonly #maxLag: number;
  readonly #tokenLife: number;
  readonly #bySid = new Map<string, { readonly revocation: Revocation; readonly until: number }>();
  readonly #listeners = new Set<RevokedListener>();
  #caughtUpAt = Number.NEGATIVE_INFINITY;
  #pruneAt = 0;

  /**
   * @param maxLag how old the feed's last word may be, in ms.
   * @param tokenLife how long a token verifies without a store after its session ended, in ms.
   */
  constructor(feed: RevocationFeed | null, maxLag: number, tokenLife: number) {
    this.#feed = feed;
    this.#maxLag = maxLag;
    this.#tokenLife = tokenLife;
  }

  /**
   * What this node knows of a session: how it was revoked; `clear` if it was not, as of the allowed
   * lag; `stale` if the news is older than that, so that only the store can tell.
   */
  standing(sid: string, now: number): Revocation | "clear" | "stale" {
    // The news first: a feed that starts here may bring word of this very session.
    const current = this.#isCurrent(now);
    const known = this.#bySid.size === 0 ? undefined : this.#bySid.get(sid);
    return known?.revocation ?? (current ? "clear" : "stale");
  }

  /** Begins to follow the feed, if that has not happened yet. */
  start(): void {
    this.#feed?.start(this);
  }

  stop(): void {
    this.#feed?.stop();
    this.#listeners.clear();
  }

  /** @returns a function that stops the listening. */
  onRevoked(listener: RevokedListener): () => void {
    this.start();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  revoked(revocations: readonly Revocation[], at: number = Number.NEGATIVE_INFINITY): void {
    for (const revocation of revocations) {
      // The feed also brings home what this node itself did.
      if (this.#bySid.has(revocation.sid)) continue;
      const until = Math.min(revocation.expiresAt, revocation.endedAt + this.#tokenLife);
      // A node that begins is told of a month; the tokens of most of it are long dead.
      if (until <= at) continue;
      this.#bySid.set(revocation.sid, { revocation, until });
      for (const listener of this.#listeners) listener(revocation);
    }
  }

  caughtUp(at: number): void {
    this.#caughtUpAt = at;
    if (at >= this.#pruneAt) this.#prune(at);
  }

  /** How many revoked sessions are remembered; for metrics. */
  get size(): number {
    return this.#bySid.size;
  }

  #isCurrent(now: number): boolean {
    if (this.#heardWithinLag(now)) return true;
    this.start();
    return this.#heardWithinLag(now);
  }

  #heardWithinLag(now: number): boolean {
    // Also a clock that was set back leaves the last word at a distance, and must not make it look fresh.
    return Math.abs(now - this.#caughtUpAt) <= this.#maxLag;
  }

  #prune(now: number): void {
    for (const [sid, { until }] of this.#bySid) if (until <= now) this.#bySid.delete(sid);
    this.#pruneAt = now + Math.max(this.#maxLag, 1000) * 10;
  }
}
