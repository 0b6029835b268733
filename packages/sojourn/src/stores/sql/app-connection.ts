import { type Duration, durationToMs } from "../../domain/duration.ts";
import { SojournError } from "../../domain/errors.ts";
import type { Store } from "../../ports/session-store.ts";
import type { Repeatable } from "../retry.ts";
import { storeFailure } from "../store-failure.ts";
import { openTables, type SqlDialect, type SqlStoreOptions } from "./account-tables.ts";
import type { SqlExecutor } from "./executor.ts";
import type { Migration } from "./migrations.ts";
import { numberParameters, postgresDialect } from "./postgres/dialect.ts";
import { judgeFailure } from "./postgres/failures.ts";
import * as postgres from "./postgres/migrate.ts";
import { RemoteDriver, withDeadline } from "./remote-driver.ts";
import { sqliteDialect } from "./sqlite/dialect.ts";
import * as sqlite from "./sqlite/migrate.ts";

/** What a store on the connection of an app's ORM can be told. */
export interface AppConnectionOptions extends SqlStoreOptions {
  /** The database behind the connection. */
  readonly dialect: AppDialect;
  /** How long a statement may take before it counts as failed. Default `"5s"`. */
  readonly timeout?: Duration;
}

/** A database that can be behind an app's connection. */
export type AppDialect = "sqlite" | "postgres";

/** What has to be known of a database. */
interface Speech {
  readonly dialect: SqlDialect;
  /** Puts the parameters of a statement, `?` by position, into the database's own form. */
  readonly translate: (text: string) => string;
  readonly migrate: (executor: SqlExecutor) => Promise<void>;
  readonly pendingSteps: (executor: SqlExecutor) => Promise<readonly Migration[]>;
  readonly judge: (error: unknown) => Repeatable;
}

const speeches: Readonly<Record<AppDialect, Speech>> = {
  sqlite: {
    dialect: sqliteDialect,
    translate: (text) => text,
    migrate: sqlite.migrate,
    pendingSteps: sqlite.pendingSteps,
    // Who finds the file locked has waited for it already.
    judge: () => "never",
  },
  postgres: {
    dialect: postgresDialect,
    translate: numberParameters,
    migrate: postgres.migrate,
    pendingSteps: postgres.pendingSteps,
    judge: judgeFailure,
  },
};

const defaultTimeout = "5s";
/** How long one statement may take that makes tables, with the waiting for another node that does so, in ms. */
const migrationTimeout = 60_000;

/**
 * A store on a connection that belongs to the app: it stays open on `close()`. Nothing listens on it; ends are found
 * by asking.
 *
 * @param executor runs statements on it. Its errors carry the `code` of the database or the driver.
 * @param translate puts parameters into the executor's form. Default: the database's own.
 * @throws {SojournError} `config_invalid`.
 */
export function openOnAppConnection(
  executor: SqlExecutor,
  options: AppConnectionOptions,
  translate?: (text: string) => string,
): Store {
  const speech = speechOf(options.dialect);
  const timeout = timeoutOf(options);
  const migrating: SqlExecutor = {
    run: (text, values, wanted = "rows") =>
      withDeadline(executor.run(text, values, wanted), wanted === "rows" ? timeout : migrationTimeout),
  };
  const driver = new RemoteDriver({
    executor,
    translate: translate ?? speech.translate,
    migrate: () => speech.migrate(migrating),
    judge: speech.judge,
    timeout,
  });
  return {
    ...openTables(driver, options, speech.dialect),
    migrate: () => driver.ready(),
    async pendingSteps() {
      try {
        return await speech.pendingSteps(migrating);
      } catch (error) {
        throw storeFailure(error);
      }
    },
    close: () => driver.close(),
  };
}

/** How long a statement may take, in ms. @throws {SojournError} `config_invalid`. */
export function timeoutOf({ timeout = defaultTimeout }: AppConnectionOptions): number {
  return durationToMs(timeout, "timeout");
}

function speechOf(dialect: AppDialect): Speech {
  if (Object.hasOwn(speeches, dialect)) return speeches[dialect];
  const known = Object.keys(speeches).map((name) => JSON.stringify(name));
  throw new SojournError("config_invalid", { detail: `dialect must be one of ${known.join(", ")}.` });
}
