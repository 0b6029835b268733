import type { AuthOptions } from "./auth-options.ts";
import { createHmac } from "./crypto/hmac.ts";
import { type KeyRing, ownKey } from "./crypto/key-ring.ts";
import { SojournError } from "./domain/errors.ts";
import { type RateLimitPolicy, resolveRateLimits } from "./domain/policy/rate-limits.ts";
import type { Limits } from "./http/limits.ts";
import type { Clock } from "./ports/clock.ts";
import type { RateLimiter } from "./ports/rate-limiter.ts";
import type { EventLog } from "./session/event-log.ts";

/** 132 bits: no two keys meet. */
const digestLength = 22;

/** The limits that the options ask for; null for none. @throws {SojournError} `config_invalid`. */
export function rateLimitPolicy({ rateLimit }: AuthOptions): RateLimitPolicy | null {
  if (rateLimit === false) return null;
  if (rateLimit === undefined || typeof rateLimit !== "object") return resolveRateLimits(rateLimit);
  const { limiter, ...rules } = rateLimit;
  if (limiter !== undefined && !isLimiter(limiter)) {
    throw new SojournError("config_invalid", {
      detail:
        'rateLimit.limiter must be a limiter, such as redisLimiter(client) of "sojourn/limits"; leave it out to count in the process.',
    });
  }
  return resolveRateLimits(rules);
}

function isLimiter(limiter: Partial<RateLimiter>): boolean {
  const verbs: readonly (keyof RateLimiter)[] = ["consume", "giveBack", "used"];
  return verbs.every((verb) => typeof limiter[verb] === "function");
}

/** Builds what the routes are limited by, with the first request that needs it. */
export async function loadLimits(
  { rateLimit, trustedProxies = 0 }: AuthOptions,
  policy: RateLimitPolicy | null,
  { ring, clock, events }: { readonly ring: KeyRing; readonly clock: Clock; readonly events: EventLog },
): Promise<Limits | null> {
  if (policy === null || rateLimit === false) return null;
  const [{ limiterFor }, http] = await Promise.all([
    import("./limits/limiter-for.ts"),
    import("./http/limits.ts"),
  ]);
  const hmac = createHmac("sha256", ownKey(ring, ring.activeId, "rate-limit"));
  return new http.Limits({
    policy,
    limiter: limiterFor(rateLimit?.limiter, clock, (error) =>
      events.failure("sojourn: the rate limiter failed; attempts are counted in this process", error),
    ),
    digest: (text) => hmac.mac(text).slice(0, digestLength),
    proxiesKnown: trustedProxies !== 0 && !(Array.isArray(trustedProxies) && trustedProxies.length === 0),
  });
}
