import { DatabaseSync } from "node:sqlite";
import type { AccountStore } from "../stores/account-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";

/** A store of accounts, and everything that is in it. */
export interface DumpableStore {
  readonly accounts: AccountStore;
  /** Everything the store keeps, as plain values: whoever steals it has this. */
  dump(): object;
  close(): void;
}

/** A store in memory. Its private Maps are told of by its verbs, for every sid and address it was ever given. */
export function dumpableMemory(): DumpableStore {
  const store = memory();
  const sids = new Set<string>();
  const emails = new Set<string>();
  const sessions = watched(store.sessions, {
    create: ([record]) => sids.add((record as { sid: string }).sid),
  });
  const users = watched(store.users, {
    create: ([account]) => emails.add((account as { email: string }).email),
  });
  return {
    accounts: { ...store, sessions, users },
    dump: () => ({
      sessions: [...sids].map((sid) => store.sessions.find(sid)),
      feed: store.sessions.revokedSince(null, 100_000),
      users: [...emails].map((email) => store.users.findByEmail(email)),
    }),
    close: () => undefined,
  };
}

/** A store in an SQLite file, read by another connection. */
export function dumpableSqlite(file: string): DumpableStore {
  const accounts = sqlite(file);
  return {
    accounts,
    dump() {
      const database = new DatabaseSync(file, { readOnly: true });
      const names = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .all();
      const tables = names.map(
        ({ name }) => [name, database.prepare(`SELECT * FROM "${String(name)}"`).all()] as const,
      );
      database.close();
      return Object.fromEntries(tables) as object;
    },
    close: () => void accounts.close(),
  };
}

function watched<Part extends object>(
  part: Part,
  seen: Readonly<Record<string, (args: unknown[]) => unknown>>,
): Part {
  return new Proxy(part, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name, target);
      if (typeof verb !== "function") return verb;
      return (...args: unknown[]): unknown => {
        if (typeof name === "string") seen[name]?.(args);
        return Reflect.apply(verb, target, args);
      };
    },
  });
}
