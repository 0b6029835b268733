import { afterAll, afterEach, beforeEach, describe, it } from "vitest";
import type { Store } from "../ports/session-store.ts";
import { accountDirectoryContract, credentialDirectoryContract, storeContract } from "../testing/index.ts";
import type { AccountStore } from "./account-directory.ts";
import { failureCases, type Kit, migrationCases, userCases } from "./app-connection-cases.fixture.ts";
import {
  type AppDatabase,
  appDatabases,
  appUsers,
  appUserTable,
  type Dialect,
} from "./app-database.fixture.ts";
import { raceSuite } from "./races.fixture.ts";
import type { OpensStore } from "./races.worker.ts";
import type { UserTable } from "./sql/user-table.ts";

/** An app's connection by its ORM. */
export interface AppConnection {
  /** A store on it. */
  store(options: { readonly users?: boolean | UserTable }): Store;
  /** Closes it, as the app would. */
  end(): Promise<void>;
}

/** An ORM, and how an app connects by it. */
export interface OrmUnderTest {
  readonly name: string;
  readonly dialect: Dialect;
  connect(where: string): AppConnection;
  /** Whether the client opens again by itself what was closed. */
  readonly reopens?: boolean;
}

/** Everything that a store on an app's connection has to do. */
export function appConnectionSuite(orm: OrmUnderTest): void {
  const { name, dialect } = orm;
  appDatabases[dialect].describe(`${name} over ${dialect}`, () => {
    contracts(orm);
    describe("an app", () => {
      const kit = kitFor(orm);
      userCases(kit, dialect);
      migrationCases(kit, dialect);
      failureCases(kit, dialect, orm.reopens === true);
    });
  });
}

/** The published suites, each test on an empty database. */
function contracts(orm: OrmUnderTest): void {
  const { name, dialect } = orm;
  const { make, dropAll } = appDatabases[dialect].inTurn();
  afterAll(dropAll);
  const databases = new Map<unknown, AppDatabase>();
  const on = (database: AppDatabase, users?: boolean | UserTable): Store => {
    const connection = orm.connect(database.where);
    const store = connection.store(users === undefined ? {} : { users });
    const close = async (): Promise<void> => {
      await store.close();
      await connection.end();
      if (databases.get(wrapped) === database) await database.drop();
    };
    const wrapped = { ...store, close };
    databases.set(wrapped, database);
    return wrapped;
  };
  const open = async (): Promise<Store> => on(await make());
  const openMapped = async (): Promise<Store> => {
    const database = await appDatabases[dialect].make();
    await database.run(appUsers[dialect]);
    return on(database, appUserTable);
  };
  const reopen = async (store: Store): Promise<Store> => {
    const database = databases.get(store) as AppDatabase;
    databases.delete(store);
    return on(database);
  };
  storeContract({ name, open, reopen, describe, it });
  // The statements are those of the database's own store, which is tried in every way; a file is quick.
  if (dialect === "sqlite")
    storeContract({ name: `${name}, with an app's users`, open: openMapped, describe, it });
  credentialDirectoryContract({ name, open: open as () => Promise<AccountStore>, describe, it });
  accountDirectoryContract({ name, open: open as () => Promise<AccountStore>, describe, it });
}

function kitFor(orm: OrmUnderTest): Kit {
  let database: AppDatabase;
  const opened: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    database = await appDatabases[orm.dialect].make();
  });
  afterEach(async () => {
    for (const end of opened.splice(0)) await end();
    await database.drop();
  });
  return {
    database: () => database,
    node(options = {}, where = database.where) {
      const connection = orm.connect(where);
      const store = connection.store(options);
      let isOpen = true;
      const cut = async (): Promise<void> => {
        if (isOpen) await connection.end();
        isOpen = false;
      };
      opened.push(async () => {
        await store.close();
        await cut();
      });
      return { store, cut };
    },
  };
}

/** Races of several processes on one database, each with a client of its own. @param module its `open` makes the store. */
export function appRaces(name: string, module: URL): void {
  for (const dialect of ["sqlite", "postgres"] as const) {
    raceSuite({
      name: `${name} over ${dialect}`,
      describe: appDatabases[dialect].describe,
      rotations: 200,
      signOuts: 100,
      once: 10,
      async place() {
        const { where, drop } = await appDatabases[dialect].make();
        const { open } = (await import(module.href)) as OpensStore;
        return { target: { module: module.href, where }, open: () => open(where), remove: drop };
      },
    });
  }
}
