import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { Clean } from "./cleaning.ts";

/** Between two looks for what is over, in ms; each is drawn anew, so that many nodes do not look at once. */
const longestRest = 120_000;

/** How the work is cut up while there is more to remove. */
interface Pace {
  /** How much is removed in one step. */
  readonly batch: number;
  /** How many times as long as a step took it rests after it, and how long at least, in ms. */
  readonly breakPerWork: number;
  readonly shortestBreak: number;
}

/** In the process itself a step holds up every request, so steps are short and take one per cent of the time. */
const inProcess: Pace = { batch: 50, breakPerWork: 100, shortestBreak: 200 };
const elsewhere: Pace = { batch: 500, breakPerWork: 4, shortestBreak: 20 };

/**
 * Removes what is long over, a few at a time: the tables stay as large as what they are for, and nothing
 * ever waits for the cleaning. Any number of nodes may clean one store.
 */
export class Sweeper {
  readonly #clean: Clean;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onFailure: (error: unknown) => void;
  #cancel: (() => void) | null = null;
  #started = false;
  /** Counts the starts, so that a step of before a stop does not go on beside the new ones. */
  #start = 0;
  #pace = inProcess;

  constructor(clean: Clean, clock: Clock, random: Random, onFailure: (error: unknown) => void) {
    this.#clean = clean;
    this.#clock = clock;
    this.#random = random;
    this.#onFailure = onFailure;
  }

  /** Begins, if that has not happened yet. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#start += 1;
    this.#later(this.#draw(longestRest));
  }

  stop(): void {
    this.#started = false;
    this.#cancel?.();
    this.#cancel = null;
  }

  async #sweep(): Promise<void> {
    const begunAt = this.#clock.now();
    const start = this.#start;
    const { batch } = this.#pace;
    let more = false;
    try {
      const step = this.#clean(batch);
      if (step instanceof Promise) this.#pace = elsewhere;
      more = (await step) >= batch;
    } catch (error) {
      this.#onFailure(error);
    }
    const { breakPerWork, shortestBreak } = this.#pace;
    if (start !== this.#start) return;
    const worked = Math.max(0, this.#clock.now() - begunAt);
    this.#later(more ? Math.max(shortestBreak, worked * breakPerWork) : this.#draw(longestRest));
  }

  #later(ms: number): void {
    if (this.#started) this.#cancel = this.#clock.setTimer(ms, () => void this.#sweep());
  }

  /** Between a half and the whole of `ms`. */
  #draw(ms: number): number {
    const [byte = 0] = this.#random.bytes(1);
    return Math.round((ms / 2) * (1 + byte / 255));
  }
}
