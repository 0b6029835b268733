import type { Clock } from "./ports/clock.ts";

/** Timers beyond this fire at once instead (the delay is a signed 32-bit number of ms). */
const longestTimer = 2_147_483_647;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), longestTimer));
    // A timer of ours is no reason to keep a process that has nothing else to do.
    (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  },
};
