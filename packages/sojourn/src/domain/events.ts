import type { AnomalyAnswer, AnomalyChange } from "./anomaly.ts";
import type { LimitedAct, LimitScope } from "./policy/rate-limits.ts";
import type { EndReason, SessionActor, SessionKind, Transport } from "./session.ts";

/** What every event carries. No event ever holds a credential. */
export interface EventBase {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** The session an event is about. */
export interface SessionSubject {
  readonly sid: string;
  readonly userId: string;
  /** Who acts in it as its user; absent where its user does. */
  readonly actorUserId?: string;
}

/** A session in which somebody acts as another user. */
export interface ImpersonationSubject extends Required<SessionSubject> {
  /** The actor's own session. */
  readonly actorSid: string;
  /** Why, in the actor's words. */
  readonly reason: string;
}

/**
 * What happens to sessions and sign-ins, under the names of the OWASP Logging Vocabulary where it
 * has one. Narrow on `type`.
 */
export type SojournEvent =
  | (EventBase &
      SessionSubject & {
        readonly type: "session_created";
        readonly kind: SessionKind;
        readonly method: string;
        readonly transport: Transport;
      })
  /** A live session is used from elsewhere than before; told once for each such change, with what the app made of it. */
  | (EventBase &
      SessionSubject & {
        readonly type: "session_anomaly";
        readonly changed: readonly AnomalyChange[];
        readonly answer: AnomalyAnswer;
      })
  /** A refresh token was rotated, or a self-contained session re-issued. */
  | (EventBase & SessionSubject & { readonly type: "session_renewed" })
  /** A session ended by an act: signed out, revoked, superseded, ... */
  | (EventBase & SessionSubject & { readonly type: "session_ended"; readonly reason: EndReason })
  /** Several sessions of a user ended at once. */
  | (EventBase & {
      readonly type: "sessions_ended";
      readonly userId: string;
      readonly count: number;
      readonly exceptSid: string | null;
      readonly reason: EndReason;
    })
  /** The credential of a session that is over was presented. */
  | (EventBase & SessionSubject & { readonly type: "session_use_after_expire"; readonly reason: EndReason })
  /** A retired refresh token was presented; its session has been ended. */
  | (EventBase &
      SessionSubject & {
        readonly type: "authn_token_reuse";
        readonly counter: number;
        readonly head: number;
      })
  /** A refresh token is ahead of the store: a restored backup or a lagging replica. */
  | (EventBase &
      SessionSubject & {
        readonly type: "authn_token_ahead";
        readonly counter: number;
        readonly head: number;
      })
  | (EventBase & { readonly type: "authn_login_success"; readonly userId: string; readonly method: string })
  | (EventBase & {
      readonly type: "authn_login_fail";
      readonly method: string;
      readonly code: string;
      /** Whose account it was tried for; absent where there is no such account, or none was named. */
      readonly userId?: string;
    })
  /** Somebody proved again who they are; `resumed` where their session had idled. `sid` is the new session. */
  | (EventBase &
      SessionSubject & {
        readonly type: "authn_step_up";
        readonly method: string;
        readonly resumed: boolean;
      })
  | (EventBase & { readonly type: "authn_password_change"; readonly userId: string })
  | (EventBase & { readonly type: "user_created"; readonly userId: string; readonly method: string })
  /** An account of a provider can be signed in with from now on, or no longer. */
  | (EventBase & { readonly type: "identity_linked"; readonly userId: string; readonly provider: string })
  | (EventBase & { readonly type: "identity_unlinked"; readonly userId: string; readonly provider: string })
  /** A provider said that a session of its own is over; so many of ours ended. */
  | (EventBase & { readonly type: "provider_logout"; readonly provider: string; readonly count: number })
  /** What was sent as a provider's word was not, or could not be judged. */
  | (EventBase & { readonly type: "provider_logout_refused"; readonly provider: string })
  | (EventBase & {
      readonly type: "user_updated";
      readonly userId: string;
      readonly field: "role" | "status" | "name";
    })
  | (EventBase & { readonly type: "user_deleted"; readonly userId: string })
  /** All that is held about a user was read out. */
  | (EventBase & { readonly type: "user_exported"; readonly userId: string })
  /** A visitor signed in: what was the anonymous user's is now the other's. */
  | (EventBase & { readonly type: "anonymous_upgraded"; readonly from: string; readonly to: string })
  /** Somebody began to act as another user, in a session of their own. */
  | (EventBase &
      ImpersonationSubject & {
        readonly type: "impersonation_started";
        /** When it ends at the latest; ISO 8601. */
        readonly expiresAt: string;
      })
  /** It was ended by an act. One that runs out or ends with its actor's session is told when it is used again. */
  | (EventBase &
      ImpersonationSubject & { readonly type: "impersonation_ended"; readonly endReason: EndReason })
  | (EventBase & SessionSubject & { readonly type: "excess_sessions_exceeded"; readonly max: number })
  /** One attempt too many, for its account or from its network; it was refused before anything was tried. */
  | (EventBase & {
      readonly type: "excess_rate_limit_exceeded";
      readonly act: LimitedAct;
      readonly scope: LimitScope;
      readonly max: number;
      /** Seconds. */
      readonly retryAfter: number;
    })
  /** The request had the session cookie twice (cookie tossing); it was given no session. */
  | (EventBase & { readonly type: "cookie_duplicate"; readonly name: string })
  /** A cookie and a bearer token in one request; only the bearer token counts. */
  | (EventBase & { readonly type: "transport_mixed" })
  /** A credential that this server never made, or that was altered. */
  | (EventBase & { readonly type: "credential_invalid"; readonly code: string })
  /** A credential stood in a URL, where it is not looked at and where others may have read it. */
  | (EventBase & { readonly type: "credential_misplaced" })
  /** An unsafe request was refused: by where it came from, or because it had no token of its session's pages. */
  | (EventBase & {
      readonly type: "csrf_refused";
      readonly origin: string | null;
      readonly check: "site" | "token";
    })
  /** A new key is known and published; it signs from `activatesAt` on, or when it is told to. */
  | (EventBase & {
      readonly type: "key_announced";
      readonly keyId: string;
      readonly activatesAt: string | null;
    })
  /** From now on this process signs with this key. */
  | (EventBase & { readonly type: "key_activated"; readonly keyId: string })
  /** From now on this process signs with another key. */
  | (EventBase & { readonly type: "key_retired"; readonly keyId: string })
  /** From now on this process refuses whatever this key has made. */
  | (EventBase & { readonly type: "key_revoked"; readonly keyId: string; readonly reason: string | null })
  /** A key should be in the store and is not, or cannot be unwrapped. What it made is refused. */
  | (EventBase & { readonly type: "key_lost"; readonly keyId: string })
  /** So many events could not be kept, since this was last told. */
  | (EventBase & { readonly type: "audit_events_lost"; readonly count: number })
  | (EventBase & { readonly type: "store_unavailable"; readonly operation: string });

/** The session that an event is about. */
export function subjectOf(session: {
  readonly sid: string;
  readonly userId: string;
  readonly actor: SessionActor | null;
}): SessionSubject {
  const { sid, userId, actor } = session;
  return actor === null ? { sid, userId } : { sid, userId, actorUserId: actor.userId };
}

/** The impersonation that an event is about. */
export function impersonationOf(
  { sid, userId }: Pick<SessionSubject, "sid" | "userId">,
  actor: SessionActor,
): ImpersonationSubject {
  return { sid, userId, actorUserId: actor.userId, actorSid: actor.sid, reason: actor.reason };
}

/** The name of an event. */
export type EventType = SojournEvent["type"];

/** An event before its common part is filled in. */
export type EventFacts = DistributiveOmit<SojournEvent, keyof EventBase>;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
