import { SojournError } from "../domain/errors.ts";
import { endOf } from "../domain/evaluate.ts";
import type { JsonValue } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { SessionStore } from "../ports/session-store.ts";
import { checkDataKey, checkDataValue, dataTooLarge, mostDataBytes } from "./session-data.ts";
import type { StoredLifetimes } from "./stored-lifetimes.ts";

/** What an app keeps in its sessions, key by key. */
export class SessionDataKeeper {
  readonly #store: () => SessionStore;
  readonly #lifetimes: StoredLifetimes;
  readonly #clock: Clock;

  /** @param store throws where there is none. */
  constructor(store: () => SessionStore, lifetimes: StoredLifetimes, clock: Clock) {
    this.#store = store;
    this.#lifetimes = lifetimes;
    this.#clock = clock;
  }

  /** @returns the value, or undefined where there is none or no live session. */
  async get(sid: string, key: string): Promise<JsonValue | undefined> {
    checkDataKey(key);
    const found = await this.#store().find(sid);
    if (found === null || endOf(found.record, await this.#lifetimes.of(found), this.#clock.now()) !== null)
      return undefined;
    return Object.hasOwn(found.record.data, key) ? found.record.data[key] : undefined;
  }

  /** Sets one key; parallel requests that set different keys lose nothing. @throws {SojournError} `data_too_large`, `session_ended`. */
  async set(sid: string, key: string, value: JsonValue): Promise<void> {
    checkDataKey(key);
    checkDataValue(value);
    const result = await this.#store().setData(sid, key, value, this.#clock.now(), mostDataBytes);
    if (result === "too_large") throw dataTooLarge();
    if (result === "gone") throw new SojournError("session_ended");
  }

  /** @throws {SojournError} `session_ended`. */
  async delete(sid: string, key: string): Promise<void> {
    checkDataKey(key);
    if (!(await this.#store().deleteData(sid, key, this.#clock.now())))
      throw new SojournError("session_ended");
  }
}
