import type { Clock } from "../../ports/clock.ts";

/**
 * How many seconds our clock is ahead of the machine's. openid-client looks at the machine's, and can be told
 * of a difference: so the times in a provider's tokens are judged by the clock that the rest goes by.
 */
export function skewOf(clock: Clock): number {
  return Math.round((clock.now() - Date.now()) / 1000);
}
