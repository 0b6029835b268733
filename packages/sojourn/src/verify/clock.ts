import type { Clock } from "../ports/clock.ts";

/** The runtime's own time. */
export const runtimeClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, run) {
    const timer: unknown = setTimeout(run, ms);
    // Elsewhere a timer is a number; in Node it must not keep a process alive.
    (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer as number);
  },
};
