import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { Lifetimes, SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { FoundSession } from "../ports/session-store.ts";
import type { UserResolver } from "../strategies/user-resolver.ts";

/** Which lifetimes hold for sessions that were read from the store; asks for users only where their role decides. */
export class StoredLifetimes {
  readonly #policy: SessionPolicy;
  readonly #resolveUser: UserResolver;

  constructor(policy: SessionPolicy, resolveUser: UserResolver) {
    this.#policy = policy;
    this.#resolveUser = resolveUser;
  }

  async of({ record, user }: FoundSession): Promise<Lifetimes> {
    return lifetimesOf(this.#policy, record, await this.#userOf(record.userId, user));
  }

  /** The same for all sessions of a user. */
  async ofUser(userId: string): Promise<(record: SessionRecord) => Lifetimes> {
    const user = await this.#userOf(userId, undefined);
    return (record) => lifetimesOf(this.#policy, record, user);
  }

  async #userOf(userId: string, known: FoundSession["user"]): Promise<BaseUser | null> {
    return this.#policy.lifetimes.byRole === null ? null : this.#resolveUser(userId, known);
  }
}
