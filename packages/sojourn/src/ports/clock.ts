/** Time, so that tests can turn it. */
export interface Clock {
  /** Ms since the epoch. */
  now(): number;
  /**
   * Calls `run` once after `ms`. The timer keeps no process alive.
   *
   * @returns a function that cancels it.
   */
  setTimer(ms: number, run: () => void): () => void;
}
