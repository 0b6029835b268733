import { type MysqlCallbackPool, type MysqlPool, openPool, type OwnPool } from "./pool.ts";

/** Where connections come from: the pool that was passed, or one that is made when first asked for. */
export class PoolSource {
  readonly #given: string | MysqlPool | MysqlCallbackPool;
  #own: Promise<OwnPool> | null = null;
  #closed = false;

  /** @param given a pool, or the connection string for one. */
  constructor(given: string | MysqlPool | MysqlCallbackPool) {
    this.#given = given;
  }

  async pool(): Promise<MysqlPool> {
    const given = this.#given;
    if (this.#closed) throw new Error("The store has been closed.");
    if (typeof given !== "string") return "promise" in given ? given.promise() : given;
    this.#own ??= openPool(given).catch((error: unknown) => {
      this.#own = null;
      throw error;
    });
    return this.#own;
  }

  /** Ends a pool that was made here. */
  async close(): Promise<void> {
    this.#closed = true;
    const own = this.#own;
    this.#own = null;
    await (await own)?.end();
  }
}
