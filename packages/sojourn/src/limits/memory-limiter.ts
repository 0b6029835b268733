import type { Limit } from "../domain/policy/rate-limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";

interface Count {
  points: number;
  readonly endsAt: number;
}

/** About 15 MB when full. */
const defaultMostKeys = 100_000;

/**
 * Counts in the process. Nothing here waits for anything, so each verb is one atomic step.
 *
 * It holds so many keys and no more, or a flood of made-up accounts would fill the memory. Whoever was asked about
 * longest ago makes room: a count that is being used up stays, however many others come.
 */
export class MemoryLimiter implements RateLimiter {
  readonly #clock: Clock;
  readonly #mostKeys: number;
  /** Last asked about at the end. */
  readonly #counts = new Map<string, Count>();

  constructor(clock: Clock, mostKeys: number = defaultMostKeys) {
    this.#clock = clock;
    this.#mostKeys = mostKeys;
  }

  /** How many keys it holds. */
  get size(): number {
    return this.#counts.size;
  }

  consume(key: string, { points: most, windowMs }: Limit, points = 1): RateDecision {
    const now = this.#clock.now();
    const count = this.#find(key, now) ?? { points: 0, endsAt: now + windowMs };
    const allowed = count.points + points <= most;
    if (allowed) count.points += points;
    this.#counts.set(key, count);
    this.#tidy(now);
    // A clock that was put back must not make anybody wait for longer than the limit says.
    const retryAfterMs = Math.min(count.endsAt - now, windowMs);
    return { allowed, remaining: Math.max(0, most - count.points), retryAfterMs };
  }

  giveBack(key: string, _limit: Limit, points: number): void {
    const count = this.#find(key, this.#clock.now());
    if (count === null || count.points <= points) return;
    count.points -= points;
    this.#counts.set(key, count);
  }

  used(key: string): number {
    const count = this.#find(key, this.#clock.now());
    if (count !== null) this.#counts.set(key, count);
    return count?.points ?? 0;
  }

  /** Takes a count out; whoever keeps it puts it at the end. */
  #find(key: string, now: number): Count | null {
    const count = this.#counts.get(key);
    this.#counts.delete(key);
    return count === undefined || now >= count.endsAt ? null : count;
  }

  /** Each call takes a few along that are over, so no timer is needed. */
  #tidy(now: number): void {
    let looked = 0;
    for (const [key, { endsAt }] of this.#counts) {
      const tooMany = this.#counts.size > this.#mostKeys;
      if (!tooMany && (looked += 1) > 2) return;
      if (tooMany || now >= endsAt) this.#counts.delete(key);
    }
  }
}
