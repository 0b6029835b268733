import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Limit } from "../domain/policy/rate-limits.ts";

/**
 * Counts attempts. A key has one count, which begins with its first attempt and is forgotten when the limit's
 * time has passed. Keys are short texts of letters, digits, `.`, `_` and `-`, from which nobody learns whose they are.
 *
 * An exception means that the limiter failed; whoever asks then counts in the process.
 */
export interface RateLimiter {
  /**
   * Counts `points` (1 if not told) and says whether they were still within the limit. Of any number of
   * parallel calls no more are allowed than the limit has points.
   */
  consume(key: string, limit: Limit, points?: number): MaybePromise<RateDecision>;
  /** Takes points off a count, down to none. */
  giveBack(key: string, limit: Limit, points: number): MaybePromise<void>;
  /** How many points a key has used. Counts nothing. */
  used(key: string, limit: Limit): MaybePromise<number>;
}

/** What a limiter says to an attempt. */
export interface RateDecision {
  readonly allowed: boolean;
  /** How many points are left. */
  readonly remaining: number;
  /** When the count begins anew, in ms from now. */
  readonly retryAfterMs: number;
}
