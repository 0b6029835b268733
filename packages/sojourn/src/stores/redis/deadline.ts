import { clearInterval as stopBeats, setInterval as startBeats } from "node:timers";

interface Waiting {
  readonly since: number;
  readonly reject: (error: Error) => void;
}

/** A call took longer than it may. Whether it was done or will be is unknown. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** Into how many beats the time is divided: calls wait up to one beat longer. */
const beats = 4;

/**
 * Lets no call wait for longer than it may: a server that has stopped answering must not stop ours.
 *
 * One timer serves all calls, since a timer for each would cost as much as a look-up may. It counts beats
 * rather than time, so a process that was itself asleep does not take that for the server's silence.
 */
export class Deadline {
  readonly #ms: number;
  // In the order in which they began.
  readonly #waiting = new Set<Waiting>();
  #beat = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param ms how long a call may take. */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** What the call gives. @throws DeadlineError where it takes too long; its own result is then of no interest. */
  within<Result>(call: Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const waiting: Waiting = { since: this.#beat, reject };
      this.#waiting.add(waiting);
      this.#timer ??= startBeats(() => this.#next(), this.#ms / beats).unref();
      call.then(
        (result) => {
          this.#waiting.delete(waiting);
          resolve(result);
        },
        (error: unknown) => {
          this.#waiting.delete(waiting);
          // As it was rejected: the client's own error is what the log needs.
          reject(error as Error);
        },
      );
    });
  }

  #next(): void {
    this.#beat += 1;
    for (const waiting of this.#waiting) {
      if (this.#beat - waiting.since <= beats) break;
      this.#waiting.delete(waiting);
      waiting.reject(new DeadlineError(`Redis has not answered within ${this.#ms} ms.`));
    }
    if (this.#waiting.size > 0 || this.#timer === null) return;
    stopBeats(this.#timer);
    this.#timer = null;
  }
}
