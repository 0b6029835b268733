import type { BaseUser } from "../domain/principal.ts";
import type { SessionData } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { SessionStore } from "../ports/session-store.ts";
import type { Presented, Strategy } from "../strategies/verification.ts";
import type { Callbacks } from "./callbacks.ts";
import type { EventLog, RequestContext } from "./event-log.ts";
import type { SessionManager } from "./session-manager.ts";
import type { StartedSession } from "./session-starter.ts";
import { bringOver } from "./session-successor.ts";

/** What carrying over takes. */
export interface UpgradeParts {
  readonly strategy: Strategy;
  /** Null where sessions are only in tokens: then there is the app's own to move, and nothing here. */
  readonly store: SessionStore | null;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly callbacks: Pick<Callbacks<BaseUser, object>, "upgraded">;
  readonly sessions: SessionManager;
}

/** A visitor who is about to sign in. */
export interface Visitor {
  readonly sid: string;
  readonly userId: string;
  /** What their session held when it was read. */
  readonly data: SessionData;
}

/**
 * What a visitor had before signing in goes along: the data of their session, and what the app keeps of theirs. The
 * visitor's session ends last, so that whatever fails before leaves them as they were.
 */
export class Upgrades {
  readonly #parts: UpgradeParts;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
  }

  /**
   * The visitor whose live session a request presents; null if it presents none. A credential that is enough to end a
   * session, such as a refresh token that was replaced, is not enough to get at what is in it.
   *
   * @throws {SojournError} `store_unavailable`.
   */
  async find(presented: Presented | null): Promise<Visitor | null> {
    if (presented === null || (presented.access === null && presented.refresh === null)) return null;
    const { strategy, clock } = this.#parts;
    const verification = await strategy.verifyAtStore(presented, clock.now());
    if (verification.status !== "verified") return null;
    const { sid, userId, kind } = verification.active.session;
    return kind === "anonymous" ? { sid, userId, data: verification.record?.data ?? {} } : null;
  }

  /**
   * Lets the app move what is its own, ends the visitor's session, and brings over what was still written to it.
   *
   * @param started a session that has the visitor's data from its beginning, and that nobody was given yet.
   * @throws what `callbacks.upgraded` throws. Then the new session is over, and the visitor's goes on.
   */
  async complete(visitor: Visitor, started: StartedSession, context: RequestContext): Promise<void> {
    const { callbacks, sessions, strategy, events } = this.#parts;
    const { session, user } = started;
    try {
      await callbacks.upgraded?.({ anonymousUserId: visitor.userId, user, session });
      if (strategy.stored) await sessions.revoke(visitor.sid, "superseded", context);
    } catch (error) {
      await this.#undo(session.sid, context);
      throw error;
    }
    await this.#bringOver(visitor, session.sid);
    events.emit({ type: "anonymous_upgraded", from: visitor.userId, to: user.id }, context);
  }

  /** Nobody will ever hold it. Where it cannot be ended either it is a row without a holder, and no more. */
  async #undo(sid: string, context: RequestContext): Promise<void> {
    const { sessions, strategy, events } = this.#parts;
    if (!strategy.stored) return;
    try {
      await sessions.revoke(sid, "superseded", context);
    } catch (error) {
      events.failure("sojourn: the session of a sign-in that failed could not be ended", error);
    }
  }

  async #bringOver({ sid, data }: Visitor, to: string): Promise<void> {
    const { store, clock, events } = this.#parts;
    if (store === null) return;
    try {
      await bringOver(sid, to, data, { store, clock });
    } catch (error) {
      // The visitor's session is over: to fail now would lose all of it, not only what came in the last moment.
      events.failure("sojourn: what a visitor did while signing in could not be brought over", error);
    }
  }
}
