import type { Lifetimes } from "../domain/policy.ts";
import type { TokenPolicy } from "../strategies/token-reader.ts";

const endless: Lifetimes = {
  idleTimeout: Number.POSITIVE_INFINITY,
  absoluteTimeout: Number.POSITIVE_INFINITY,
};

/**
 * Tokens are held to what they say, and that is what the policy was when they were made. Whether it has become
 * shorter since, or a session may be resumed, only the server knows.
 */
export const asIssued: TokenPolicy = { lifetimesOf: () => endless, resumeIdle: null };
