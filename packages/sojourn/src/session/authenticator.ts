import type { SessionClaims } from "../domain/claims.ts";
import { isSojournError } from "../domain/errors.ts";
import { subjectOf } from "../domain/events.ts";
import { endClearsCookie } from "../domain/evaluate.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { EndReason, Session } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type {
  ActiveSession,
  Ended,
  Presented,
  Strategy,
  Verification,
  Verified,
} from "../strategies/verification.ts";
import type { Callbacks } from "./callbacks.ts";
import type { EventLog, RequestContext } from "./event-log.ts";
import type { LastSeen } from "./last-seen.ts";

/** What a request's credentials mean. Exactly one of four. */
export type SessionState<User = BaseUser, Extra extends object = object> =
  | (Omit<ActiveSession<User>, "session"> & { readonly session: Session & Extra })
  /** Nobody is signed in. `clear` says that the browser holds something that will never be good again. */
  | { readonly status: "anonymous"; readonly clear: boolean }
  /** With `resumable`, it idled, and a new proof may take it up again. */
  | {
      readonly status: "ended";
      readonly reason: EndReason;
      readonly clear: boolean;
      readonly resumable?: true;
    }
  /** The store cannot be asked: nobody knows. Never treat this as signed out. */
  | { readonly status: "unavailable"; readonly retryAfter: number };

/** How to read. */
export interface ReadOptions {
  /** Ask the store whatever the strategy would do. */
  readonly authoritative: boolean;
  /** The request is no sign of the user: a poll, a prefetch. It does not slide the idle timeout. */
  readonly passive: boolean;
}

/** What an authenticator is made of. */
export interface AuthenticatorParts {
  readonly strategy: Strategy;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly lastSeen: LastSeen | null;
  readonly callbacks: Callbacks<BaseUser, object>;
  readonly touchInterval: number;
}

const anonymous: SessionState = Object.freeze({ status: "anonymous", clear: false });
const anonymousAndClear: SessionState = Object.freeze({ status: "anonymous", clear: true });

/** Tells who a request is from. Reads only; what it notes is written behind. */
export class Authenticator {
  readonly #parts: AuthenticatorParts;
  readonly #plain: boolean;

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
    const { session, jwt } = parts.callbacks;
    // Tokens carry the claims of callbacks.jwt; only the strategy without tokens asks for them at each read.
    this.#plain = session === undefined && (jwt === undefined || parts.strategy.name !== "stateful");
  }

  /** Synchronous where the strategy, the directory and the callbacks are. Does not throw when the store fails. */
  read(presented: Presented, context: RequestContext, options: ReadOptions): MaybePromise<SessionState> {
    const { strategy, clock } = this.#parts;
    const now = clock.now();
    try {
      const verification = options.authoritative
        ? strategy.verifyAtStore(presented, now)
        : strategy.verify(presented, now);
      const state = andThen(verification, (known) =>
        this.#isSeenSince(known)
          ? this.#afterWriting(presented, context, options, now)
          : this.#conclude(known, context, options, now),
      );
      return state instanceof Promise ? state.catch((error: unknown) => this.#outage(error, context)) : state;
    } catch (error) {
      return this.#outage(error, context);
    }
  }

  /** Whether a session is idle only because that its user was just seen has not been written yet. */
  #isSeenSince(verification: Verification): boolean {
    return (
      verification.status === "ended" &&
      verification.reason === "idle" &&
      this.#parts.lastSeen?.isWaiting(verification.sid) === true
    );
  }

  async #afterWriting(
    presented: Presented,
    context: RequestContext,
    options: ReadOptions,
    now: number,
  ): Promise<SessionState> {
    const { lastSeen, strategy } = this.#parts;
    await lastSeen?.flush();
    return this.#conclude(await strategy.verifyAtStore(presented, now), context, options, now);
  }

  #conclude(
    verification: Verification,
    context: RequestContext,
    options: ReadOptions,
    now: number,
  ): MaybePromise<SessionState> {
    const { events } = this.#parts;
    switch (verification.status) {
      case "none":
        return anonymous;
      case "invalid":
        events.emit({ type: "credential_invalid", code: verification.code }, context);
        return verification.keep ? anonymous : anonymousAndClear;
      case "ended":
        return this.#ended(verification, context, now);
      case "verified":
        return this.#active(verification, context, options, now);
    }
  }

  #active(
    verified: Verified,
    context: RequestContext,
    options: ReadOptions,
    now: number,
  ): MaybePromise<SessionState> {
    const { active } = verified;
    this.#note(verified, options.passive, now);
    return this.#plain ? active : this.#customise(active, context, now);
  }

  /** Lets the app's callbacks add to the session, and shorten it. */
  async #customise(active: ActiveSession, context: RequestContext, now: number): Promise<SessionState> {
    const { callbacks, strategy } = this.#parts;
    const { user } = active;
    let { session } = active;
    if (callbacks.jwt !== undefined && strategy.name === "stateful") {
      const plain = { sub: session.userId, sid: session.sid } satisfies Partial<SessionClaims>;
      const { exp, ...claims } = { ...(await callbacks.jwt({ claims: plain, user })) };
      session = {
        ...session,
        claims,
        expiresAt: earlier(session.expiresAt, typeof exp === "number" ? exp * 1000 : Number.NaN),
      };
    }
    const extra: Partial<Session> & object = (await callbacks.session?.({ session, user })) ?? {};
    session = {
      ...session,
      ...extra,
      sid: session.sid,
      userId: session.userId,
      expiresAt: earlier(
        session.expiresAt,
        typeof extra.expiresAt === "string" ? Date.parse(extra.expiresAt) : Number.NaN,
      ),
    };
    if (Date.parse(session.expiresAt) <= now)
      return this.#ended(
        { ...active.session, reason: "expired", endedAt: null, resumableUntil: null },
        context,
        now,
      );
    return { ...active, session };
  }

  #ended(ended: Omit<Ended, "status">, context: RequestContext, now: number): SessionState {
    const { reason, endedAt, resumableUntil } = ended;
    this.#parts.events.emit({ type: "session_use_after_expire", reason, ...subjectOf(ended) }, context);
    // The credential is half of what it takes to resume the session, so it stays.
    if (resumableUntil !== null && now < resumableUntil)
      return { status: "ended", reason, clear: false, resumable: true };
    return { status: "ended", reason, clear: endClearsCookie(reason, endedAt, now) };
  }

  #note(verified: Verified, passive: boolean, now: number): void {
    const { lastSeen, touchInterval } = this.#parts;
    if (lastSeen === null) return;
    const { sid } = verified.active.session;
    if (verified.counter !== null && verified.counter > 0) lastSeen.confirm(sid, verified.counter, now);
    if (passive || now - verified.seen.at < touchInterval) return;
    verified.seen.at = now;
    lastSeen.saw(sid, now);
  }

  #outage(error: unknown, context: RequestContext): SessionState {
    if (!isSojournError(error, "store_unavailable")) throw error;
    this.#parts.events.emit({ type: "store_unavailable", operation: "authenticate" }, context);
    this.#parts.events.failure("sojourn: the session store cannot be reached", error);
    return { status: "unavailable", retryAfter: error.retryAfter ?? 1 };
  }
}

/** A callback may shorten a session, never lengthen it. @param wanted ms since the epoch; NaN wants nothing. */
function earlier(end: string, wanted: number): string {
  // Not before 1970: far enough in the past a number is no date any more.
  return wanted < Date.parse(end) ? new Date(Math.max(0, wanted)).toISOString() : end;
}
