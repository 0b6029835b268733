import type { Store } from "../../ports/session-store.ts";
import type { StoredUser } from "../../ports/user-directory.ts";
import type { AccountStore, AccountStoreOptions } from "../account-directory.ts";
import { MemoryEntries } from "./memory-entries.ts";
import { MemorySessions } from "./memory-sessions.ts";
import { MemoryUsers } from "./memory-users.ts";

export type { AccountDirectory, AccountStore } from "../account-directory.ts";

/** What {@link memory} can be told. */
export interface MemoryOptions extends AccountStoreOptions {
  /** How many sessions there is room for; beyond it signing in fails rather than anybody being signed out. Default 250,000. */
  readonly maxSessions?: number;
}

/**
 * Sessions and users in this process: for tests, for trying things out, and for one process that may
 * forget everybody when it ends. Also the reference that shows what every other store must do.
 *
 * @returns a store that answers at once.
 */
export function memory(options: MemoryOptions & { readonly users: false }): Store<never>;
export function memory(options?: MemoryOptions): AccountStore;
export function memory(options: MemoryOptions = {}): Store<StoredUser> {
  const users = (options.users ?? true) ? new MemoryUsers() : null;
  return {
    sessions: new MemorySessions((userId) => users?.findById(userId), options.maxSessions ?? 250_000),
    entries: new MemoryEntries(),
    ...(users !== null && { users }),
    migrate: () => undefined,
    close: () => undefined,
  };
}
