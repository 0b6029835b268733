import { invalidOption } from "../../domain/options.ts";
import { type MaybePromise, andThen } from "../../domain/maybe-promise.ts";
import type { BaseUser } from "../../domain/principal.ts";
import type { UserDirectory } from "../../ports/user-directory.ts";
import type { SqlDriver, SqlQuery, SqlRow, SqlValue } from "./driver.ts";

/** A table of the app's own users in the same database. Sojourn reads it and never writes to it. */
export interface UserTable {
  /** Its name, with the schema before it where it is not found without: `auth.users`. */
  readonly table: string;
  /** The column with the id. Default `id`. */
  readonly id?: string;
  /** What that column is made of. Default `text`. Elsewhere in Sojourn an id is a text. */
  readonly idType?: "text" | "uuid" | "integer";
  /**
   * The fields of the user that sessions are read with, and the column of each: `{ email: "email_address" }`.
   * Values are as the driver gives them; the id is a text.
   */
  readonly columns: Readonly<Record<string, string>>;
  /** Tells, by those fields, who may not be signed in. Default: nobody. */
  readonly isDisabled?: (user: Readonly<Record<string, unknown>>) => boolean;
}

/** What differs between databases in reading such a table: the id of a session's user as the column has it. */
export type CastId = (expression: string, idType: NonNullable<UserTable["idType"]>) => string;

/** Where `find` gets the user of a session from. */
export interface UserJoin {
  /** The columns of the user, the id first, each under a name that no column of a session has. */
  readonly columns: string;
  /** The joined table, as `u`. */
  readonly join: string;
  /** Reads the user from the columns that begin at `at`; null if the join found none. */
  read(row: SqlRow, at: number): BaseUser | null;
}

/** Makes the join of an app's own table. @throws {SojournError} `config_invalid`. */
export function joinUserTable(users: UserTable, cast: CastId): UserJoin {
  const { names, id, table, idType } = partsOf(users);
  const columns = [id, ...names.map(([, column]) => column)];
  return {
    columns: columns.map((column, at) => `u.${column} AS user_${at}`).join(", "),
    join: `LEFT JOIN ${table} AS u ON u.${id} = ${cast("s.user_id", idType)}`,
    read: (row, at) => readMapped(users, row, at),
  };
}

/** An app's own table as a directory, for those who are read without a session. */
export class UserTableDirectory implements UserDirectory {
  readonly #users: UserTable;
  readonly #find: SqlQuery;

  constructor(driver: SqlDriver, users: UserTable, cast: CastId) {
    const { names, id, table, idType } = partsOf(users);
    const columns = [id, ...names.map(([, column]) => column)];
    const selected = columns.map((column, at) => `u.${column} AS user_${at}`).join(", ");
    this.#users = users;
    this.#find = driver.query(`SELECT ${selected} FROM ${table} AS u WHERE u.${id} = ${cast("?", idType)}`);
  }

  findById(userId: string): MaybePromise<BaseUser | null> {
    return andThen(this.#find.first(userId), (row) =>
      row === undefined ? null : readMapped(this.#users, row, 0),
    );
  }
}

function readMapped(users: UserTable, row: SqlRow, at: number): BaseUser | null {
  const id: SqlValue | undefined = row[at];
  if (id === null || id === undefined) return null;
  const fields = Object.keys(users.columns).map((name, n) => [name, row[at + 1 + n]] as const);
  const user: BaseUser & Record<string, unknown> = { ...Object.fromEntries<unknown>(fields), id: String(id) };
  return users.isDisabled?.(user) === true ? { ...user, status: "disabled" } : user;
}

function partsOf(users: UserTable): {
  readonly table: string;
  readonly id: string;
  readonly idType: NonNullable<UserTable["idType"]>;
  readonly names: readonly (readonly [string, string])[];
} {
  const names = Object.entries(users.columns).map(([field, column]) => [field, quoted(column)] as const);
  if (names.some(([field]) => field === "id"))
    throw invalidOption("users.columns must not name the id; that is users.id.");
  return {
    table: users.table.split(".").map(quoted).join("."),
    id: quoted(users.id ?? "id"),
    idType: users.idType ?? "text",
    names,
  };
}

/** A name of the app's, quoted. Characters that could end the quotes, or pass for a parameter, are in no sane name. */
function quoted(name: string): string {
  if (typeof name === "string" && /^[^"?\0]+$/.test(name)) return `"${name}"`;
  throw invalidOption(`users: ${JSON.stringify(name)} is no name of a table or column.`);
}
