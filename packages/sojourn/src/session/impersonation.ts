import type { KeyRing } from "../crypto/key-ring.ts";
import { createSessionToken, parseSessionToken, secretMatches } from "../crypto/session-token.ts";
import { SojournError } from "../domain/errors.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import { absoluteEnd, endOf, idleEnd } from "../domain/evaluate.ts";
import { impersonationOf } from "../domain/events.ts";
import { cleanReason, forbidden, refuseActor } from "../domain/impersonation.ts";
import { toIso } from "../domain/iso-time.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import { type Lifetimes, longestImpersonation, type SessionPolicy } from "../domain/policy.ts";
import { type BaseUser, isActive } from "../domain/principal.ts";
import type { EndReason, SessionRecord } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { SessionStore } from "../ports/session-store.ts";
import { viewSession } from "../strategies/session-view.ts";
import { accountEnd } from "../strategies/stored-session.ts";
import type { UserResolver } from "../strategies/user-resolver.ts";
import type { FreshSecrets, Strategy } from "../strategies/verification.ts";
import type { ClientPrivacy } from "./client-privacy.ts";
import type { EventLog, RequestContext } from "./event-log.ts";
import type { SessionClients } from "./session-clients.ts";
import type { SessionManager } from "./session-manager.ts";
import type { SessionStarter, StartedSession } from "./session-starter.ts";
import { addSuccessor, bringOver, type CarryOver, successorOf } from "./session-successor.ts";

/** What impersonation is made of. */
export interface ImpersonationParts {
  /** The app's word: anything but true is a no. */
  readonly allow: (admin: BaseUser, target: BaseUser) => MaybePromise<unknown>;
  /** How recent the proof of who acts must be, in ms. */
  readonly freshFor: number;
  readonly strategy: Strategy;
  readonly store: SessionStore;
  readonly policy: SessionPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly ring: KeyRing;
  readonly events: EventLog;
  readonly privacy: ClientPrivacy;
  readonly clients: SessionClients;
  readonly resolveUser: UserResolver;
  readonly starter: SessionStarter;
  readonly sessions: SessionManager;
  readonly carryOver: CarryOver;
}

/** As whom, why, and for how long at most. */
export interface Wanted {
  readonly userId: string;
  readonly reason: string;
  /** In ms. */
  readonly duration: number;
}

/** The actor's own session while they act as somebody else: alive, and held by nobody but this token. */
export interface ParkedSession {
  readonly token: string;
  /** The session that was made from it. */
  readonly childSid: string;
  readonly remember: boolean;
  /** When it ends at the latest, in ms since the epoch. */
  readonly expiresAt: number;
}

/**
 * Lets one user act as another in a session of its own (the *child*) that lives no longer than the actor's. The actor's
 * session gets a new id and credential at both ends: what was known of it before is worth nothing after.
 */
export class Impersonation {
  readonly #parts: ImpersonationParts;

  constructor(parts: ImpersonationParts) {
    this.#parts = parts;
  }

  /**
   * @param sid the actor's session.
   * @param park whether to give it a new id, to be held by a token of its own; else it stays as it is.
   * @throws {SojournError} `impersonation_forbidden`, `step_up_required`, `account_disabled`, `session_ended`.
   */
  async start(
    sid: string,
    wanted: Wanted,
    context: RequestContext,
    park: boolean,
  ): Promise<{ readonly child: StartedSession; readonly parked: ParkedSession | null }> {
    const { sessions } = this.#parts;
    const reason = cleanReason(wanted.reason);
    if (!(wanted.duration > 0 && wanted.duration <= longestImpersonation))
      throw new SojournError("invalid_input", { detail: "duration: At most an hour." });
    const { own, lifetimes } = await this.#checked(sid, wanted.userId);
    const { record: parent, token } = park
      ? await this.#parkedFrom(own, context)
      : { record: own, token: null };
    if (park) await this.#succeed(parent, sid, context);
    let child: StartedSession;
    try {
      child = await this.#child(parent, lifetimes, wanted, reason, context);
      // An end always wins: from now on nothing is left of the session that asked.
      if (park && !(await sessions.revoke(sid, "superseded", context)))
        throw ended((await sessions.endReason(sid)) ?? "revoked");
    } catch (error) {
      // With it the child is over, if there is one.
      if (park) await sessions.revoke(parent.sid, "superseded", context);
      throw error;
    }
    if (park) await bringOver(sid, parent.sid, own.data, this.#parts);
    this.#tell(child, context);
    if (token === null) return { child, parked: null };
    const { remember, expiresAt } = parent;
    return { child, parked: { token, childSid: child.session.sid, remember, expiresAt } };
  }

  /**
   * The actor is back, in a session with a new id and credential, and the child is over.
   *
   * @returns null for a token that is none, or none any more.
   * @throws {SojournError} `session_ended` if the actor's own session is over.
   */
  async stop(token: string, childSid: string, context: RequestContext): Promise<StartedSession | null> {
    const { sessions, strategy, policy, clock, resolveUser, privacy } = this.#parts;
    const own = await this.#parked(token);
    if (own === null) return null;
    const user = await resolveUser(own, undefined);
    const lifetimes = lifetimesOf(policy, own, user);
    const end = endOf(own, lifetimes, clock.now()) ?? accountEnd(user);
    await sessions.revoke(childSid, end === null ? "signed_out" : "parent_ended", context);
    if (end !== null || user === null) throw ended(end ?? "user_disabled");

    const secretsFor = (sid: string, now: number): FreshSecrets => strategy.freshSecrets(sid, now);
    const client = await privacy.kept(context);
    const { record, secrets } = successorOf(own, secretsFor, client, this.#parts);
    const credentials = await strategy.issue(record, user, secrets, clock.now());
    await this.#succeed(record, own.sid, context);
    if (!(await sessions.revoke(own.sid, "superseded", context))) {
      await sessions.revoke(record.sid, "superseded", context);
      throw ended((await sessions.endReason(own.sid)) ?? "revoked");
    }
    await bringOver(own.sid, record.sid, own.data, this.#parts);
    return { session: viewSession(record, lifetimes), user, credentials };
  }

  /** The browser goes on without its parked session. @returns whether there was one that was alive. */
  async abandon(token: string, reason: EndReason, context: RequestContext): Promise<boolean> {
    const own = await this.#parked(token);
    return own !== null && this.#parts.sessions.revoke(own.sid, reason, context);
  }

  /** The session from which somebody wants to act, if they may. */
  async #checked(
    sid: string,
    targetId: string,
  ): Promise<{ readonly own: SessionRecord; readonly lifetimes: Lifetimes }> {
    const { store, policy, clock, resolveUser, allow, freshFor } = this.#parts;
    const now = clock.now();
    const found = await store.find(sid);
    if (found === null) throw ended("expired");
    const { record } = found;
    const admin = await resolveUser(record, found.user);
    const lifetimes = lifetimesOf(policy, record, admin);
    const end = endOf(record, lifetimes, now) ?? accountEnd(admin);
    if (end !== null || admin === null) throw ended(end ?? "user_disabled");
    refuseActor(record, targetId);
    if (now - record.authTime > freshFor) throw new SojournError("step_up_required");
    const target = await resolveUser({ userId: targetId, kind: "user" }, undefined);
    // One answer for who is not there and for who is out of reach: the ids of users are not to be tried out here.
    if (target === null || (await allow(admin, target)) !== true)
      throw forbidden("You may not act as this user.");
    if (!isActive(target)) throw new SojournError("account_disabled");
    return { own: record, lifetimes };
  }

  /** An opaque token in every strategy: it has to prove the session at one place only, and to be short. */
  async #parkedFrom(
    own: SessionRecord,
    context: RequestContext,
  ): Promise<{ record: SessionRecord; token: string }> {
    const secretsFor = (sid: string): FreshSecrets => {
      const { token, secretHash } = createSessionToken(sid, this.#parts.random);
      return { stored: { secretHash, refresh: null }, token };
    };
    const client = await this.#parts.privacy.kept(context);
    const { record, secrets } = successorOf(own, secretsFor, client, this.#parts);
    return { record, token: secrets.token as string };
  }

  /** Adds the session that takes the place of the actor's. If not all can go along, nobody will ever hold it. */
  async #succeed(record: SessionRecord, fromSid: string, context: RequestContext): Promise<void> {
    const { carryOver, sessions } = this.#parts;
    await addSuccessor(record, fromSid, context, this.#parts);
    const { sid, expiresAt } = record;
    try {
      await carryOver?.(fromSid, { sid, absoluteExpiresAt: toIso(expiresAt) });
    } catch (error) {
      await sessions.revoke(sid, "superseded", context);
      throw error;
    }
  }

  #child(
    parent: SessionRecord,
    lifetimes: Lifetimes,
    { userId, duration }: Wanted,
    reason: string,
    context: RequestContext,
  ): Promise<StartedSession> {
    const { starter, clock } = this.#parts;
    return starter.start({ userId, method: "impersonation" }, context, {
      remember: false,
      transport: parent.transport,
      actor: { userId: parent.userId, sid: parent.sid, reason },
      authTime: parent.authTime,
      endsBy: Math.min(clock.now() + duration, idleEnd(parent, lifetimes), absoluteEnd(parent, lifetimes)),
    });
  }

  async #parked(token: string): Promise<SessionRecord | null> {
    const parsed = parseSessionToken(token);
    const record = parsed === null ? undefined : (await this.#parts.store.find(parsed.sid))?.record;
    if (parsed === null || record === undefined || record.secretHash === null) return null;
    return secretMatches(parsed.secret, record.secretHash) ? record : null;
  }

  #tell({ session }: StartedSession, context: RequestContext): void {
    const { sid, userId, actor, absoluteExpiresAt: expiresAt } = session;
    if (actor === null) return;
    this.#parts.events.emit(
      { type: "impersonation_started", ...impersonationOf({ sid, userId }, actor), expiresAt },
      context,
    );
  }
}

function ended(reason: EndReason): SojournError {
  return new SojournError("session_ended", { extra: { reason } });
}
