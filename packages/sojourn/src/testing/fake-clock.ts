import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../ports/clock.ts";

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves time forward and fires what falls due on the way, each timer at its own moment and in
   * order. After each, whatever work it set off is let go on, so a timer that sets the next one has done so.
   *
   * @param ms at least 0.
   */
  advance(ms: number): Promise<void>;
  /**
   * Sets the time without firing anything, also backwards: a machine whose clock was corrected.
   *
   * @param at ms since the epoch.
   */
  jumpTo(at: number): void;
  /** How many timers are waiting. A test of something that stops can see that none is left. */
  readonly pendingTimers: number;
}

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
}

/** @param start ms since the epoch. Default 2030-01-01. */
export function fakeClock(start: number = Date.UTC(2030, 0, 1)): FakeClock {
  // Two timers that fall due together fire in the order in which they were set, as a Set keeps it.
  const timers = new Set<Timer>();
  let now = start;

  const nextDue = (until: number): Timer | null => {
    let next: Timer | null = null;
    for (const timer of timers)
      if (timer.dueAt <= until && timer.dueAt < (next?.dueAt ?? Infinity)) next = timer;
    return next;
  };

  return {
    now: () => now,
    setTimer(ms, run) {
      const timer = { dueAt: now + Math.max(0, ms), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const until = now + ms;
      await nextTurn();
      for (let timer = nextDue(until); timer !== null; timer = nextDue(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.dueAt);
        timer.run();
        await nextTurn();
      }
      now = until;
    },
    jumpTo(at) {
      now = at;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}
