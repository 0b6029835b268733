import type { Clock } from "../ports/clock.ts";

/** How something is tried. Times in ms. */
export interface AttemptRules {
  readonly clock: Clock;
  /** How long a request waits for one at most. */
  readonly patience: number;
  /** Until when nobody tries again after one went well. */
  readonly rest: number;
  readonly onFailure: (error: unknown) => void;
}

/** After this time an attempt is given up, in ms. One that is slow may yet be good for whoever comes later. */
const deadline = 10_000;
/** How long nobody tries again after a failure: first, and at most; in ms. */
const firstPause = 1000;
const longestPause = 30_000;

/**
 * Makes one attempt within anybody's patience at something that takes a request to the origin, however many wait for
 * it, and none soon after a failure.
 *
 * Each who waits has a timer of its own: on some platforms what one request began ends with that request, and
 * another that waited for it would wait for ever.
 */
export class Attempts {
  readonly #rules: AttemptRules;
  #flight: { readonly done: Promise<void>; readonly since: number } | null = null;
  #doneAt = Number.NEGATIVE_INFINITY;
  /** How long after it nobody tries again, in ms. */
  #pause = 0;
  #failures = 0;

  constructor(rules: AttemptRules) {
    this.#rules = rules;
  }

  /**
   * Makes an attempt, or waits for the one that is under way. Fails never: whether there is something new is for
   * the caller to see.
   *
   * @param pause for how long nobody tries again after a failure at least, in ms.
   * @returns when it is done, or patience is at its end; null where it is too soon for another.
   */
  run(attempt: (signal: AbortSignal) => Promise<void>, pause = 0): Promise<void> | null {
    const { clock, patience } = this.#rules;
    const now = clock.now();
    // One that is older may have ended along with the request that made it.
    if (this.#flight !== null && Math.abs(now - this.#flight.since) < patience)
      return this.#patiently(this.#flight.done);
    const since = now - this.#doneAt;
    // A clock that was set back makes no pause longer.
    if (since >= 0 && since < this.#pause) return null;
    const flight = { done: this.#attempt(attempt, pause), since: now };
    this.#flight = flight;
    void flight.done.then(() => {
      if (this.#flight === flight) this.#flight = null;
    });
    return this.#patiently(flight.done);
  }

  async #attempt(attempt: (signal: AbortSignal) => Promise<void>, pause: number): Promise<void> {
    const { clock, rest, onFailure } = this.#rules;
    const controller = new AbortController();
    const cancel = clock.setTimer(deadline, () => controller.abort());
    try {
      await attempt(controller.signal);
      this.#failures = 0;
      this.#pause = rest;
    } catch (error) {
      this.#pause = Math.max(pause, Math.min(longestPause, firstPause * 2 ** this.#failures));
      this.#failures += 1;
      onFailure(error);
    } finally {
      this.#doneAt = clock.now();
      cancel();
    }
  }

  async #patiently(done: Promise<void>): Promise<void> {
    const { clock, patience } = this.#rules;
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = clock.setTimer(patience, resolve);
    });
    await Promise.race([done, late]);
    cancel();
  }
}
