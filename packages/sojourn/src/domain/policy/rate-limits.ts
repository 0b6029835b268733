import { type Duration, durationToMs } from "../duration.ts";
import { invalidOption, refuseUnknown } from "../options.ts";

/** So many attempts in so much time. */
export interface RateLimit {
  readonly points: number;
  /** From the first of them on. */
  readonly per: Duration;
}

/** By what the attempts at one thing are counted; `false` for not at all. */
export interface RateLimitRule {
  /** One account from one network. Where a client's address is not known, one account. */
  readonly account?: RateLimit | false;
  /** One account from all networks together, but for those from which it has got in lately. */
  readonly accountEverywhere?: RateLimit | false;
  /** One network (an IPv4 address, an IPv6 /64), whatever the account. */
  readonly network?: RateLimit | false;
}

/** What is limited. */
export type LimitedAct =
  | "signIn"
  | "signUp"
  /** Sessions for visitors. */
  | "anonymous"
  | "stepUp"
  | "refresh"
  | "introspect"
  | "revoke"
  /** Coming back from a provider. */
  | "callback"
  /** What a provider says of sessions that are over. */
  | "providerLogout";

/** The rules of the `rateLimit` option. What a rule does not name keeps its default. */
export type RateLimitRules = { readonly [Act in LimitedAct]?: RateLimitRule | false };

/** A limit in force. */
export interface Limit {
  readonly points: number;
  readonly windowMs: number;
}

/** What attempts are counted by. */
export type LimitScope = keyof RateLimitRule;

/** The limits in force for one thing. */
export type LimitsOfAct = Readonly<Record<LimitScope, Limit | null>>;

/** All limits in force. */
export type RateLimitPolicy = Readonly<Record<LimitedAct, LimitsOfAct>>;

/** How long a network counts as known to an account after it got in from there, in ms. */
export const networkKnownFor: number = 30 * 86_400_000;

/**
 * The defaults, and the only place where they stand. A person mistypes a few times, and behind one address may
 * be a school; a guesser needs thousands of attempts. Only what failed counts, except where something is made: accounts, and sessions of visitors.
 */
export const defaultRateLimits: Readonly<Record<LimitedAct, RateLimitRule>> = {
  // Per day and account what NIST SP 800-63B-4 §3.2.2 allows in a row, from networks that are new to it.
  signIn: {
    account: { points: 10, per: "15m" },
    accountEverywhere: { points: 100, per: "1d" },
    network: { points: 100, per: "15m" },
  },
  signUp: { account: { points: 10, per: "1h" }, network: { points: 50, per: "1h" } },
  anonymous: { network: { points: 300, per: "15m" } },
  // Also for the current password when it is changed.
  stepUp: { account: { points: 10, per: "15m" }, accountEverywhere: { points: 100, per: "1d" } },
  // By network alone: a session's id is public, and who names one must not use up its owner's attempts.
  refresh: { network: { points: 300, per: "15m" } },
  introspect: { network: { points: 100, per: "15m" } },
  revoke: { network: { points: 100, per: "15m" } },
  callback: { network: { points: 100, per: "15m" } },
  providerLogout: { network: { points: 100, per: "15m" } },
};

/** In the order in which they are told. */
export const scopes: readonly LimitScope[] = ["account", "accountEverywhere", "network"];

/**
 * Checks the rules and fills in the defaults.
 *
 * @throws {SojournError} `config_invalid` with the option's name.
 */
export function resolveRateLimits(rules: RateLimitRules = {}): RateLimitPolicy {
  refuseOthers("rateLimit", rules, Object.keys(defaultRateLimits));
  const resolved = Object.entries(defaultRateLimits).map(([act, defaults]) => {
    const rule = rules[act as LimitedAct] ?? {};
    if (rule !== false) refuseOthers(`rateLimit.${act}`, rule, scopes);
    const limits = scopes.map((scope) => {
      const limit = rule === false ? false : (rule[scope] ?? defaults[scope] ?? false);
      return [scope, limit === false ? null : inForce(limit, `rateLimit.${act}.${scope}`)];
    });
    return [act, Object.fromEntries(limits) as LimitsOfAct];
  });
  return Object.fromEntries(resolved) as RateLimitPolicy;
}

function inForce(limit: RateLimit, name: string): Limit {
  refuseOthers(name, limit, ["points", "per"]);
  const { points, per } = limit;
  if (!Number.isSafeInteger(points) || points < 1)
    throw invalidOption(
      `${name}.points must be a whole number of at least 1; to count nothing say ${name}: false.`,
    );
  const windowMs = durationToMs(per, `${name}.per`);
  if (windowMs < 1000) throw invalidOption(`${name}.per must be at least 1 s.`);
  return { points, windowMs };
}

function refuseOthers(name: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== "object" || given === null)
    throw invalidOption(`${name} must be false or an object with ${known.join(", ")}.`);
  refuseUnknown(`${name}.`, given, known);
}
