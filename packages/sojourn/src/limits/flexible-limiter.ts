import type { RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";
import type { Limit } from "../domain/policy/rate-limits.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";

/** What is used of a limiter of rate-limiter-flexible. */
export type LibraryLimiter = Pick<RateLimiterAbstract, "consume" | "reward" | "delete" | "get">;

/** Makes one. @param duration in s. */
export type MakeLimiter = (points: number, duration: number) => Promise<LibraryLimiter>;

/** Counts by rate-limiter-flexible: there a limiter has one limit, so one is made for each. */
export class FlexibleLimiter implements RateLimiter {
  readonly #make: MakeLimiter;
  readonly #byLimit = new Map<string, Promise<LibraryLimiter>>();

  constructor(make: MakeLimiter) {
    this.#make = make;
  }

  async consume(key: string, limit: Limit, points = 1): Promise<RateDecision> {
    const limiter = await this.#limiterOf(limit);
    try {
      return decision(true, await limiter.consume(key, points));
    } catch (refusal) {
      // It rejects with its answer where it refuses, and with an error where it fails.
      if (refusal instanceof Error) throw refusal;
      return decision(false, refusal as RateLimiterRes);
    }
  }

  async giveBack(key: string, limit: Limit, points: number): Promise<void> {
    const limiter = await this.#limiterOf(limit);
    const { consumedPoints } = await limiter.reward(key, points);
    // What was forgotten meanwhile must not become a credit.
    if (consumedPoints <= 0) await limiter.delete(key);
  }

  async used(key: string, limit: Limit): Promise<number> {
    const limiter = await this.#limiterOf(limit);
    return (await limiter.get(key))?.consumedPoints ?? 0;
  }

  #limiterOf({ points, windowMs }: Limit): Promise<LibraryLimiter> {
    const name = `${points}/${windowMs}`;
    const known = this.#byLimit.get(name);
    if (known !== undefined) return known;
    const limiter = this.#make(points, Math.ceil(windowMs / 1000));
    this.#byLimit.set(name, limiter);
    // What could not be made now may be made the next time.
    limiter.catch(() => this.#byLimit.delete(name));
    return limiter;
  }
}

function decision(allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): RateDecision {
  return { allowed, remaining: remainingPoints, retryAfterMs: Math.max(0, msBeforeNext) };
}
