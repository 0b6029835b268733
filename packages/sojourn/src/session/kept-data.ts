import { SojournError } from "../domain/errors.ts";
import { dataLimits } from "../domain/policy/data-limits.ts";
import type { EndReason, JsonValue, SessionData } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { SessionStore } from "../ports/session-store.ts";
import { dataTooLarge } from "./session-data.ts";
import type { SessionManager } from "./session-manager.ts";

/** What keeping takes. */
export interface KeptDataParts {
  readonly store: SessionStore;
  readonly sessions: Pick<SessionManager, "get" | "endReason">;
  readonly clock: Clock;
}

/** The data of sessions as the store has it, key by key. Who calls has judged the keys. */
export class KeptData {
  readonly #parts: KeptDataParts;

  constructor(parts: KeptDataParts) {
    this.#parts = parts;
  }

  /** All that a session holds; nothing where it is over. */
  async of(sid: string): Promise<SessionData> {
    const stored = await this.#parts.sessions.get(sid);
    return stored === null || stored.endReason !== null ? {} : stored.data;
  }

  /** @throws {SojournError} `data_too_large`, `session_ended`. */
  async set(sid: string, key: string, value: JsonValue): Promise<void> {
    const { store, clock } = this.#parts;
    const result = await store.setData(sid, key, value, clock.now(), dataLimits.totalBytes);
    if (result === "too_large") throw dataTooLarge();
    if (result === "gone") throw await this.#ended(sid);
  }

  /** @throws {SojournError} `session_ended`. */
  async delete(sid: string, key: string): Promise<void> {
    const { store, clock } = this.#parts;
    if (!(await store.deleteData(sid, key, clock.now()))) throw await this.#ended(sid);
  }

  /** Of any number of calls one gets the value. @returns undefined for all others, and where the session is over. */
  async take(sid: string, key: string): Promise<JsonValue | undefined> {
    return this.#parts.store.takeData(sid, key, this.#parts.clock.now());
  }

  async #ended(sid: string): Promise<SojournError> {
    return isOver((await this.#parts.sessions.endReason(sid)) ?? "revoked");
  }
}

/** The error for a session that is over. */
export function isOver(reason: EndReason): SojournError {
  return new SojournError("session_ended", { extra: { reason } });
}

/** What data holds under a key; undefined for what every object has. */
export function held(data: SessionData, key: string): JsonValue | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}
