import type { SqlCommand, SqlDriver, SqlQuery, SqlRow, SqlValue } from "../sql/driver.ts";
import { storeFailure } from "../store-failure.ts";
import { type RowShape, shapeRows, type SqliteDatabase, type SqliteStatement } from "./database.ts";

/**
 * Runs statements on one SQLite connection, at once and in this process. The connection is opened
 * and each statement prepared when first used, so that nothing is touched before it is needed.
 */
export class SqliteDriver implements SqlDriver {
  readonly #connect: () => SqliteDatabase;
  readonly #statements: LazyStatement[] = [];
  #database: SqliteDatabase | null = null;
  #closed = false;

  /** @param connect opens the database and brings its tables up to date; called again after it failed. */
  constructor(connect: () => SqliteDatabase) {
    this.#connect = connect;
  }

  query(text: string): SqlQuery {
    return this.#keep(new LazyQuery(() => this.connect().prepare(text)));
  }

  command(text: string): SqlCommand {
    return this.#keep(new LazyCommand(() => this.connect().prepare(text)));
  }

  /** The open database. @throws {SojournError} `store_unavailable` and what `connect` throws. */
  connect(): SqliteDatabase {
    try {
      if (this.#closed) throw new Error("The store has been closed.");
      this.#database ??= this.#connect();
      return this.#database;
    } catch (error) {
      throw storeFailure(error);
    }
  }

  /** Forgets the database and every statement; whatever is asked afterwards fails. */
  close(): void {
    this.#closed = true;
    this.#database = null;
    for (const statement of this.#statements) statement.forget();
  }

  #keep<Statement extends LazyStatement>(statement: Statement): Statement {
    this.#statements.push(statement);
    return statement;
  }
}

interface LazyStatement {
  forget(): void;
}

class LazyQuery implements SqlQuery, LazyStatement {
  readonly #prepare: () => SqliteStatement;
  #statement: SqliteStatement | null = null;
  #shape: RowShape = "array";

  constructor(prepare: () => SqliteStatement) {
    this.#prepare = prepare;
  }

  first(...parameters: SqlValue[]): SqlRow | undefined {
    try {
      const row = (this.#statement ?? this.#prepared()).get(...parameters);
      return this.#shape === "array" || row === undefined ? (row as SqlRow | undefined) : asArray(row);
    } catch (error) {
      throw storeFailure(error);
    }
  }

  all(...parameters: SqlValue[]): readonly SqlRow[] {
    try {
      const rows = (this.#statement ?? this.#prepared()).all(...parameters);
      return this.#shape === "array" ? (rows as SqlRow[]) : rows.map(asArray);
    } catch (error) {
      throw storeFailure(error);
    }
  }

  forget(): void {
    this.#statement = null;
  }

  #prepared(): SqliteStatement {
    const statement = this.#prepare();
    this.#shape = shapeRows(statement);
    this.#statement = statement;
    return statement;
  }
}

class LazyCommand implements SqlCommand, LazyStatement {
  readonly #prepare: () => SqliteStatement;
  #statement: SqliteStatement | null = null;

  constructor(prepare: () => SqliteStatement) {
    this.#prepare = prepare;
  }

  run(...parameters: SqlValue[]): number {
    try {
      this.#statement ??= this.#prepare();
      return Number(this.#statement.run(...parameters).changes);
    } catch (error) {
      throw storeFailure(error);
    }
  }

  forget(): void {
    this.#statement = null;
  }
}

/** Where a driver cannot give arrays. Every statement names its columns apart, so none hides another. */
function asArray(row: unknown): SqlRow {
  return Object.values(row as Record<string, SqlValue>);
}
