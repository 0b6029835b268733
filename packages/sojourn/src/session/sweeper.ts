import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { SessionStore } from "../ports/session-store.ts";

/** How many sessions are removed in one step. In the process itself a step holds up everything else, so it is short. */
const batchInProcess = 50;
const batchElsewhere = 500;
/** Between two looks for what is over, in ms; each is drawn anew, so that many nodes do not look at once. */
const longestRest = 120_000;
/** While there is more to remove, the store rests four times as long as it worked, but not shorter than this, in ms. */
const shortestBreak = 20;
const breakPerWork = 4;

/**
 * Removes sessions that are long over, a few at a time: the table stays as large as what it is for, and
 * nothing ever waits for the cleaning. Any number of nodes may clean one store.
 */
export class Sweeper {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #retention: number;
  readonly #onFailure: (error: unknown) => void;
  #cancel: (() => void) | null = null;
  #started = false;
  #batch = batchInProcess;

  /** @param retention how long a session stays after it was over, in ms. */
  constructor(
    store: SessionStore,
    clock: Clock,
    random: Random,
    retention: number,
    onFailure: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#retention = retention;
    this.#onFailure = onFailure;
  }

  /** Begins, if that has not happened yet. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#later(this.#draw(longestRest));
  }

  stop(): void {
    this.#started = false;
    this.#cancel?.();
    this.#cancel = null;
  }

  async #sweep(): Promise<void> {
    const begunAt = this.#clock.now();
    let removed = 0;
    let batch = this.#batch;
    try {
      const step = this.#store.deleteExpired(begunAt - this.#retention, batch);
      if (step instanceof Promise) this.#batch = batchElsewhere;
      removed = await step;
    } catch (error) {
      this.#onFailure(error);
      batch = Number.POSITIVE_INFINITY;
    }
    const worked = Math.max(0, this.#clock.now() - begunAt);
    const more = removed >= batch;
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
