import type { DataDeclarations, DataValidator } from "./domain/data-schema.ts";
import { SojournError } from "./domain/errors.ts";
import type { JsonValue, SessionData } from "./domain/session.ts";
import type { Challenges } from "./http/challenges.ts";
import type { AuthState, RequestAuthenticator } from "./http/request-authenticator.ts";
import { type HeaderSource, requestHeaders } from "./http/request-headers.ts";
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";
import type { SessionStore } from "./ports/session-store.ts";
import { DeclaredData } from "./session/declared-data.ts";
import { FlashMessages } from "./session/flash-messages.ts";
import { held, isOver, KeptData } from "./session/kept-data.ts";
import { checkDataKey, checkDataValue } from "./session/session-data.ts";
import type { SessionManager, StoredSession } from "./session/session-manager.ts";
import { knownState } from "./http/known-state.ts";

/** A request, for the session of its sender; or a sid, which must not come from a client. */
export type SessionTarget = HeaderSource | string;

type Values = Readonly<Record<string, unknown>>;

/** What the contents of sessions are made of. */
export interface SessionContentsParts {
  readonly store: SessionStore | null;
  readonly sessions: SessionManager;
  readonly authenticator: RequestAuthenticator;
  readonly challenges: Challenges;
  readonly clock: Clock;
  readonly random: Random;
}

/** What apps keep in sessions, and whose session it is. It loads when it is first asked for. */
export class SessionContents {
  readonly #kept: KeptData;
  readonly #declared: DeclaredData;
  readonly #flash: FlashMessages;
  readonly #parts: SessionContentsParts;

  /** @throws {SojournError} `strategy_unsupported` where sessions are only in tokens. */
  constructor(parts: SessionContentsParts, declared: DataDeclarations | null, message: DataValidator | null) {
    const { store, clock, random } = parts;
    if (store === null) {
      throw new SojournError("strategy_unsupported", {
        detail:
          "Sessions that are only in tokens are kept nowhere, nor is their data. Give createAuth a store.",
      });
    }
    const kept = new KeptData({ ...parts, store });
    this.#parts = parts;
    this.#kept = kept;
    this.#declared = new DeclaredData(kept, declared);
    this.#flash = new FlashMessages({ kept, schema: message, clock, random });
  }

  /** One value; undefined where there is none to be read. */
  async get(target: SessionTarget, key: string): Promise<unknown> {
    this.#declared.check(key);
    const sid = await this.#reader(target);
    return sid === null ? undefined : this.#declared.get(sid, key);
  }

  /** All values that there are to be read. */
  async all(target: SessionTarget): Promise<Values> {
    const sid = await this.#reader(target);
    return sid === null ? {} : this.#declared.all(sid);
  }

  /** Sets one value, once it is known to be one: what is refused costs no store anything. */
  async set(target: SessionTarget, key: string, value: unknown): Promise<void> {
    const accepted = await this.#declared.accept(key, value);
    await this.#kept.set(await this.#writer(target), key, accepted);
  }

  /** Removes one value. */
  async delete(target: SessionTarget, key: string): Promise<void> {
    this.#declared.check(key);
    await this.#kept.delete(await this.#writer(target), key);
  }

  /** Reads one value and removes it. */
  async take(target: SessionTarget, key: string): Promise<unknown> {
    this.#declared.check(key);
    const sid = await this.#reader(target);
    return sid === null ? undefined : this.#declared.take(sid, key);
  }

  /** One value as it lies there. */
  async getRaw(sid: string, key: string): Promise<JsonValue | undefined> {
    checkDataKey(key);
    return held(await this.#kept.of(sid), key);
  }

  /** Sets one value that no schema has seen. */
  async setRaw(sid: string, key: string, value: JsonValue): Promise<void> {
    checkDataKey(key);
    checkDataValue(value);
    await this.#kept.set(sid, key, value);
  }

  /** Removes one value, be it declared or not. */
  async deleteRaw(sid: string, key: string): Promise<void> {
    checkDataKey(key);
    await this.#kept.delete(sid, key);
  }

  /** Adds a flash message. */
  async addMessage(target: SessionTarget, message: unknown): Promise<void> {
    const accepted = await this.#flash.accept(message);
    await this.#flash.add(await this.#writer(target), accepted);
  }

  /** Takes the flash messages that wait. */
  async takeMessages(target: SessionTarget): Promise<readonly unknown[]> {
    const sid = await this.#reader(target);
    return sid === null ? [] : this.#flash.take(sid);
  }

  /** What of a session's data its client may know. */
  async exposed(sid: string): Promise<SessionData> {
    return this.#declared.exposed(sid);
  }

  /** A session in whatever state, with what of its data passes; or null. */
  async stored(sid: string): Promise<StoredSession | null> {
    const session = await this.#parts.sessions.get(sid);
    return session && { ...session, data: (await this.#declared.pass(session.data)) as SessionData };
  }

  /** Whose data is read; null for a request without a live session. @throws {SojournError} `store_unavailable`. */
  async #reader(target: SessionTarget): Promise<string | null> {
    if (typeof target === "string") return target;
    const state = await this.#sender(target);
    return state.status === "active" ? state.session.sid : null;
  }

  /** Whose data changes. @throws {SojournError} `unauthenticated`, `session_ended`, `store_unavailable`. */
  async #writer(target: SessionTarget): Promise<string> {
    const { challenges, sessions } = this.#parts;
    if (typeof target === "string") {
      const reason = await sessions.endReason(target);
      if (reason === null) return target;
      throw isOver(reason);
    }
    const state = await this.#sender(target);
    if (state.status === "active") return state.session.sid;
    throw state.status === "ended" ? challenges.ended(state) : new SojournError("unauthenticated");
  }

  async #sender(request: HeaderSource): Promise<Exclude<AuthState, { status: "unavailable" }>> {
    return knownState(await this.#parts.authenticator.authenticate(requestHeaders(request, null), false));
  }
}
