import type { Clock } from "../ports/clock.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import { InsuredLimiter } from "./insured-limiter.ts";
import { MemoryLimiter } from "./memory-limiter.ts";

/**
 * What counts: the app's limiter with one in the process behind it, or that one alone.
 *
 * @param onFailure told when the app's limiter fails.
 */
export function limiterFor(
  own: RateLimiter | undefined,
  clock: Clock,
  onFailure: (error: unknown) => void,
): RateLimiter {
  const inProcess = new MemoryLimiter(clock);
  return own === undefined ? inProcess : new InsuredLimiter(own, inProcess, clock, onFailure);
}
