import { SojournError } from "../domain/errors.ts";
import { endOf } from "../domain/evaluate.ts";
import { impersonationOf, subjectOf } from "../domain/events.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { Lifetimes, SessionPolicy } from "../domain/policy.ts";
import { forbidden } from "../domain/impersonation.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { EndReason, Session, SessionData, SessionRecord } from "../domain/session.ts";
import { longestUserAgent } from "../domain/request-context.ts";
import type { Clock } from "../ports/clock.ts";
import type { FoundSession, Page, SessionStore } from "../ports/session-store.ts";
import type { LocalRevocations } from "../strategies/local-revocations.ts";
import { parentEnd } from "../strategies/parent-session.ts";
import { viewSession } from "../strategies/session-view.ts";
import type { UserResolver } from "../strategies/user-resolver.ts";
import { accountEnd } from "../strategies/stored-session.ts";
import type { HeldSession, Presented, Renewal, Strategy } from "../strategies/verification.ts";
import type { Clean } from "./cleaning.ts";
import type { ClientPrivacy } from "./client-privacy.ts";
import { type EventLog, noContext, type RequestContext } from "./event-log.ts";
import type { IdleEnds } from "./idle-ends.ts";
import type { ListedClient } from "./listed-clients.ts";
import type { SessionClients } from "./session-clients.ts";
import { StoredLifetimes } from "./stored-lifetimes.ts";

/** A session in a list of where a user is signed in. */
export interface ListedSession extends Session, ListedClient {
  /** Whether it is the session that asks. */
  readonly current: boolean;
}

/** A session read for an operator or a job, with what the app keeps in it. */
export interface StoredSession<Data = SessionData>
  extends Session, RequestContext, Pick<ListedClient, "place"> {
  readonly data: Data;
  /** Null while it is alive. */
  readonly endReason: EndReason | null;
}

/** What a manager is made of. */
export interface ManagerParts {
  readonly strategy: Strategy;
  readonly store: SessionStore | null;
  readonly policy: SessionPolicy;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly privacy: ClientPrivacy;
  readonly clients: SessionClients;
  readonly revocations: LocalRevocations | null;
  readonly resolveUser: UserResolver;
  /** Null where there is nothing to clean. */
  readonly clean: Clean | null;
  /** Null where nobody resumes a session that idled. */
  readonly idleEnds: IdleEnds | null;
}

const firstPage: Page = { limit: 100, offset: 0 };

/** What can be done with sessions that exist. */
export class SessionManager {
  readonly #parts: ManagerParts;
  readonly #lifetimes: StoredLifetimes;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#lifetimes = new StoredLifetimes(parts.policy, parts.resolveUser);
  }

  /** Rotates or re-issues the credentials of a session. */
  async renew(presented: Presented, context: RequestContext): Promise<Renewal> {
    const { strategy, clock, events, clients } = this.#parts;
    const renewal = await strategy.renew(presented, clock.now());
    if (renewal.status === "renewed" && renewal.change === "rotated") {
      events.emit({ type: "session_renewed", ...subjectOf(renewal.session) }, context);
    } else if (renewal.status === "reused") {
      const { sid, counter, head } = renewal;
      await (await clients?.())?.ended([sid]);
      events.emit({ type: "authn_token_reuse", ...subjectOf(renewal), counter, head }, context);
      events.emit({ type: "session_ended", ...subjectOf(renewal), reason: "reuse_detected" }, context);
    } else if (renewal.status === "ahead") {
      const { counter, head } = renewal;
      events.emit({ type: "authn_token_ahead", ...subjectOf(renewal), counter, head }, context);
    } else if (renewal.status === "invalid") {
      events.emit({ type: "credential_invalid", code: renewal.code }, context);
    } else if (renewal.status === "ended") {
      const { reason } = renewal;
      events.emit({ type: "session_use_after_expire", ...subjectOf(renewal), reason }, context);
    }
    return renewal;
  }

  /** Slides the idle timeout now. @returns whether the session is alive. */
  async touch(sid: string): Promise<boolean> {
    const now = this.#parts.clock.now();
    // The store knows the lifetimes of the sign-in; under a shorter policy it would bring back what is over.
    if ((await this.view(sid)) === null) return false;
    return (await this.#needStore().touch([{ sid, seenAt: now, now, counter: null }])) === 1;
  }

  /** The session in whatever state, or null. */
  async get(sid: string): Promise<StoredSession | null> {
    const found = await this.#needStore().find(sid);
    return found === null ? null : this.#stored(found.record, await this.#lifetimes.of(found));
  }

  /** Why a session is over, be it by its user's account; null while it is alive. One that is not there was over long ago. */
  async endReason(sid: string): Promise<EndReason | null> {
    const { policy, clock, resolveUser } = this.#parts;
    const found = await this.#needStore().find(sid);
    if (found === null) return "expired";
    const { record } = found;
    const user = await resolveUser(record, found.user);
    return (
      endOf(record, lifetimesOf(policy, record, user), clock.now()) ??
      accountEnd(user) ??
      (await this.#parentEnd(record))
    );
  }

  /** An alive session as its holder sees it, or null. */
  async view(sid: string): Promise<Session | null> {
    const found = await this.#needStore().find(sid);
    if (found === null) return null;
    const lifetimes = await this.#lifetimes.of(found);
    const { record } = found;
    const end = endOf(record, lifetimes, this.#parts.clock.now()) ?? (await this.#parentEnd(record));
    return end === null ? viewSession(record, lifetimes) : null;
  }

  /** Where a user is signed in: alive sessions, last seen first. */
  async list(
    userId: string,
    options: { readonly currentSid?: string | null; readonly page?: Page } = {},
  ): Promise<readonly ListedSession[]> {
    const now = this.#parts.clock.now();
    const lifetimesFor = await this.#lifetimes.ofUser(userId);
    const records = await this.#needStore().listByUser(userId, now, options.page ?? firstPage);
    // The store knows the lifetimes of the sign-in; a policy that became shorter since applies at once.
    const parentEnds = await Promise.all(records.map(async (record) => this.#parentEnd(record)));
    const alive = records.filter(
      (record, i) => endOf(record, lifetimesFor(record), now) === null && parentEnds[i] === null,
    );
    const { listedClients } = await import("./listed-clients.ts");
    const listed = await listedClients(userId, alive, this.#parts);
    return alive.map((record, i) => ({
      ...viewSession(record, lifetimesFor(record)),
      current: record.sid === options.currentSid,
      ...(listed[i] as ListedClient),
    }));
  }

  /**
   * Ends one session, effective at once on this node and within `maxRevocationLag` on every other.
   *
   * @param owner if given, a session of anybody else is left alone, as if it did not exist.
   * @returns whether there was one to end.
   */
  async revoke(
    sid: string,
    reason: EndReason,
    context: RequestContext = noContext,
    owner: string | null = null,
  ): Promise<boolean> {
    const { clock, events, idleEnds, revocations, clients } = this.#parts;
    const store = this.#needStore();
    if (owner !== null && (await store.find(sid))?.record.userId !== owner) return false;
    const now = clock.now();
    const record =
      (await store.revoke(sid, now, reason)) ?? (await idleEnds?.closeStored(store, sid, reason, now));
    if (record === null || record === undefined) return false;
    const { userId, expiresAt, actor } = record;
    revocations?.revoked([{ sid, userId, reason, endedAt: now, expiresAt }]);
    await (await clients?.())?.ended([sid]);
    events.emit({ type: "session_ended", ...subjectOf(record), reason }, context);
    if (actor !== null)
      events.emit(
        { type: "impersonation_ended", ...impersonationOf(record, actor), endReason: reason },
        context,
      );
    return true;
  }

  /**
   * Ends the live sessions that what a request presents belongs to, be it replaced or run out; with
   * `everywhere` all sessions of their users. A session that is over ends no others.
   *
   * @param exceptSid goes on.
   * @returns how many.
   */
  async end(
    presented: readonly Presented[],
    reason: EndReason,
    context: RequestContext,
    everywhere = false,
    exceptSid: string | null = null,
  ): Promise<number> {
    const { events } = this.#parts;
    const held = await this.#held(presented, reason, context);
    const live = held.filter(({ record }) => record.sid !== exceptSid);
    // Who acts as a user ends that one session; what else is open is the user's own affair.
    if (everywhere && live.some(({ record }) => record.actor !== null))
      throw forbidden("Who acts as a user can end that session only.");
    const users = new Set(everywhere ? live.map(({ record }) => record.userId) : []);
    let ended = 0;
    for (const userId of users) ended += await this.revokeAll(userId, { reason }, context);
    for (const { record, reuse } of live) {
      if (!everywhere && (await this.revoke(record.sid, reason, context))) ended += 1;
      // With the session goes every later sign of the theft, so that it must be told of here.
      if (reuse !== null) events.emit({ type: "authn_token_reuse", ...subjectOf(record), ...reuse }, context);
    }
    return ended;
  }

  /** Ends all sessions of a user, but for one if named. @returns how many. */
  async revokeAll(
    userId: string,
    options: { readonly exceptSid?: string | null; readonly reason?: EndReason } = {},
    context: RequestContext = noContext,
  ): Promise<number> {
    const { clock, events, idleEnds, policy, revocations, clients } = this.#parts;
    const { exceptSid = null, reason = "revoked" } = options;
    const now = clock.now();
    // First what idles: a session that is resumed beside this is ended below, or sees that it may not be.
    await idleEnds?.closeAll(userId, exceptSid, reason, now);
    const sids = await this.#needStore().revokeByUser(userId, now, reason, exceptSid);
    const expiresAt = now + policy.absoluteTimeout;
    revocations?.revoked(sids.map((sid) => ({ sid, userId, reason, endedAt: now, expiresAt })));
    await (await clients?.())?.ended(sids);
    events.emit({ type: "sessions_ended", userId, count: sids.length, exceptSid, reason }, context);
    return sids.length;
  }

  /** Removes sessions and small records that are long over. @returns how many; call again while it is `limit`. */
  async deleteExpired(limit = 500): Promise<number> {
    const { clean } = this.#parts;
    if (clean === null) throw noStore();
    return clean(limit);
  }

  /** The live sessions that credentials belong to, each once. What else was presented is told of; what idles stays over. */
  async #held(
    presented: readonly Presented[],
    endReason: EndReason,
    context: RequestContext,
  ): Promise<readonly HeldSession[]> {
    const { strategy, clock, events, policy } = this.#parts;
    const now = clock.now();
    const bySid = new Map<string, HeldSession>();
    for (const one of presented) {
      for (const { record, reuse } of await strategy.held(one, now)) {
        const { sid } = record;
        bySid.set(sid, { record, reuse: reuse ?? bySid.get(sid)?.reuse ?? null });
      }
    }
    if (bySid.size === 0 && presented.some(({ access, refresh }) => access !== null || refresh !== null))
      events.emit({ type: "credential_invalid", code: "session_unknown" }, context);
    const live: HeldSession[] = [];
    for (const held of bySid.values()) {
      const { record } = held;
      const reason = endOf(record, lifetimesOf(policy, record, null), now);
      if (reason === null) live.push(held);
      else events.emit({ type: "session_use_after_expire", ...subjectOf(record), reason }, context);
      if (reason === "idle") await this.#parts.idleEnds?.close(record, endReason, now);
    }
    return live;
  }

  #parentEnd(record: SessionRecord): MaybePromise<EndReason | null> {
    const { policy, clock, resolveUser } = this.#parts;
    const find = (sid: string): MaybePromise<FoundSession | null> => this.#needStore().find(sid);
    return parentEnd(record, { find, resolveUser, policy }, clock.now());
  }

  async #stored(record: SessionRecord, lifetimes: Lifetimes): Promise<StoredSession> {
    const { privacy, clients } = this.#parts;
    const { ip, userAgent } = await privacy.told(record);
    return {
      ...viewSession(record, lifetimes),
      data: record.data,
      ip,
      userAgent: userAgent?.slice(0, longestUserAgent) ?? null,
      place: (await (await clients?.())?.placeOf(record.sid)) ?? null,
      endReason: endOf(record, lifetimes, this.#parts.clock.now()) ?? (await this.#parentEnd(record)),
    };
  }

  #needStore(): SessionStore {
    const { store, strategy } = this.#parts;
    if (store !== null && strategy.stored) return store;
    throw noStore();
  }
}

function noStore(): SojournError {
  return new SojournError("strategy_unsupported", {
    detail:
      "Stateless sessions without a store can be neither listed nor ended. Give createAuth a store, or choose another strategy.",
  });
}
