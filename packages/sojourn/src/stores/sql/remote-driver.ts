import { clearTimeout, setTimeout as after } from "node:timers";
import type { SojournError } from "../../domain/errors.ts";
import { type Repeatable, withRetries } from "../retry.ts";
import { storeFailure } from "../store-failure.ts";
import type { SqlCommand, SqlDriver, SqlQuery, SqlRow, SqlValue } from "./driver.ts";
import type { SqlExecutor, SqlResult, Wanted } from "./executor.ts";

/** What a {@link RemoteDriver} is made of. */
export interface RemoteParts {
  readonly executor: SqlExecutor;
  /** Puts the parameters of a statement, `?` by position, into the executor's form. */
  translate(text: string): string;
  /** Brings the tables up to date. Called before the first statement, and again after it failed. */
  migrate(): Promise<void>;
  /** What a failure of the executor means for trying again. */
  judge(error: unknown): Repeatable;
  /** How long a statement may take, in ms. */
  readonly timeout: number;
}

/**
 * Runs statements on a database that is reached over a network: tried again where that is safe, given up
 * after a while where no answer comes, and with the tables made before the first.
 */
export class RemoteDriver implements SqlDriver {
  readonly #parts: RemoteParts;
  #ready: Promise<void> | null = null;
  #isReady = false;
  #closed = false;

  constructor(parts: RemoteParts) {
    this.#parts = parts;
  }

  query(text: string): SqlQuery {
    const translated = this.#parts.translate(text);
    return {
      first: async (...values) => (await this.#run(translated, values, "rows", true)).rows[0],
      all: async (...values): Promise<readonly SqlRow[]> =>
        (await this.#run(translated, values, "rows", false)).rows,
    };
  }

  command(text: string): SqlCommand {
    const translated = this.#parts.translate(text);
    return { run: async (...values) => (await this.#run(translated, values, "count", false)).changed };
  }

  /** Brings the tables up to date, once. @throws {SojournError} `store_unavailable`, `store_schema_newer`. */
  async ready(): Promise<void> {
    if (this.#closed) throw storeFailure(new Error("The store has been closed."));
    this.#ready ??= this.#parts.migrate().then(
      () => void (this.#isReady = !this.#closed),
      (error: unknown) => {
        this.#ready = null;
        throw storeFailure(error);
      },
    );
    return this.#ready;
  }

  /** Whatever is asked afterwards fails. */
  close(): void {
    this.#closed = true;
    this.#isReady = false;
    this.#ready = null;
  }

  async #run(text: string, values: readonly SqlValue[], wanted: Wanted, safe: boolean): Promise<SqlResult> {
    if (!this.#isReady) await this.ready();
    if (this.#closed) throw storeFailure(new Error("The store has been closed."));
    // No stored text has such a character, and a database that cannot hold it answers with an error.
    if (values.some((value) => typeof value === "string" && value.includes("\0"))) return nothing;
    const { executor, timeout } = this.#parts;
    const judge = (error: unknown): Repeatable => this.#parts.judge(error);
    try {
      return await withRetries(() => withDeadline(executor.run(text, values, wanted), timeout), safe, judge);
    } catch (error) {
      throw storeFailure(error);
    }
  }
}

const nothing: SqlResult = Object.freeze({ rows: [], changed: 0 });

/**
 * A database that does not answer must fail like one that is gone, or every request would hang with it.
 *
 * @throws {SojournError} `store_unavailable` after so many ms.
 */
export async function withDeadline<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = after(() => reject(tooLate(ms)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(ms: number): SojournError {
  return storeFailure(new Error(`The database did not answer within ${ms} ms.`));
}
