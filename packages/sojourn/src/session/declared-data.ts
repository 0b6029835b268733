import { type DataDeclarations, type DataKeyOptions, isValidator } from "../domain/data-schema.ts";
import { SojournError } from "../domain/errors.ts";
import { dataLimits } from "../domain/policy/data-limits.ts";
import type { JsonValue, SessionData } from "../domain/session.ts";
import { isFlashKey } from "./flash-messages.ts";
import { held, type KeptData } from "./kept-data.ts";
import { checkDataKey, isJson } from "./session-data.ts";
import { acceptValue, readValue } from "./validated-value.ts";

/** Any key, where an app declares none. */
const anyJson: DataKeyOptions = { schema: (value) => value };

/** What an app keeps in its sessions, as it has declared it. */
export class DeclaredData {
  readonly #kept: KeptData;
  readonly #declared: DataDeclarations | null;
  readonly #exposed: readonly string[];

  /** @param declared null for any JSON under any key. */
  constructor(kept: KeptData, declared: DataDeclarations | null) {
    this.#kept = kept;
    this.#declared = declared;
    this.#exposed = exposedKeys(declared ?? {});
  }

  /** @returns undefined where there is none, no live session, or one from before its schema changed. */
  async get(sid: string, key: string): Promise<unknown> {
    const { schema } = this.#of(key);
    return readValue(schema, held(await this.#kept.of(sid), key));
  }

  /** All that a session holds and its schemas pass. */
  async all(sid: string): Promise<Readonly<Record<string, unknown>>> {
    return this.pass(await this.#kept.of(sid));
  }

  /** What of it the session's client may know. */
  async exposed(sid: string): Promise<SessionData> {
    const passed = await this.#passing(await this.#kept.of(sid), this.#exposed);
    return Object.fromEntries(passed.filter((one): one is [string, JsonValue] => isJson(one[1])));
  }

  /** What of stored data is declared and passes. */
  async pass(stored: SessionData): Promise<Readonly<Record<string, unknown>>> {
    const keys = Object.keys(this.#declared ?? stored).filter((key) => !isFlashKey(key));
    return Object.fromEntries(await this.#passing(stored, keys));
  }

  /**
   * What would be kept of a value. Asks no store.
   *
   * @throws {SojournError} `data_key_unknown`, `invalid_input` with the schema's issues, `data_too_large`.
   */
  async accept(key: string, value: unknown): Promise<JsonValue> {
    const { schema, maxBytes = dataLimits.valueBytes } = this.#of(key);
    return acceptValue(`The value of ${key}`, schema, value, maxBytes);
  }

  /** @throws {SojournError} `data_key_unknown`, and `invalid_input` for what can be no key. */
  check(key: string): void {
    this.#of(key);
  }

  /** Reads and removes: of any number of calls one gets the value. @returns as `get`. */
  async take(sid: string, key: string): Promise<unknown> {
    const { schema } = this.#of(key);
    // To find that nothing is there takes no writing.
    if (held(await this.#kept.of(sid), key) === undefined) return undefined;
    return readValue(schema, await this.#kept.take(sid, key));
  }

  async #passing(
    stored: SessionData,
    keys: readonly string[],
  ): Promise<readonly (readonly [string, unknown])[]> {
    const read = await Promise.all(
      keys.map(async (key) => [key, await readValue(this.#of(key).schema, held(stored, key))] as const),
    );
    return read.filter(([, value]) => value !== undefined);
  }

  #of(key: string): DataKeyOptions {
    if (this.#declared === null) {
      checkDataKey(key);
      return anyJson;
    }
    const declared = Object.hasOwn(this.#declared, key) ? this.#declared[key] : undefined;
    if (declared !== undefined) return optionsOf(declared);
    // Without the names of those there are: the key may have come from a client, and the answer go back to it.
    throw new SojournError("data_key_unknown", { detail: "session.data declares no key of this name." });
  }
}

function exposedKeys(declared: DataDeclarations): readonly string[] {
  return Object.keys(declared).filter((key) => optionsOf(declared[key] as DataKeyOptions).expose === true);
}

function optionsOf(declared: DataDeclarations[string]): DataKeyOptions {
  return isValidator(declared) ? { schema: declared } : declared;
}
