import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { Lifetimes, SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { FoundSession } from "../ports/session-store.ts";
import type { SessionOwner, UserResolver } from "../strategies/user-resolver.ts";

/** Which lifetimes hold for sessions that were read from the store; asks for users only where their role decides. */
export class StoredLifetimes {
  readonly #policy: SessionPolicy;
  readonly #resolveUser: UserResolver;

  constructor(policy: SessionPolicy, resolveUser: UserResolver) {
    this.#policy = policy;
    this.#resolveUser = resolveUser;
  }

  async of({ record, user }: FoundSession): Promise<Lifetimes> {
    return lifetimesOf(this.#policy, record, await this.#userOf(record, user));
  }

  /** The same for all sessions of a user. */
  async ofUser(userId: string): Promise<(record: SessionRecord) => Lifetimes> {
    // Only people have roles.
    const user = await this.#userOf({ userId, kind: "user" }, undefined);
    return (record) => lifetimesOf(this.#policy, record, user);
  }

  async #userOf(owner: SessionOwner, known: FoundSession["user"]): Promise<BaseUser | null> {
    return this.#policy.lifetimes.byRole === null ? null : this.#resolveUser(owner, known);
  }
}
