import { withRetries } from "../retry.ts";
import { storeFailure } from "../store-failure.ts";
import type { Connection } from "./connection.ts";
import type { Deadline } from "./deadline.ts";
import { isUnknownScript, repeatable } from "./failure.ts";
import type { Script } from "./script.ts";

/**
 * Runs commands and scripts: within their time, again where that does no harm, and with one kind of
 * failure. Everything rejects with SojournError `store_unavailable`.
 */
export class Commands {
  readonly #connection: Connection;
  readonly #deadline: Deadline;

  constructor(connection: Connection, deadline: Deadline) {
    this.#connection = connection;
    this.#deadline = deadline;
  }

  /**
   * Sends a command that only reads, and makes of the answer what is asked for. The hot path.
   *
   * @param read throws nothing but a SojournError.
   */
  read<Result>(key: string, command: readonly string[], read: (answer: unknown) => Result): Promise<Result> {
    return this.#deadline.reading(this.#connection.send(key, command), read, async (error) => {
      if (repeatable(error) === "never") throw storeFailure(error);
      return read(await this.#repeat(() => this.#send(key, command), true));
    });
  }

  /** Sends a command that writes. */
  write(key: string, command: readonly string[]): Promise<unknown> {
    return this.#repeat(() => this.#send(key, command), false);
  }

  /** Runs a script, which happens wholly or not at all. @param safe whether running it twice does no more than once. */
  run(
    script: Script,
    keys: readonly [string, ...string[]],
    parameters: readonly (string | number)[],
    safe: boolean,
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...parameters.map(String)];
    return this.#repeat(async () => {
      try {
        return await this.#send(keys[0], ["EVALSHA", script.sha, ...rest]);
      } catch (error) {
        if (!isUnknownScript(error)) throw error;
        return await this.#send(keys[0], ["EVAL", script.text, ...rest]);
      }
    }, safe);
  }

  #send(key: string, command: readonly string[]): Promise<unknown> {
    return this.#deadline.within(this.#connection.send(key, command));
  }

  async #repeat(call: () => Promise<unknown>, safe: boolean): Promise<unknown> {
    try {
      return await withRetries(call, safe, repeatable);
    } catch (error) {
      throw storeFailure(error);
    }
  }
}
