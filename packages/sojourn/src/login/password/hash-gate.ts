import { availableParallelism } from "node:os";
import { SojournError } from "../../domain/errors.ts";

/** Lets a few jobs run at once, a few more wait, and turns the rest away. */
export interface Gate {
  /**
   * Runs the job when its turn comes, first come first served.
   *
   * @param signal gives up while waiting; a job that runs already is not stopped.
   * @throws {SojournError} `login_busy` when too many wait; the signal's reason when it aborts.
   */
  run<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export interface GateOptions {
  /** How many jobs run at once. Default: one less than there are cores, at least 1. */
  readonly parallel?: number;
  /** How many more may wait. Default 32. */
  readonly queue?: number;
}

/**
 * Keeps a flood of sign-ins from taking the machine. Each password hash holds a core and 19 MiB for
 * some 10 ms; without a bound a few hundred requests at once would use up memory and all threads,
 * and every other request would wait behind them (ASVS 5.0 V2.4; threat: password-hash DoS).
 *
 * @throws {SojournError} `config_invalid`.
 */
export function createGate(options: GateOptions = {}): Gate {
  const { parallel = Math.max(1, availableParallelism() - 1), queue = 32 } = options;
  if (!Number.isSafeInteger(parallel) || parallel < 1 || !Number.isSafeInteger(queue) || queue < 0) {
    throw new SojournError("config_invalid", {
      detail: "At least one hash must be able to run, and the number that may wait cannot be negative.",
    });
  }
  const waiting: (() => void)[] = [];
  let running = 0;

  const myTurn = (signal: AbortSignal | undefined): Promise<void> => {
    if (waiting.length >= queue) {
      throw new SojournError("login_busy", {
        retryAfter: 1,
        detail: "Too many sign-ins at once. Try again soon.",
      });
    }
    return new Promise((resolve, reject) => {
      const proceed = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(proceed), 1);
        reject(signal?.reason as Error);
      };
      waiting.push(proceed);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  };

  return {
    async run(job, signal) {
      signal?.throwIfAborted();
      // A finished job hands its place to the next in line, so that nobody who comes later slips in.
      if (running >= parallel) await myTurn(signal);
      else running += 1;
      try {
        return await job();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
