import type { SqlExecutor, SqlResult } from "../sql/executor.ts";
import { positionalRows } from "../sql/positional-rows.ts";

/** A Drizzle database (0.40 or later), whatever its driver. */
export type DrizzleDatabase = DrizzlePostgres | DrizzleSqlite;

/** What is needed of one for PostgreSQL. */
export interface DrizzlePostgres {
  execute(query: never): PromiseLike<unknown>;
}

/** What is needed of one for SQLite. */
export interface DrizzleSqlite {
  /** Rows as arrays. */
  values(query: never): unknown;
  run(query: never): unknown;
}

/** Drizzle's `sql`. */
interface SqlTag {
  (parts: TemplateStringsArray, ...values: readonly unknown[]): unknown;
  raw(text: string): unknown;
}

/** What the drivers answer: the rows themselves with a count, or both in an object. */
interface Answer {
  readonly rows?: readonly unknown[];
  readonly count?: number;
  readonly rowCount?: number | null;
  readonly changes?: number;
}

/** Runs statements, their parameters as `?`, over the app's Drizzle. */
export function executorOn(db: DrizzleDatabase): SqlExecutor {
  const partsOf = new Map<string, TemplateStringsArray>();
  let sql: SqlTag | null = null;

  const queryOf = (tag: SqlTag, text: string, values: readonly unknown[]): never => {
    // Without values it may be a script, in which a question mark is no parameter.
    if (values.length === 0) return tag.raw(text) as never;
    const parts = partsOf.get(text) ?? templateOf(text);
    partsOf.set(text, parts);
    return tag(parts, ...values) as never;
  };

  return {
    async run(text, values, wanted = "rows") {
      // The copy that the app has loaded already.
      sql ??= ((await import("drizzle-orm/sql")) as { readonly sql: SqlTag }).sql;
      const query = queryOf(sql, text, values);
      try {
        if ("execute" in db) return resultOf(await db.execute(query));
        return resultOf(await (wanted === "rows" ? db.values(query) : db.run(query)));
      } catch (error) {
        throw driverFailure(error);
      }
    },
  };
}

function templateOf(text: string): TemplateStringsArray {
  const parts = text.split("?");
  return Object.assign(parts, { raw: parts });
}

function resultOf(answer: unknown): SqlResult {
  const { rows, count, rowCount, changes } = answer as Answer;
  return {
    rows: positionalRows(Array.isArray(answer) ? answer : (rows ?? [])),
    changed: count ?? rowCount ?? changes ?? 0,
  };
}

/** Drizzle wraps the driver's failure in one whose message has all parameters in it: hashes, addresses. They go no further. */
function driverFailure(error: unknown): unknown {
  return (error as { readonly cause?: unknown } | null)?.cause ?? error;
}
