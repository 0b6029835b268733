import { mergeProof, proofOf } from "../domain/assurance.ts";
import { endClearsCookie } from "../domain/evaluate.ts";
import { isSojournError, SojournError } from "../domain/errors.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { BaseUser, Principal } from "../domain/principal.ts";
import type { EndReason, Session, Transport } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventLog } from "../session/event-log.ts";
import type { SessionClients } from "../session/session-clients.ts";
import type { SessionManager } from "../session/session-manager.ts";
import type { SessionStarter } from "../session/session-starter.ts";
import type { CarryOver } from "../session/session-successor.ts";
import type { Upgrades } from "../session/upgrades.ts";
import type { Credentials, Ended, Presented, Strategy } from "../strategies/verification.ts";
import { makeRoom, presentSession } from "./before-sign-in.ts";
import type { ParkedSessions } from "./parked-sessions.ts";
import { refuseOthers } from "./refuse-others.ts";
import type { RequestAuthenticator } from "./request-authenticator.ts";
import { contextOf, type RequestHeaders } from "./request-headers.ts";
import type { CredentialTransport } from "./transport.ts";

/** A session that has just begun or been renewed. */
export interface IssuedSession<User = BaseUser> {
  readonly session: Session;
  readonly user: User;
  /** Set-Cookie values for the response; empty with header transport, or where nothing changed. */
  readonly cookies: readonly string[];
  /** What the client presents from now on, for header transport; null where nothing changed. */
  readonly credentials: Credentials | null;
}

/** What renewing made of a request. */
export type RefreshResult<User = BaseUser> =
  | ({ readonly status: "renewed" } & IssuedSession<User>)
  /** No credential that could be renewed was presented. */
  | { readonly status: "anonymous"; readonly cookies: readonly string[] }
  /** The credential is not good. Where it may be good again, `cookies` is empty. */
  | { readonly status: "refused"; readonly cookies: readonly string[] }
  | {
      readonly status: "ended";
      readonly reason: EndReason;
      readonly cookies: readonly string[];
      /** It idled, and `POST /step-up` may take it up again; the cookies stay for that. */
      readonly resumable?: true;
    }
  | { readonly status: "unavailable"; readonly retryAfter: number };

/** What this is made of. */
export interface RequestSessionParts {
  readonly transport: CredentialTransport;
  readonly transports: readonly Transport[];
  readonly authenticator: RequestAuthenticator;
  readonly starter: SessionStarter;
  readonly sessions: SessionManager;
  readonly strategy: Strategy;
  readonly policy: SessionPolicy;
  /** Where browsers keep the session of who acts as somebody else; null where nobody may. */
  readonly parked: ParkedSessions | null;
  /** What goes along when a visitor signs in. */
  readonly upgrades: Upgrades;
  readonly events: EventLog;
  readonly clock: Clock;
  /** Hears where live sessions are used from; null where nobody wants to. */
  readonly clients: SessionClients;
  readonly carryOver: CarryOver;
}

/** Begins, renews and ends the session of a request, with the cookies that go with it. */
export class RequestSessions {
  readonly #parts: RequestSessionParts;

  constructor(parts: RequestSessionParts) {
    this.#parts = parts;
  }

  /** The transport a client asked for, or the default. @throws {SojournError} `transport_not_enabled`. */
  transportFor(wanted: Transport | undefined): Transport {
    const { transports } = this.#parts;
    const transport = wanted ?? transports[0] ?? "cookie";
    if (transports.includes(transport)) return transport;
    throw new SojournError("transport_not_enabled", {
      detail: `The ${transport} transport is not enabled. Enabled: ${transports.join(", ")}.`,
    });
  }

  /**
   * Signs a principal in. The session this browser had before, whoever's it was, is over: its token must not outlive
   * the new one. What a visitor had goes along; and a visit never takes the place of a session.
   */
  async begin(
    principal: Principal,
    headers: RequestHeaders,
    remember: boolean,
    wanted: Transport | undefined,
  ): Promise<IssuedSession> {
    const { authenticator, starter, parked, upgrades, events } = this.#parts;
    const transport = this.transportFor(wanted);
    const present = principal.kind === "anonymous" ? await presentSession(authenticator, headers) : null;
    if (present !== null) return this.issued(present.session, present.user, null, headers);
    const context = contextOf(headers);
    const before = this.presented(headers);
    const visitor = await upgrades.find(before);
    const started = await starter.start(principal, context, {
      remember,
      transport,
      makeRoom: () => makeRoom(this.#parts, before, visitor?.sid ?? null, headers),
      ...(visitor === null ? {} : { data: visitor.data }),
    });
    if (visitor !== null) await upgrades.complete(visitor, started, context);
    const { session, user, credentials } = started;
    events.emit({ type: "authn_login_success", userId: user.id, method: principal.method }, context);
    const issued = this.issued(session, user, credentials, headers);
    return { ...issued, cookies: [...issued.cookies, ...(parked?.clear(headers) ?? [])] };
  }

  /**
   * The user of a session has proven again who they are: a new session takes its place, with its data and
   * what of its proofs still counts, and every credential before is dead (session fixation, OWASP ASVS 7.2.4).
   *
   * @throws {SojournError} `session_ended` if it was ended meanwhile: an end always wins; `sign_in_denied` if it was
   * somebody else who proved it.
   */
  async replace(before: Session, principal: Principal, headers: RequestHeaders): Promise<IssuedSession> {
    const { strategy, starter, sessions, policy } = this.#parts;
    const { sid, kind, remember, transport } = before;
    refuseOthers(before, principal);
    const context = contextOf(headers);
    const data = (strategy.stored ? (await sessions.get(sid))?.data : undefined) ?? {};
    const { keepsEnd, ...proof } = mergeProof(before, proofOf(principal), policy.acrLevels);
    // What acts for a user ends when it was to end, whoever confirms it.
    const lasts = keepsEnd || kind !== "user";
    const { session, user, credentials } = await starter.start({ ...principal, kind, ...proof }, context, {
      remember,
      transport,
      inPlaceOf: { data },
      ...(lasts ? { endsBy: Date.parse(before.absoluteExpiresAt) } : {}),
    });
    await this.carryOver(sid, session, headers);
    if (strategy.stored && !(await sessions.revoke(sid, "superseded", context))) {
      await sessions.revoke(session.sid, "superseded", context);
      throw sessionEnded((await sessions.endReason(sid)) ?? "revoked");
    }
    return this.issued(session, user, credentials, headers);
  }

  /** Brings what is kept beside a session to the one that takes its place. If that fails, nobody will ever hold the new one. */
  async carryOver(fromSid: string, to: Session, headers: RequestHeaders): Promise<void> {
    const { strategy, sessions, carryOver } = this.#parts;
    try {
      await carryOver?.(fromSid, to);
    } catch (error) {
      if (strategy.stored) await sessions.revoke(to.sid, "superseded", contextOf(headers));
      throw error;
    }
  }

  /**
   * Ends the session that a request presents, or all of its user's. What is no good is simply not there;
   * what was good once still proves whose session it is, and is enough to end it. So does a cookie that
   * came twice: its sender wants out, and whichever value is the right one, its session is over.
   *
   * @param refreshToken the one from the body, with header transport.
   * @throws {SojournError} `store_unavailable`: to say "signed out" while the session lives on would be a lie.
   */
  async end(
    headers: RequestHeaders,
    everywhere: boolean,
    refreshToken?: string,
  ): Promise<{ readonly ended: number; readonly cookies: readonly string[] }> {
    const { authenticator, strategy, sessions, transport, parked } = this.#parts;
    if (refreshToken === undefined) authenticator.report(transport.read(headers), headers);
    const presented = this.#everything(headers, refreshToken);
    const context = contextOf(headers);
    const cookies = refreshToken === undefined ? this.#clearAll(headers) : [];
    if (strategy.stored) {
      const ended = await sessions.end(presented, "signed_out", context, everywhere);
      const left = refreshToken === undefined && (await parked?.leave(headers, "signed_out", context));
      return { ended: ended + (left === true ? 1 : 0), cookies };
    }
    const states = await Promise.all(
      presented.map(async (one) => authenticator.authenticatePresented(one, context)),
    );
    return { ended: states.some(({ status }) => status === "active") ? 1 : 0, cookies };
  }

  /**
   * The sids of the sessions that a request presents credentials of, good ones or not any more.
   *
   * @param refreshToken the one from the body, with header transport.
   */
  async sidsOf(headers: RequestHeaders, refreshToken?: string): Promise<readonly string[]> {
    const { authenticator, strategy, clock } = this.#parts;
    const sids = new Set<string>();
    for (const one of this.#everything(headers, refreshToken)) {
      if (strategy.stored)
        for (const { record } of await strategy.held(one, clock.now())) sids.add(record.sid);
      else {
        const state = await authenticator.authenticatePresented(one, contextOf(headers));
        if (state.status === "active") sids.add(state.session.sid);
      }
    }
    return [...sids];
  }

  /** Renews what a request presents. @param refreshToken the one from the body, with header transport. */
  async renew(headers: RequestHeaders, refreshToken?: string): Promise<RefreshResult> {
    const presented = this.presented(headers, refreshToken);
    if (presented === null) return { status: "anonymous", cookies: [] };
    const clear = (): readonly string[] =>
      headers.cookie && refreshToken === undefined ? this.#parts.transport.clear(headers) : [];
    try {
      const renewal = await this.#parts.sessions.renew(presented, contextOf(headers));
      switch (renewal.status) {
        case "renewed":
          // What is only ever renewed here may be used at other services.
          (await this.#parts.clients?.())?.saw(renewal.session, headers);
          return {
            status: "renewed",
            ...this.issued(renewal.session, renewal.user, renewal.credentials, headers),
          };
        case "none":
          return { status: "anonymous", cookies: [] };
        case "ended":
          return this.#ended(renewal, clear);
        case "reused":
          return { status: "ended", reason: "reuse_detected", cookies: clear() };
        case "ahead":
          // The store is behind the token (a restored backup, a lagging replica): the cookie may be good again.
          return { status: "refused", cookies: [] };
        case "invalid":
          // No losing reply ever clears a cookie: `keep` marks a token that may be good again.
          return { status: "refused", cookies: renewal.keep ? [] : clear() };
      }
    } catch (error) {
      if (!isSojournError(error, "store_unavailable")) throw error;
      this.#parts.events.failure("sojourn: the session store cannot be reached", error);
      return { status: "unavailable", retryAfter: error.retryAfter ?? 1 };
    }
  }

  #ended(
    { reason, endedAt, resumableUntil }: Ended,
    clear: () => readonly string[],
  ): Extract<RefreshResult, { status: "ended" }> {
    const now = this.#parts.clock.now();
    if (resumableUntil !== null && now < resumableUntil)
      return { status: "ended", reason, cookies: [], resumable: true };
    return { status: "ended", reason, cookies: endClearsCookie(reason, endedAt, now) ? clear() : [] };
  }

  /** Pairs a session with the cookies that carry it. */
  issued(
    session: Session,
    user: BaseUser,
    credentials: Credentials | null,
    headers: RequestHeaders,
  ): IssuedSession {
    const { transport, clock } = this.#parts;
    const inCookies = credentials !== null && session.transport === "cookie";
    const cookies = inCookies
      ? transport.write(credentials, session.remember, clock.now(), headers.cookie ?? null)
      : [];
    return { session, user, cookies, credentials };
  }

  /** Set-Cookie values that leave nothing of ours in a browser. */
  #clearAll(headers: RequestHeaders): readonly string[] {
    const { transport, parked } = this.#parts;
    return [...transport.clear(headers), ...(parked?.clear(headers) ?? [])];
  }

  /** What a request presents; null where nobody can tell. @param refreshToken the one from the body, with header transport. */
  presented(headers: RequestHeaders, refreshToken?: string): Presented | null {
    if (refreshToken !== undefined) return this.#fromBody(headers, refreshToken);
    const reading = this.#parts.transport.read(headers);
    this.#parts.authenticator.report(reading, headers);
    return reading.kind === "duplicate" ? null : reading.presented;
  }

  /** All that a request presents for its end. */
  #everything(headers: RequestHeaders, refreshToken: string | undefined): readonly Presented[] {
    const { transport } = this.#parts;
    if (refreshToken !== undefined) {
      // A cookie beside a token of the header is of another session, which is not over.
      const bearer = transport.readAll({ ...headers, cookie: null });
      return [this.#fromBody(headers, refreshToken), ...bearer];
    }
    return transport.readAll(headers);
  }

  #fromBody({ userAgent = null }: RequestHeaders, refreshToken: string): Presented {
    return { transport: this.transportFor("header"), access: null, refresh: refreshToken, userAgent };
  }
}

/** The error for a session that is over, with the reason for the page that shows it. */
export function sessionEnded(reason: EndReason): SojournError {
  return new SojournError("session_ended", { extra: { reason } });
}
