import {
  type Limit,
  type LimitedAct,
  type LimitScope,
  networkKnownFor,
  type RateLimitPolicy,
} from "../domain/policy/rate-limits.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import { networkOf } from "./network.ts";

/** What {@link Limits} is made of. */
export interface LimitParts {
  readonly policy: RateLimitPolicy;
  readonly limiter: RateLimiter;
  /** A keyed digest, so that a dump of the limiter tells of nobody. */
  readonly digest: (text: string) => string;
  /** Whether the app has said which proxies it has. */
  readonly proxiesKnown: boolean;
}

/** An attempt that may be made. */
export interface Admitted {
  readonly allowed: true;
  /** It went well: what failed here before is forgotten, and it does not count itself. */
  passed(): Promise<void>;
  /** It came to nothing, and not by the fault of who made it: it does not count. */
  undone(): Promise<void>;
}

/** An attempt too many. */
export interface Refused {
  readonly allowed: false;
  readonly scope: LimitScope;
  readonly points: number;
  readonly retryAfterMs: number;
}

interface Counted {
  readonly key: string;
  readonly limit: Limit;
}

/** Says whether an attempt may be made, by the account and the network that it is made for. */
export class Limits {
  readonly #parts: LimitParts;

  constructor(parts: LimitParts) {
    this.#parts = parts;
  }

  /**
   * Counts an attempt. First for the account in its network: what is refused there counts nowhere else, so
   * hammering at one account uses up no neighbour's attempts, nor the account's elsewhere.
   *
   * Whoever is refused only because of others (the same network, or guessers all over the world) is let
   * through from a network from which the account has got in lately: its own limit still holds there.
   *
   * @param account null where the attempt is for none that is known.
   * @param address the client's; null if it is not known.
   */
  async admit(act: LimitedAct, account: string | null, address: string | null): Promise<Admitted | Refused> {
    const { policy, proxiesKnown } = this.#parts;
    const limits = policy[act];
    const network = address === null ? null : networkOf(address, proxiesKnown);
    const counted: Counted[] = [];
    const consume = async (
      scope: LimitScope,
      subject: readonly unknown[],
    ): Promise<Refused | RateDecision> => {
      const limit = limits[scope];
      if (limit === null || subject.includes(null)) return unlimited;
      const key = this.#key(act, scope, subject);
      const decision = await this.#parts.limiter.consume(key, limit);
      if (decision.allowed) counted.push({ key, limit });
      return decision.allowed
        ? decision
        : { allowed: false, scope, points: limit.points, retryAfterMs: decision.retryAfterMs };
    };

    const own = await consume("account", [account, network ?? ""]);
    if (isRefused(own)) return own;
    const here = await consume("network", [network]);
    const wide = isRefused(here) ? here : await consume("accountEverywhere", [account]);
    const known: Counted | null =
      account === null || network === null || limits.account === null
        ? null
        : {
            key: this.#key(act, "known", [account, network]),
            limit: { points: 1, windowMs: networkKnownFor },
          };
    if (isRefused(wide) && !(await this.#isKnown(known))) {
      await this.#giveBack(counted, 1);
      return wide;
    }
    const used = limits.account === null ? 1 : Math.max(1, limits.account.points - own.remaining);
    return this.#admitted(counted, used, known);
  }

  #admitted(counted: readonly Counted[], used: number, known: Counted | null): Admitted {
    const { limiter } = this.#parts;
    return {
      allowed: true,
      passed: async () => {
        const remember = known === null ? null : limiter.consume(known.key, known.limit);
        await Promise.all([this.#giveBack(counted, used), remember]);
      },
      undone: () => this.#giveBack(counted, 1),
    };
  }

  async #giveBack(counted: readonly Counted[], points: number): Promise<void> {
    const { limiter } = this.#parts;
    await Promise.all(counted.map(async ({ key, limit }) => limiter.giveBack(key, limit, points)));
  }

  async #isKnown(known: Counted | null): Promise<boolean> {
    return known !== null && (await this.#parts.limiter.used(known.key, known.limit)) > 0;
  }

  #key(act: LimitedAct, scope: LimitScope | "known", subject: readonly unknown[]): string {
    return `${act}.${scope}.${this.#parts.digest(JSON.stringify([act, scope, ...subject]))}`;
  }
}

const unlimited: RateDecision = { allowed: true, remaining: Number.MAX_SAFE_INTEGER, retryAfterMs: 0 };

function isRefused(decision: Refused | RateDecision): decision is Refused {
  return !decision.allowed;
}
