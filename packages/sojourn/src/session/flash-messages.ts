import type { DataValidator } from "../domain/data-schema.ts";
import { isSojournError } from "../domain/errors.ts";
import { dataLimits } from "../domain/policy/data-limits.ts";
import type { JsonValue } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { KeptData } from "./kept-data.ts";
import { acceptValue, readValue } from "./validated-value.ts";

/** No key of an app's has a slash, so that none is taken for a message. */
const prefix = "flash/";

/** Whether a key of session data is a flash message. */
export function isFlashKey(key: string): boolean {
  return key.startsWith(prefix);
}

/** What flash messages take. */
export interface FlashParts {
  readonly kept: KeptData;
  /** Null for any JSON. */
  readonly schema: DataValidator | null;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Messages that wait in a session to be shown once, such as "Saved." after a redirect. Each has a key of its own, so
 * that messages that are added at once do not overwrite each other, and each is taken by one request alone.
 */
export class FlashMessages {
  readonly #parts: FlashParts;
  readonly #schema: DataValidator;
  #added = 0;

  constructor(parts: FlashParts) {
    this.#parts = parts;
    this.#schema = parts.schema ?? ((value) => value);
  }

  /** What would be kept of a message. Asks no store. @throws {SojournError} `invalid_input`, `data_too_large`. */
  async accept(message: unknown): Promise<JsonValue> {
    return acceptValue("A flash message", this.#schema, message, dataLimits.messageBytes);
  }

  /**
   * Adds a message, and drops the oldest where too many wait.
   *
   * @param message what `accept` gave.
   * @throws {SojournError} `data_too_large`, `session_ended`.
   */
  async add(sid: string, message: JsonValue): Promise<void> {
    const { kept } = this.#parts;
    await kept.set(sid, this.#nextKey(), message);
    // Looked at afterwards: of those who add at once the last one sees them all.
    const waiting = await this.#waiting(sid);
    for (const key of waiting.slice(0, -dataLimits.messages)) await kept.take(sid, key);
  }

  /** The messages that wait, the oldest first, each of which is given to one call alone. */
  async take(sid: string): Promise<readonly unknown[]> {
    const taken: JsonValue[] = [];
    for (const key of await this.#waiting(sid)) {
      try {
        const message = await this.#parts.kept.take(sid, key);
        if (message !== undefined) taken.push(message);
      } catch (error) {
        // What is taken already must be shown, or nobody ever sees it. The rest waits for the next request.
        if (taken.length === 0 || !isSojournError(error, "store_unavailable")) throw error;
        break;
      }
    }
    const read = await Promise.all(taken.map(async (message) => readValue(this.#schema, message)));
    return read.filter((message) => message !== undefined);
  }

  async #waiting(sid: string): Promise<readonly string[]> {
    return Object.keys(await this.#parts.kept.of(sid))
      .filter(isFlashKey)
      .toSorted();
  }

  /** Keys sort by when they were made, and no two processes make the same. */
  #nextKey(): string {
    const { clock, random } = this.#parts;
    this.#added = (this.#added + 1) % 36 ** 4;
    const at = clock.now().toString(36).padStart(9, "0");
    const nth = this.#added.toString(36).padStart(4, "0");
    return `${prefix}${at}${nth}${Buffer.from(random.bytes(6)).toString("hex")}`;
  }
}
