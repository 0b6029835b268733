/** How a store looks things up: one by its key, and many in one round trip. */
export interface Lookup<Found> {
  one(key: string): Promise<Found | null>;
  /** What was found, by key. Keys that lead nowhere are left out. */
  many(keys: readonly string[]): Promise<ReadonlyMap<string, Found>>;
}

/** The most keys in one round trip; more wait for the next. */
const mostKeys = 256;

interface Waiting<Found> {
  /** How many trips had left when this one began to wait. */
  readonly since: number;
  readonly promise: Promise<Found | null>;
  readonly resolve: (found: Found | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Looks up at once what comes alone, and together what comes while others are on their way: an idle
 * server answers as quickly as its database does, and a busy one needs far fewer round trips. Those who
 * wait for the same key share one look-up.
 *
 * Nobody joins a look-up that has left already: it may have read before a change that its caller has
 * just made, and a session that was signed out would be seen alive once more.
 */
export class AdaptiveLookup<Found> {
  readonly #lookup: Lookup<Found>;
  readonly #lanes: number;
  #busy = 0;
  #trips = 0;
  #waiting = new Map<string, Waiting<Found>>();

  /** @param lanes how many round trips may be under way at once. */
  constructor(lookup: Lookup<Found>, lanes: number) {
    this.#lookup = lookup;
    this.#lanes = lanes;
  }

  /** What is there by that key, read after this was called. Rejects as the look-up does. */
  find(key: string): Promise<Found | null> {
    if (this.#busy < this.#lanes) {
      this.#busy += 1;
      const trip = (this.#trips += 1);
      const found = this.#lookup.one(key);
      found.then(this.#next, (error: unknown) => this.#failed(trip, error));
      return found;
    }
    const before = this.#waiting.get(key);
    if (before !== undefined) return before.promise;
    const waiting = waitFor<Found>(this.#trips);
    this.#waiting.set(key, waiting);
    return waiting.promise;
  }

  /** A lane is free. */
  readonly #next = (): void => {
    if (this.#waiting.size === 0) {
      this.#busy -= 1;
      return;
    }
    const batch = this.#take();
    const trip = (this.#trips += 1);
    this.#load(batch).then(this.#next, (error: unknown) => {
      for (const { reject } of batch.values()) reject(error);
      this.#failed(trip, error);
    });
  };

  /**
   * Who was waiting already when a trip left that failed is not sent on another: with a database that does not
   * answer, each would take as long as that one did, and the queue would outlast the outage.
   */
  #failed(trip: number, error: unknown): void {
    for (const [key, { since, reject }] of this.#waiting) {
      if (since >= trip) continue;
      this.#waiting.delete(key);
      reject(error);
    }
    this.#next();
  }

  #take(): ReadonlyMap<string, Waiting<Found>> {
    if (this.#waiting.size <= mostKeys) {
      const all = this.#waiting;
      this.#waiting = new Map();
      return all;
    }
    const batch = new Map([...this.#waiting].slice(0, mostKeys));
    for (const key of batch.keys()) this.#waiting.delete(key);
    return batch;
  }

  async #load(batch: ReadonlyMap<string, Waiting<Found>>): Promise<void> {
    const [key = ""] = batch.keys();
    // A stampede for one session is still one key, and the single look-up is the cheaper one.
    const found =
      batch.size === 1
        ? new Map([[key, await this.#lookup.one(key)]])
        : await this.#lookup.many([...batch.keys()]);
    for (const [sought, { resolve }] of batch) resolve(found.get(sought) ?? null);
  }
}

function waitFor<Found>(since: number): Waiting<Found> {
  let resolve: Waiting<Found>["resolve"] = () => {};
  let reject: Waiting<Found>["reject"] = () => {};
  const promise = new Promise<Found | null>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { since, promise, resolve, reject };
}
