import type { Clock } from "../ports/clock.ts";
import type { RevocationFeed, RevocationListener } from "../ports/revocation-feed.ts";
import type { RevocationPage, RevocationSignals, SessionStore } from "../ports/session-store.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";

const pageSize = 1000;

/**
 * Asks the store again and again what was revoked since the last time, and at once when the store's
 * database calls out. Asking is what the promised bound hangs on, so it goes on whatever the calls do;
 * the calls only make the usual case quick. A failed poll is simply not "caught up", so the node falls
 * back to asking the store per request until it recovers.
 */
export class PollingFeed implements RevocationFeed {
  readonly #store: SessionStore;
  readonly #signals: RevocationSignals | null;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #onFailure: (error: unknown) => void;
  #listener: RevocationListener | null = null;
  #cursor: string | null = null;
  #cancel: (() => void) | null = null;
  #stopSignals: (() => void) | null = null;
  #polling = false;
  #pollAgain = false;

  /**
   * @param signals what calls out; null for a store that cannot.
   * @param interval ms between two polls.
   */
  constructor(
    store: SessionStore,
    signals: RevocationSignals | null,
    clock: Clock,
    interval: number,
    onFailure: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#signals = signals;
    this.#clock = clock;
    this.#interval = interval;
    this.#onFailure = onFailure;
  }

  start(listener: RevocationListener): void {
    if (this.#listener !== null) return;
    this.#listener = listener;
    this.#stopSignals = this.#signals?.listen(() => this.#signalled(), this.#onFailure) ?? null;
    this.#poll();
  }

  /** Up to where the listener has been told. */
  get cursor(): string | null {
    return this.#cursor;
  }

  stop(): void {
    this.#listener = null;
    this.#stopSignals?.();
    this.#stopSignals = null;
    this.#cancel?.();
    this.#cancel = null;
  }

  #signalled(): void {
    if (this.#listener === null) return;
    // A poll that is under way may have read before this end was written.
    if (this.#polling) this.#pollAgain = true;
    else this.#poll();
  }

  #poll(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#polling = true;
    // What is revoked while the poll runs may be missed by it, so the poll vouches for its beginning.
    const begunAt = this.#clock.now();
    try {
      const done = this.#drain(begunAt);
      if (done instanceof Promise) {
        done.catch(this.#onFailure).finally(() => this.#again());
        return;
      }
    } catch (error) {
      this.#onFailure(error);
    }
    this.#again();
  }

  #drain(begunAt: number): MaybePromise<void> {
    return andThen(this.#store.revokedSince(this.#cursor, pageSize), (page) => this.#deliver(page, begunAt));
  }

  #deliver(page: RevocationPage, begunAt: number): MaybePromise<void> {
    this.#listener?.revoked(page.revocations, begunAt);
    const done = page.notices.length === 0 ? undefined : this.#listener?.noticed(page.notices);
    return andThen(done, () => {
      // Only now: a notice that could not be acted on is to come again.
      this.#cursor = page.cursor;
      if (page.more) return this.#drain(begunAt);
      this.#listener?.caughtUp(begunAt);
    });
  }

  #again(): void {
    this.#polling = false;
    if (this.#listener === null) return;
    const now = this.#pollAgain;
    this.#pollAgain = false;
    this.#cancel = this.#clock.setTimer(now ? 0 : this.#interval, () => this.#poll());
  }
}
