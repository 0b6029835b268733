import { SojournError } from "../domain/errors.ts";
import type { EventFacts } from "../domain/events.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import { userSpaces } from "../ports/entry-spaces.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notice, SessionStore } from "../ports/session-store.ts";
import type { AccountDirectory, StoredUser, UserDirectory } from "../ports/user-directory.ts";
import type { LocalRevocations } from "../strategies/local-revocations.ts";
import { askDirectory } from "../strategies/user-resolver.ts";
import type { Strategy } from "../strategies/verification.ts";
import { type EventLog, noContext } from "./event-log.ts";
import type { SessionManager } from "./session-manager.ts";

/** What changing users takes. */
export interface UserChangeParts {
  readonly strategy: Strategy;
  readonly store: SessionStore | null;
  readonly entries: EntryStore | null;
  /** Where users are; what can be changed there is changed there. */
  readonly directory: UserDirectory | null;
  readonly policy: SessionPolicy;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly revocations: LocalRevocations | null;
  readonly sessions: SessionManager;
}

/**
 * Changes users, or hears that they were changed, and sees to it that no session goes on with what was true before.
 * In each verb the directory comes first: whoever asks from then on hears the new, so what is to be put right is
 * what was made before. A verb that failed half-way can be called again.
 */
export class UserChanges {
  readonly #parts: UserChangeParts;

  constructor(parts: UserChangeParts) {
    this.#parts = parts;
  }

  /** What tokens made until now say of a user is out of date. @throws {SojournError} `strategy_unsupported`. */
  async changed(userId: string): Promise<void> {
    const { strategy, policy, clock, store, revocations } = this.#parts;
    this.#checkReach();
    // A check at the store shows the user as they are.
    if (strategy.name === "stateful" || store === null) return;
    const now = clock.now();
    const tokenLife = strategy.name === "hybrid" ? policy.accessTokenTtl : policy.absoluteTimeout;
    // The clocks of two nodes may differ, and a directory's copy may be behind, by as much as a revocation may lag.
    const at = now + policy.maxRevocationLag;
    const notice: Notice = { topic: "user", subject: userId, at, expiresAt: at + tokenLife };
    await store.announce(notice);
    await revocations?.noticed([notice]);
  }

  /** What a user signs in with has changed: ends their sessions. @returns how many. */
  credentialsChanged(userId: string, exceptSid: string | null): Promise<number> {
    return this.#parts.sessions.revokeAll(userId, { exceptSid, reason: "credentials_changed" });
  }

  /** @throws {SojournError} `config_store_required` where no users are known. */
  async get(userId: string): Promise<BaseUser | null> {
    const { directory } = this.#parts;
    if (directory === null) throw nowhere("auth.users.get");
    return askDirectory(directory, userId);
  }

  /** @returns whether there is such a user. */
  setRole(userId: string, role: string): Promise<boolean> {
    if (typeof role !== "string" || role === "" || role.length > 255)
      throw new SojournError("invalid_input", { detail: "A role is a text of 1 to 255 characters." });
    return this.#change("role", userId, (accounts) => accounts.setRole(userId, role));
  }

  /** @returns whether there is such a user. */
  setName(userId: string, name: string | null): Promise<boolean> {
    return this.#change("name", userId, (accounts) => accounts.setName(userId, name));
  }

  /** Whoever is disabled is out everywhere. @returns whether there is such a user. */
  async setStatus(userId: string, status: StoredUser["status"]): Promise<boolean> {
    if (status !== "active" && status !== "disabled")
      throw new SojournError("invalid_input", { detail: 'A status is "active" or "disabled".' });
    const found = await this.#change("status", userId, (accounts) => accounts.setStatus(userId, status));
    // After the status, so that a sign-in that runs now finds either its end here or the account disabled.
    if (found && status === "disabled") await this.#end(userId);
    return found;
  }

  /** Removes a user, their sessions, and what else is kept of them. @returns whether there was one. */
  async remove(userId: string): Promise<boolean> {
    const { events, entries } = this.#parts;
    const accounts = this.#accounts();
    this.#checkReach();
    const removed = await accounts.remove(userId);
    // Also for a user who is gone: the call before this one may have got no further.
    await this.changed(userId);
    await this.#end(userId);
    // Lest what is still to be written of them comes after.
    await events.kept();
    for (const space of entries === null ? [] : userSpaces) await entries?.removeOwned(space, userId);
    if (removed) events.emit({ type: "user_deleted", userId }, noContext);
    return removed;
  }

  async #change(
    field: Extract<EventFacts, { type: "user_updated" }>["field"],
    userId: string,
    write: (accounts: AccountDirectory) => boolean | Promise<boolean>,
  ): Promise<boolean> {
    const accounts = this.#accounts();
    this.#checkReach();
    if (!(await write(accounts))) return false;
    await this.changed(userId);
    this.#parts.events.emit({ type: "user_updated", userId, field }, noContext);
    return true;
  }

  async #end(userId: string): Promise<void> {
    await this.#parts.sessions.revokeAll(userId, { reason: "user_disabled" });
  }

  /** Before anything is written: a change that its sessions never hear of is not to look as if they did. */
  #checkReach(): void {
    if (this.#parts.strategy.stored) return;
    throw new SojournError("strategy_unsupported", {
      detail:
        "Stateless sessions without a store hear of no change of their users before their tokens are made anew. Give createAuth a store, or choose another strategy.",
    });
  }

  #accounts(): AccountDirectory {
    const { directory } = this.#parts;
    if (directory !== null && isAccountDirectory(directory)) return directory;
    throw nowhere("This verb of auth.users");
  }
}

function isAccountDirectory(directory: UserDirectory): directory is AccountDirectory {
  return "setStatus" in directory && "setRole" in directory && "remove" in directory;
}

function nowhere(verb: string): SojournError {
  return new SojournError("config_store_required", {
    detail: `${verb} needs a store that keeps users, such as sqlite("app.db"). Where users are yours, change them there and call auth.users.changed(userId).`,
  });
}
