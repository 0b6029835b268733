import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Limit } from "../domain/policy/rate-limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";

/** How long a limiter may take, in ms; signing in must not wait for one that hangs. */
const patience = 500;
/** How long a limiter that failed is left alone, in ms. */
const rest = 5000;

/**
 * Asks a limiter elsewhere, and while that fails one in the process: an outage of what counts is neither an
 * outage of signing in, nor a time in which guessing is free.
 */
export class InsuredLimiter implements RateLimiter {
  readonly #limiter: RateLimiter;
  readonly #insurance: RateLimiter;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(
    limiter: RateLimiter,
    insurance: RateLimiter,
    clock: Clock,
    onFailure: (error: unknown) => void,
  ) {
    this.#limiter = limiter;
    this.#insurance = insurance;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  consume(key: string, limit: Limit, points = 1): Promise<RateDecision> {
    return this.#ask((limiter) => limiter.consume(key, limit, points));
  }

  giveBack(key: string, limit: Limit, points: number): Promise<void> {
    return this.#ask((limiter) => limiter.giveBack(key, limit, points));
  }

  used(key: string, limit: Limit): Promise<number> {
    return this.#ask((limiter) => limiter.used(key, limit));
  }

  async #ask<Result>(question: (limiter: RateLimiter) => MaybePromise<Result>): Promise<Result> {
    if (this.#clock.now() >= this.#restsUntil) {
      try {
        return await this.#inTime(async () => question(this.#limiter));
      } catch (error) {
        // Many may have been waiting for it; the first to give up says so for all.
        if (this.#clock.now() >= this.#restsUntil) this.#onFailure(error);
        this.#restsUntil = this.#clock.now() + rest;
      }
    }
    return question(this.#insurance);
  }

  #inTime<Result>(call: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.setTimer(patience, () =>
        reject(new Error(`The rate limiter has not answered within ${patience} ms.`)),
      );
      void call().then(resolve, reject).finally(cancel);
    });
  }
}
