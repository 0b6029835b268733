import { endOf } from "../domain/evaluate.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { SessionStore } from "../ports/session-store.ts";
import type { Presented, Strategy } from "../strategies/verification.ts";
import type { Callbacks } from "./callbacks.ts";
import type { EventLog, RequestContext } from "./event-log.ts";
import { bringOver } from "./session-successor.ts";

/** What carrying over takes. */
export interface UpgradeParts {
  readonly strategy: Strategy;
  readonly store: SessionStore;
  readonly policy: SessionPolicy;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly callbacks: Pick<Callbacks<BaseUser, object>, "upgraded">;
}

/** What a visitor had before signing in goes along: the data of their session, and what the app keeps of theirs. */
export class Upgrades {
  readonly #parts: UpgradeParts;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
  }

  /** The live anonymous session that a request presents; null if it presents none. */
  async find(presented: Presented | null): Promise<SessionRecord | null> {
    if (presented === null || (presented.access === null && presented.refresh === null)) return null;
    const { strategy, policy, clock } = this.#parts;
    const now = clock.now();
    const held = await strategy.held(presented, now);
    const visitor = held.find(
      ({ record }) =>
        record.kind === "anonymous" && endOf(record, lifetimesOf(policy, record, null), now) === null,
    );
    return visitor?.record ?? null;
  }

  /** Lets the app move what is its own. Before anything ends, so that a failure leaves the visitor as they were. */
  async move(visitor: SessionRecord, user: BaseUser): Promise<void> {
    await this.#parts.callbacks.upgraded?.({ anonymousUserId: visitor.userId, user });
  }

  /** Brings over what was still written while the sign-in went on. @param to the sid of the new session. */
  async finish(visitor: SessionRecord, to: string, user: BaseUser, context: RequestContext): Promise<void> {
    await bringOver(visitor.sid, to, visitor.data, this.#parts);
    this.#parts.events.emit({ type: "anonymous_upgraded", from: visitor.userId, to: user.id }, context);
  }
}
