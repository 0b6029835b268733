import type { Clock } from "../ports/clock.ts";
import type { RevocationFeed, RevocationListener } from "../ports/revocation-feed.ts";
import type { RevocationPage, SessionStore } from "../ports/session-store.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";

const pageSize = 1000;

/**
 * Asks the store again and again what was revoked since the last time: the feed for stores that
 * cannot call out, such as one SQLite file shared by several processes. A failed poll is simply
 * not "caught up", so the node falls back to asking the store per request until it recovers.
 */
export class PollingFeed implements RevocationFeed {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #onFailure: (error: unknown) => void;
  #listener: RevocationListener | null = null;
  #cursor: string | null = null;
  #cancel: (() => void) | null = null;

  /** @param interval ms between two polls. */
  constructor(store: SessionStore, clock: Clock, interval: number, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#interval = interval;
    this.#onFailure = onFailure;
  }

  start(listener: RevocationListener): void {
    if (this.#listener !== null) return;
    this.#listener = listener;
    this.#poll();
  }

  stop(): void {
    this.#listener = null;
    this.#cancel?.();
    this.#cancel = null;
  }

  #poll(): void {
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
    this.#listener?.revoked(page.revocations);
    this.#cursor = page.cursor;
    if (page.more) return this.#drain(begunAt);
    this.#listener?.caughtUp(begunAt);
  }

  #again(): void {
    if (this.#listener !== null) this.#cancel = this.#clock.setTimer(this.#interval, () => this.#poll());
  }
}
