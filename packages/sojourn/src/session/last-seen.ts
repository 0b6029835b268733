import type { Clock } from "../ports/clock.ts";
import type { SessionStore, Touch } from "../ports/session-store.ts";

/** How long a mere last-seen time may wait to be written, in ms. A crash loses at most this much. */
const relaxedDelay = 1000;
/**
 * How long a confirmed refresh counter may wait, in ms. Short: until it is written, a thief with the
 * token before would still look like a lost reply.
 */
const promptDelay = 20;
/** Beyond this the oldest wait is given up rather than let memory grow while the store is away. */
const mostWaiting = 100_000;
/** How many sessions' confirmed counters are remembered (two generations of this size). */
const rememberedCounters = 20_000;

/** Writes last-seen times and confirmations behind the requests, many in one statement. */
export class LastSeen {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #waiting = new Map<string, Touch>();
  #confirmed = new Map<string, number>();
  #confirmedBefore = new Map<string, number>();
  #cancel: (() => void) | null = null;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(store: SessionStore, clock: Clock, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** The user of this session was seen. */
  saw(sid: string, now: number): void {
    this.#wait(sid, { sid, seenAt: now, now, counter: null }, relaxedDelay);
  }

  /** The holder of this refresh counter was seen to use it; noted once per counter. */
  confirm(sid: string, counter: number, now: number): void {
    const known = this.#confirmed.get(sid) ?? this.#confirmedBefore.get(sid) ?? 0;
    if (counter <= known) return;
    this.#remember(sid, counter);
    this.#wait(sid, { sid, seenAt: null, now, counter }, promptDelay);
  }

  /** Whether a time of this session waits to be written. */
  isWaiting(sid: string): boolean {
    return (this.#waiting.get(sid)?.seenAt ?? null) !== null;
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#waiting.size === 0) return;
    const touches = [...this.#waiting.values()];
    this.#waiting = new Map();
    try {
      await this.#store.touch(touches);
    } catch (error) {
      this.#onFailure(error);
      for (const touch of touches) this.#wait(touch.sid, touch, relaxedDelay);
    }
  }

  /** Writes what waits and stops. */
  async close(): Promise<void> {
    await this.flush();
    this.#cancel?.();
    this.#cancel = null;
  }

  #wait(sid: string, touch: Touch, delay: number): void {
    const waiting = this.#waiting.get(sid);
    if (waiting === undefined && this.#waiting.size >= mostWaiting) {
      const oldest = this.#waiting.keys().next();
      if (!oldest.done) this.#waiting.delete(oldest.value);
    }
    this.#waiting.set(sid, waiting === undefined ? touch : merge(waiting, touch));
    const dueAt = this.#clock.now() + delay;
    if (dueAt >= this.#dueAt) return;
    this.#cancel?.();
    this.#dueAt = dueAt;
    this.#cancel = this.#clock.setTimer(delay, () => void this.flush());
  }

  #remember(sid: string, counter: number): void {
    if (this.#confirmed.size >= rememberedCounters) {
      this.#confirmedBefore = this.#confirmed;
      this.#confirmed = new Map();
    }
    this.#confirmed.set(sid, counter);
  }
}

function merge(a: Touch, b: Touch): Touch {
  return {
    sid: a.sid,
    seenAt: later(a.seenAt, b.seenAt),
    now: Math.max(a.now, b.now),
    counter: later(a.counter, b.counter),
  };
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
