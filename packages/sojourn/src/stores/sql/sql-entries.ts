import { andThen, type MaybePromise } from "../../domain/maybe-promise.ts";
import type { Entry, EntryPage, EntryStore } from "../../ports/entry-store.ts";
import type { SqlCommand, SqlDriver, SqlQuery, SqlRow } from "./driver.ts";
import type { EntryStatements } from "./statements.ts";
import { wholeTexts } from "./whole-text.ts";

/** Greater than every key, since none is as long: so that one comparison, by an index, begins each page. */
const beyondAllKeys = "\u{10FFFF}".repeat(256);

/** Small records in any SQL database. */
export class SqlEntries implements EntryStore {
  readonly #add: SqlCommand;
  readonly #renew: SqlCommand;
  readonly #get: SqlQuery;
  readonly #replace: SqlCommand;
  readonly #take: SqlQuery;
  readonly #list: SqlQuery;
  readonly #listOwned: SqlQuery;
  readonly #removeOwned: SqlCommand;
  readonly #deleteExpired: SqlCommand;

  constructor(driver: SqlDriver, statements: EntryStatements) {
    this.#add = driver.command(statements.add);
    this.#renew = driver.command(statements.renew);
    this.#get = driver.query(statements.get);
    this.#replace = driver.command(statements.replace);
    this.#take = driver.query(statements.take);
    this.#list = driver.query(statements.list);
    this.#listOwned = driver.query(statements.listOwned);
    this.#removeOwned = driver.command(statements.removeOwned);
    this.#deleteExpired = driver.command(statements.deleteExpired);
  }

  add(entry: Omit<Entry, "version">, now: number): MaybePromise<boolean> {
    const { space, key, owner, expiresAt } = entry;
    const value = JSON.stringify(entry.value);
    wholeTexts([key, owner]);
    const insert = (): MaybePromise<number> => this.#add.run(space, key, owner, value, expiresAt);
    return andThen(insert(), (added) => {
      if (added > 0) return true;
      return andThen(this.#renew.run(owner, value, expiresAt, space, key, now), (renewed) => {
        // What stood in the way is alive; or it was over, and has been cleaned away since.
        return renewed > 0 || andThen(insert(), (late) => late > 0);
      });
    });
  }

  get(space: string, key: string, now: number): MaybePromise<Entry | null> {
    return andThen(this.#get.first(space, key, now), (row) =>
      row === undefined ? null : readEntry(space, row),
    );
  }

  replace(
    space: string,
    key: string,
    version: number,
    { value, expiresAt }: Pick<Entry, "value" | "expiresAt">,
    now: number,
  ): MaybePromise<boolean> {
    const json = JSON.stringify(value);
    return andThen(this.#replace.run(json, expiresAt, space, key, version, now), (replaced) => replaced > 0);
  }

  take(space: string, key: string, now: number): MaybePromise<Entry | null> {
    return andThen(this.#take.all(space, key, now), ([row]) =>
      row === undefined ? null : readEntry(space, row),
    );
  }

  list(
    space: string,
    owner: string | null,
    now: number,
    { limit, after }: EntryPage,
  ): MaybePromise<readonly Entry[]> {
    const before = after ?? beyondAllKeys;
    const rows =
      owner === null
        ? this.#list.all(space, now, before, limit)
        : this.#listOwned.all(space, owner, now, before, limit);
    return andThen(rows, (found) => found.map((row) => readEntry(space, row)));
  }

  removeOwned(space: string, owner: string): MaybePromise<number> {
    return this.#removeOwned.run(space, owner);
  }

  deleteExpired(before: number, limit: number): MaybePromise<number> {
    return this.#deleteExpired.run(before, limit);
  }
}

type Text = string | Uint8Array;

function readEntry(space: string, row: SqlRow): Entry {
  const [key, owner, value, version, expiresAt] = row as unknown as readonly [
    Text,
    Text | null,
    string,
    number,
    number | null,
  ];
  return {
    space,
    key: textOf(key),
    owner: owner === null ? null : textOf(owner),
    value: JSON.parse(value) as Entry["value"],
    version,
    expiresAt,
  };
}

/** A database whose texts have no order of bytes keeps keys as bytes. */
function textOf(text: Text): string {
  return typeof text === "string" ? text : Buffer.from(text).toString();
}
