import { setTimeout as pause } from "node:timers/promises";
import type { RevocationSignals } from "../../ports/session-store.ts";
import { storeFailure } from "../store-failure.ts";
import type { Connection } from "./connection.ts";
import type { Deadline } from "./deadline.ts";

/** How long to wait before connecting anew, in ms: at first, and at the most. */
const pauses = { first: 50, most: 2000 };

/**
 * Hears of ended sessions by publish and subscribe (sharded, Redis 7.0), on a connection of its own. When
 * that breaks it is thrown away and another one made, whatever the client would have done: so there is one
 * way for one server, Sentinel and Cluster, and a signal after each time.
 */
export class RedisSignals implements RevocationSignals {
  readonly #connection: Connection;
  readonly #channels: readonly string[];
  readonly #deadline: Deadline;
  readonly #listeners = new Set<AbortController>();

  /** @param deadline how long connecting may take. */
  constructor(connection: Connection, channels: readonly string[], deadline: Deadline) {
    this.#connection = connection;
    this.#channels = channels;
    this.#deadline = deadline;
  }

  listen(signal: () => void, onFailure: (error: unknown) => void): () => void {
    const stopped = new AbortController();
    this.#listeners.add(stopped);
    void this.#listenOn(stopped.signal, signal, onFailure);
    return () => {
      this.#listeners.delete(stopped);
      stopped.abort();
    };
  }

  /** Stops whoever listens. */
  close(): void {
    for (const listener of this.#listeners) listener.abort();
    this.#listeners.clear();
  }

  async #listenOn(
    stopped: AbortSignal,
    signal: () => void,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    let wait = pauses.first;
    while (!stopped.aborted) {
      try {
        await this.#listenOnce(stopped, () => {
          wait = pauses.first;
          if (!stopped.aborted) signal();
        });
      } catch (error) {
        if (stopped.aborted) return;
        onFailure(storeFailure(error));
        await pause(wait, undefined, { ref: false, signal: stopped }).catch(() => undefined);
        wait = Math.min(2 * wait, pauses.most);
      }
    }
  }

  /** Listens until the connection breaks, which rejects, or until stopped. */
  async #listenOnce(stopped: AbortSignal, signal: () => void): Promise<void> {
    let end: (error?: unknown) => void = () => undefined;
    const ended = new Promise<void>((resolve, reject) => {
      end = (error) => (error === undefined ? resolve() : reject(error as Error));
    });
    // Also where connecting fails first, nothing may be rejected that nobody awaits.
    ended.catch(() => undefined);
    const stop = (): void => end();
    stopped.addEventListener("abort", stop);
    const subscription = this.#connection.subscribe(this.#channels, signal, (error) =>
      end(error ?? new Error("The connection that listens is lost.")),
    );
    try {
      await Promise.race([this.#deadline.within(subscription.ready), ended]);
      if (stopped.aborted) return;
      // Some may have been missed until now.
      signal();
      await ended;
    } finally {
      stopped.removeEventListener("abort", stop);
      subscription.close();
    }
  }
}
