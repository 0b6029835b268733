import { clearInterval as stopTimer, setInterval as startTimer } from "node:timers";

interface Waiting {
  readonly since: number;
  readonly late: (error: DeadlineError) => void;
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
    return this.reading(call, asItIs, asItFailed);
  }

  /**
   * What is read in the call's answer, or what is made of its failure, which may be another call. For the hot
   * path: all in one promise, where each further one would cost as much as the reading.
   */
  reading<Answer, Result>(
    call: Promise<Answer>,
    read: (answer: Answer) => Result,
    failed: (error: unknown) => Result | Promise<Result>,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const settle = (make: () => Result | Promise<Result>): void => {
        try {
          resolve(make());
        } catch (error) {
          reject(error as Error);
        }
      };
      const waiting: Waiting = { since: this.#beat, late: (error) => settle(() => failed(error)) };
      this.#waiting.add(waiting);
      this.#stopBeats ??= this.#startBeats(() => this.#next(), this.#ms / beats);
      call.then(
        // What comes too late is of no interest, and must not be repeated for nobody.
        (answer) => {
          if (this.#waiting.delete(waiting)) settle(() => read(answer));
        },
        (error: unknown) => {
          if (this.#waiting.delete(waiting)) settle(() => failed(error));
        },
      );
    });
  }

  #next(): void {
    this.#beat += 1;
    for (const waiting of this.#waiting) {
      if (this.#beat - waiting.since <= beats) break;
      this.#waiting.delete(waiting);
      waiting.late(new DeadlineError(`Redis has not answered within ${this.#ms} ms.`));
    }
    if (this.#waiting.size > 0) return;
    this.#stopBeats?.();
    this.#stopBeats = null;
  }
}

const asItIs = <Answer>(answer: Answer): Answer => answer;
const asItFailed = (error: unknown): never => {
  // The client's own error is what the log needs.
  throw error;
};

function everyMs(run: () => void, ms: number): () => void {
  // It keeps no process alive.
  const timer = startTimer(run, ms).unref();
  return () => stopTimer(timer);
}
