import { clearInterval as stopTimer, setInterval as startTimer } from "node:timers";

interface Waiting {
  readonly since: number;
  readonly reject: (error: Error) => void;
}

/** Calls back every so many ms, until the function that it returns is called. */
export type StartBeats = (run: () => void, ms: number) => () => void;

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
  readonly #startBeats: StartBeats;
  // In the order in which they began.
  readonly #waiting = new Set<Waiting>();
  #beat = 0;
  #stopBeats: (() => void) | null = null;

  /**
   * @param ms how long a call may take.
   * @param beating calls back every so many ms; for tests.
   */
  constructor(ms: number, beating: StartBeats = everyMs) {
    this.#ms = ms;
    this.#startBeats = beating;
  }

  /** What the call gives. @throws DeadlineError where it takes too long; its own result is then of no interest. */
  within<Result>(call: Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const waiting: Waiting = { since: this.#beat, reject };
      this.#waiting.add(waiting);
      this.#stopBeats ??= this.#startBeats(() => this.#next(), this.#ms / beats);
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
    if (this.#waiting.size > 0) return;
    this.#stopBeats?.();
    this.#stopBeats = null;
  }
}

function everyMs(run: () => void, ms: number): () => void {
  // It keeps no process alive.
  const timer = startTimer(run, ms).unref();
  return () => stopTimer(timer);
}
