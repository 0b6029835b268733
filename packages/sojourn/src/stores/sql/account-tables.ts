import type { BaseUser } from "../../domain/principal.ts";
import type { EntryStore } from "../../ports/entry-store.ts";
import type { SessionStore } from "../../ports/session-store.ts";
import type { UserDirectory } from "../../ports/user-directory.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { SqlDriver } from "./driver.ts";
import { SqlEntries } from "./sql-entries.ts";
import { SqlSessionStore } from "./sql-session-store.ts";
import { SqlUsers } from "./sql-users.ts";
import type { EntryStatements, SessionStatements, UserStatements } from "./statements.ts";
import { ownUsers } from "./user-row.ts";
import {
  type CastId,
  joinUserTable,
  type UserJoin,
  type UserTable,
  UserTableDirectory,
} from "./user-table.ts";

/** What every SQL store can be told. */
export interface SqlStoreOptions {
  /**
   * Where users are: `true` keeps Sojourn's own here; a table names the app's own in this database, which is
   * only read; with `false` a session comes back without its user, and `createAuth({ users })` is asked.
   * Default `true`.
   */
  readonly users?: boolean | UserTable;
}

/** How a database speaks. */
export interface SqlDialect {
  sessionStatements(users: UserJoin | null): SessionStatements;
  readonly userStatements: UserStatements;
  readonly entryStatements: EntryStatements;
  readonly castId: CastId;
}

/** The part of a store that its tables are. */
export interface OpenTables {
  readonly sessions: SessionStore;
  readonly entries: EntryStore;
  readonly users?: AccountDirectory;
  readonly directory?: UserDirectory<BaseUser>;
}

/** The sessions, small records and users of a store, on whatever the driver reaches. @throws {SojournError} `config_invalid`. */
export function openTables(
  driver: SqlDriver,
  { users = true }: SqlStoreOptions,
  dialect: SqlDialect,
): OpenTables {
  const sessionsWith = (join: UserJoin | null): SqlSessionStore =>
    new SqlSessionStore(driver, dialect.sessionStatements(join), join);
  const entries = new SqlEntries(driver, dialect.entryStatements);
  if (users === false) return { entries, sessions: sessionsWith(null) };
  if (users === true)
    return { entries, sessions: sessionsWith(ownUsers), users: new SqlUsers(driver, dialect.userStatements) };
  return {
    entries,
    sessions: sessionsWith(joinUserTable(users, dialect.castId)),
    directory: new UserTableDirectory(driver, users, dialect.castId),
  };
}
