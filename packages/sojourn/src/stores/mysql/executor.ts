import { clearTimeout, setTimeout as after } from "node:timers";
import type { SqlRow, SqlValue } from "../sql/driver.ts";
import type { SqlExecutor, SqlResult } from "../sql/executor.ts";
import { isDuplicate, leavesConnection, noteUndone } from "./failures.ts";
import { type MysqlConnection, type MysqlPool, queryOf } from "./pool.ts";
import { lazyToken, type PreparedStep, stepsOf, valuesFor } from "./script.ts";

/** What mysql2 says of a statement that gives no rows. */
interface Header {
  readonly affectedRows: number;
  /** "Rows matched: 1  Changed: 0  Warnings: 0", or the same in the server's language. */
  readonly info?: string;
}

interface StepResult {
  readonly rows: readonly SqlRow[];
  /** Null for a step that only reads. */
  readonly changed: number | null;
}

/** Runs statements, of one step or several, on a pool of MySQL connections. */
export class MysqlExecutor implements SqlExecutor {
  readonly #pool: () => Promise<MysqlPool>;
  readonly #timeout: number;
  readonly #scripts = new Map<string, readonly PreparedStep[]>();

  /** @param timeout how long a statement may take with all its steps, in ms. */
  constructor(pool: () => Promise<MysqlPool>, timeout: number) {
    this.#pool = pool;
    this.#timeout = timeout;
  }

  run(text: string, parameters: readonly SqlValue[]): Promise<SqlResult> {
    const steps = this.#stepsOf(text).filter(
      ({ unlessNull }) => unlessNull === undefined || parameters[unlessNull - 1] !== null,
    );
    const [only] = steps;
    const isAlone = steps.length === 1 && only !== undefined && only.readCommitted !== true;
    return this.withConnection(this.#timeout, async (connection) => {
      if (!isAlone) return runTogether(connection, steps, parameters);
      const { rows, changed } = await runStep(connection, only, parameters, lazyToken());
      return { rows, changed: changed ?? 0 };
    });
  }

  /**
   * Lends a connection. One that takes too long is ended, so that it neither stays lent for ever nor comes
   * back in the middle of something.
   *
   * @param timeout in ms, with the waiting for a connection.
   */
  async withConnection<Result>(
    timeout: number,
    use: (connection: MysqlConnection) => Promise<Result>,
  ): Promise<Result> {
    let lent: MysqlConnection | null = null;
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = after(() => {
        isLate = true;
        lent?.destroy();
        reject(new Error(`The database did not answer within ${timeout} ms.`));
      }, timeout);
    });
    const work = async (): Promise<Result> => {
      const connection = await this.#connect();
      lent = connection;
      if (!isLate) return giveBack(connection, use(connection));
      // Nobody waits any more: what is not begun must not be done.
      connection.release();
      return deadline;
    };
    try {
      return await Promise.race([work(), deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #connect(): Promise<MysqlConnection> {
    const pool = await this.#pool();
    try {
      return await pool.getConnection();
    } catch (error) {
      noteUndone(error);
      throw error;
    }
  }

  #stepsOf(text: string): readonly PreparedStep[] {
    const known = this.#scripts.get(text);
    if (known !== undefined) return known;
    const steps = stepsOf(text);
    this.#scripts.set(text, steps);
    return steps;
  }
}

/** Gives a connection back when the work on it is over, or ends it where it would be of no more use. */
async function giveBack<Result>(connection: MysqlConnection, work: Promise<Result>): Promise<Result> {
  try {
    const result = await work;
    connection.release();
    return result;
  } catch (error) {
    if (leavesConnection(error)) connection.release();
    else connection.destroy();
    throw error;
  }
}

/** All steps in one transaction: the rows of the last that gives some, the changes of the first that writes. */
async function runTogether(
  connection: MysqlConnection,
  steps: readonly PreparedStep[],
  parameters: readonly SqlValue[],
): Promise<SqlResult> {
  const token = lazyToken();
  let rows: readonly SqlRow[] = [];
  let changed: number | null = null;
  try {
    // Of the next transaction only: a pool that is passed in keeps its own ways.
    await connection.query(queryOf("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"));
    await connection.query(queryOf("START TRANSACTION"));
    for (const step of steps) {
      const result = await runStep(connection, step, parameters, token);
      if (result.changed === null) rows = result.rows;
      else changed ??= result.changed;
      if ((result.changed ?? result.rows.length) > 0) continue;
      if (step.ifNothing === "fail") throw new Error(`A step reached nothing: ${step.sql}`);
      if (step.ifNothing === "stop") break;
    }
  } catch (error) {
    // Without a commit nothing stays, whether the server is still told so or finds the connection gone.
    noteUndone(error);
    if (leavesConnection(error)) await connection.query(queryOf("ROLLBACK"));
    throw error;
  }
  await connection.query(queryOf("COMMIT"));
  return { rows, changed: changed ?? 0 };
}

async function runStep(
  connection: MysqlConnection,
  step: PreparedStep,
  parameters: readonly SqlValue[],
  token: () => Uint8Array,
): Promise<StepResult> {
  try {
    const [result] = await connection.execute(queryOf(step.sql, valuesFor(step, parameters, token)));
    return Array.isArray(result)
      ? { rows: result as SqlRow[], changed: null }
      : { rows: [], changed: changedBy(result as Header) };
  } catch (error) {
    if (isDuplicate(error)) return { rows: [], changed: 0 };
    throw error;
  }
}

/**
 * How many rows a step reached, whether or not they were different before. The number of affected rows
 * leaves out those that were not, if a pool is told so; the sentence beside it names them first.
 */
function changedBy({ affectedRows, info }: Header): number {
  const reached = /\d+/.exec(info ?? "")?.[0];
  return reached === undefined ? affectedRows : Number(reached);
}
