import type { KeyRing } from "../crypto/key-ring.ts";
import { createSid } from "../crypto/sid.ts";
import { durationToMs } from "../domain/duration.ts";
import { SojournError } from "../domain/errors.ts";
import { subjectOf } from "../domain/events.ts";
import { lifetimesOf, shortenLifetimes } from "../domain/policy/lifetimes.ts";
import { limitFor, type Lifetimes, type SessionLimit, type SessionPolicy } from "../domain/policy.ts";
import { type BaseUser, isActive, type Principal } from "../domain/principal.ts";
import type {
  Session,
  SessionActor,
  SessionData,
  SessionKind,
  SessionRecord,
  Transport,
} from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { SessionStore } from "../ports/session-store.ts";
import type { LocalRevocations } from "../strategies/local-revocations.ts";
import { viewSession } from "../strategies/session-view.ts";
import { accountEnd } from "../strategies/stored-session.ts";
import type { UserResolver } from "../strategies/user-resolver.ts";
import type { Credentials, Strategy } from "../strategies/verification.ts";
import type { Callbacks } from "./callbacks.ts";
import type { ClientPrivacy } from "./client-privacy.ts";
import type { EventLog, RequestContext } from "./event-log.ts";
import type { SessionClients } from "./session-clients.ts";
import type { Sweeper } from "./sweeper.ts";

/** How a session begins. */
export interface StartOptions {
  /** Keep the browser signed in after it closes. */
  readonly remember: boolean;
  readonly transport: Transport;
  /** The session takes the place of one of the same user: it inherits its data and needs no room of its own. */
  readonly inPlaceOf?: {
    readonly data: SessionData;
    /** Where that one was over by then and has given up its room. */
    readonly needsRoom?: boolean;
  };
  /** What the session holds from its beginning. */
  readonly data?: SessionData;
  /** Who is really there, where somebody acts as the user. Such a session needs no room of its own either. */
  readonly actor?: SessionActor;
  /** When whoever is there proved who they are; in ms since the epoch. Default: now. */
  readonly authTime?: number;
  /** It ends by then, whatever the policy would allow; in ms since the epoch. */
  readonly endsBy?: number;
  /** What has to end first. Called once nothing but the store can fail: a sign-in that is refused ends nothing. */
  readonly makeRoom?: () => Promise<void>;
}

/** A session that has just begun, with what its client presents from now on. */
export interface StartedSession<User = BaseUser> {
  readonly session: Session;
  readonly user: User;
  readonly credentials: Credentials;
}

/** What a starter is made of. */
export interface StarterParts {
  readonly strategy: Strategy;
  readonly store: SessionStore | null;
  readonly policy: SessionPolicy;
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventLog;
  readonly privacy: ClientPrivacy;
  readonly clients: SessionClients;
  readonly revocations: LocalRevocations | null;
  readonly resolveUser: UserResolver;
  readonly callbacks: Callbacks<BaseUser, object>;
  /** Cleans the store from the first session on; null where something else does. */
  readonly sweeper: Sweeper | null;
}

const methodFormat = /^[A-Za-z0-9_-]{1,64}$/;

/** Begins sessions: the one place where a principal becomes a session. */
export class SessionStarter {
  readonly #parts: StarterParts;

  constructor(parts: StarterParts) {
    this.#parts = parts;
  }

  /** @throws {SojournError} `account_disabled`, `sign_in_denied`, `session_limit_reached`, `store_unavailable`. */
  async start(principal: Principal, context: RequestContext, options: StartOptions): Promise<StartedSession> {
    const { strategy, store, policy, clock, events, privacy, sweeper } = this.#parts;
    checkPrincipal(principal);
    // Before the user is read: what is made of it must not look newer than a change that it does not show.
    const now = clock.now();
    const kind = principal.kind ?? "user";
    const user = await this.#admit(principal, kind, options);
    const lifetimes = await this.#lifetimes(user, kind, principal.method, options);

    const sid = createSid(user.id, now, this.#parts.random, this.#parts.ring);
    const secrets = strategy.freshSecrets(sid, now);
    const record = newRecord({
      sid,
      user,
      kind,
      principal,
      client: await privacy.kept(context),
      options,
      lifetimes,
      now,
      stored: secrets.stored,
    });
    // The credentials come first: if they cannot be made, no session without a holder is left behind.
    const credentials = await strategy.issue(record, user, secrets, now);
    await options.makeRoom?.();
    if (store !== null) {
      const { inPlaceOf, actor } = options;
      const needsRoom = (inPlaceOf === undefined && actor === undefined) || inPlaceOf?.needsRoom === true;
      await this.#keep(store, record, needsRoom ? limitFor(policy, kind) : null, context);
      await this.#stillActive(store, record, user);
      await (await this.#parts.clients?.())?.began(record, context);
    }
    sweeper?.start();

    const { method, transport } = record;
    events.emit({ type: "session_created", ...subjectOf(record), kind, method, transport }, context);
    return { session: viewSession(record, lifetimesOf(policy, record, user)), user, credentials };
  }

  async #admit(principal: Principal, kind: SessionKind, { actor }: StartOptions): Promise<BaseUser> {
    const { resolveUser, callbacks } = this.#parts;
    // What the login method read may be as old as a password takes to check, so the directory is asked again.
    const given = principal.user as BaseUser | undefined;
    const known = await resolveUser({ userId: principal.userId, kind }, undefined, given);
    if (known === null || !isActive(known)) throw new SojournError("account_disabled");
    // It is a user's own sign-in that an app joins in. A visitor is no user of the app's.
    if (callbacks.user === undefined || actor !== undefined || kind === "anonymous") return known;
    const user = await callbacks.user({ principal: principal as Principal<BaseUser>, user: known });
    if (user === null) throw new SojournError("sign_in_denied");
    if (!isActive(user)) throw new SojournError("account_disabled");
    return user;
  }

  /**
   * An account may have been disabled, and its sessions ended, between its reading above and the moment from which
   * this session could be found. Its credentials are still here, so nobody has to be told of its end.
   */
  async #stillActive(store: SessionStore, record: SessionRecord, user: BaseUser): Promise<void> {
    const { resolveUser, clock } = this.#parts;
    const end = async (): Promise<void> =>
      void (await store.revoke(record.sid, clock.now(), "user_disabled"));
    try {
      if (accountEnd(await resolveUser(record, undefined, user)) === null) return;
    } catch (error) {
      await end();
      throw error;
    }
    await end();
    throw new SojournError("account_disabled");
  }

  async #lifetimes(
    user: BaseUser,
    kind: SessionKind,
    method: string,
    { remember }: StartOptions,
  ): Promise<Lifetimes> {
    const { policy, callbacks } = this.#parts;
    const longest = lifetimesOf(policy, { kind, remember }, user);
    const wanted = await callbacks.lifetimes?.({ user, kind, method, remember });
    if (wanted === null || wanted === undefined) return longest;
    const { idleTimeout, absoluteTimeout } = wanted;
    return shortenLifetimes(longest, {
      ...(idleTimeout === undefined
        ? {}
        : { idleTimeout: durationToMs(idleTimeout, "callbacks.lifetimes idleTimeout") }),
      ...(absoluteTimeout === undefined
        ? {}
        : { absoluteTimeout: durationToMs(absoluteTimeout, "callbacks.lifetimes absoluteTimeout") }),
    });
  }

  async #keep(
    store: SessionStore,
    record: SessionRecord,
    limit: SessionLimit | null,
    context: RequestContext,
  ): Promise<void> {
    const { events, revocations, clients } = this.#parts;
    const { created, evicted } = await store.create(record, limit);
    const { sid, userId, createdAt: endedAt, expiresAt } = record;
    if (limit !== null && (!created || evicted.length > 0))
      events.emit({ type: "excess_sessions_exceeded", sid, userId, max: limit.max }, context);
    if (!created) {
      throw new SojournError("session_limit_reached", {
        detail: `This account may have ${limit?.max} open sessions. Sign out somewhere else first.`,
      });
    }
    // The evicted sessions' own ends are not known here; the new one's is later than any of them.
    revocations?.revoked(
      evicted.map((evictedSid) => ({ sid: evictedSid, userId, reason: "limit", endedAt, expiresAt })),
    );
    if (evicted.length > 0) await (await clients?.())?.ended(evicted);
    for (const evictedSid of evicted)
      events.emit({ type: "session_ended", sid: evictedSid, userId, reason: "limit" }, context);
  }
}

function newRecord(of: {
  sid: string;
  user: BaseUser;
  kind: SessionKind;
  principal: Principal;
  client: RequestContext;
  options: StartOptions;
  lifetimes: Lifetimes;
  now: number;
  stored: Pick<SessionRecord, "secretHash" | "refresh">;
}): SessionRecord {
  const { now, lifetimes, principal, client, options } = of;
  return {
    sid: of.sid,
    userId: of.user.id,
    kind: of.kind,
    method: principal.method,
    transport: options.transport,
    remember: options.remember,
    createdAt: now,
    authTime: Math.min(options.authTime ?? principal.authTime ?? now, now),
    lastSeenAt: now,
    idleTimeout: lifetimes.idleTimeout,
    expiresAt: Math.min(now + lifetimes.absoluteTimeout, options.endsBy ?? Number.POSITIVE_INFINITY),
    endedAt: null,
    endReason: null,
    version: 0,
    ...of.stored,
    ip: client.ip,
    userAgent: client.userAgent,
    amr: principal.amr ?? [],
    acr: principal.acr ?? null,
    actor: options.actor ?? null,
    data: options.inPlaceOf?.data ?? options.data ?? {},
  };
}

function checkPrincipal(principal: Principal): void {
  const { userId, method } = principal;
  if (typeof userId !== "string" || userId.length === 0 || userId.length > 255) {
    throw new SojournError("invalid_input", {
      detail: "principal.userId must be a string of 1 to 255 characters.",
    });
  }
  if (typeof method !== "string" || !methodFormat.test(method)) {
    throw new SojournError("invalid_input", {
      detail: "principal.method must be 1 to 64 letters, digits, - and _.",
    });
  }
}
