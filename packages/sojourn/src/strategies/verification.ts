import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { EndReason, Session, SessionActor, SessionRecord, Transport } from "../domain/session.ts";

/** The credentials of one request, taken from one transport. */
export interface Presented {
  readonly transport: Transport;
  /** The session token, the session JWT or the access token. */
  readonly access: string | null;
  /** The refresh token; hybrid only. */
  readonly refresh: string | null;
  readonly userAgent: string | null;
}

/** Whether a request has the user agent that its session is kept with. @param presented as it was sent. */
export type SameAgent = (kept: string | null, presented: string | null) => MaybePromise<boolean>;

/** A session that is alive, in the form apps see it. */
export interface ActiveSession<User = BaseUser> {
  readonly status: "active";
  readonly session: Session;
  readonly user: User;
  /** `due` when a place that can write should renew the credential. Nothing is lost if it does not. */
  readonly renewal: "none" | "due";
  /** When the access token that proves it runs out, in ms since the epoch; null where none does. */
  readonly accessExpiresAt: number | null;
}

/** A live session as a strategy sees it. */
export interface Verified {
  readonly status: "verified";
  readonly active: ActiveSession;
  /** What the store said, if it was asked. */
  readonly record: SessionRecord | null;
  /** The refresh counter whose use this proves, if any. */
  readonly counter: number | null;
  /** When this session was last noted as seen, in ms; moved forward by whoever notes it again. */
  readonly seen: { at: number };
}

/** A session that is over. */
export interface Ended {
  readonly status: "ended";
  readonly reason: EndReason;
  /** When it was ended by an act, in ms; null if time ended it, or its user's account. */
  readonly endedAt: number | null;
  readonly sid: string;
  readonly userId: string;
  /** Until when a new proof may take it up again, in ms; null where none does. */
  readonly resumableUntil: number | null;
  readonly actor: SessionActor | null;
}

/** What the credentials of a request are worth. */
export type Verification =
  | Verified
  /** Nothing was presented. */
  | { readonly status: "none" }
  /**
   * Not made by us, altered, unknown, or only good elsewhere. With `keep` the browser's cookies stay:
   * they may be good again, or be good for something else.
   */
  | { readonly status: "invalid"; readonly code: string; readonly keep: boolean }
  | Ended;

/** What a client is given to present later. Times in ms since the epoch. */
export interface Credentials {
  readonly access: string;
  readonly accessExpiresAt: number;
  readonly refresh: string | null;
  /** When the client may forget them: the session's absolute end. */
  readonly expiresAt: number;
}

/** The outcome of renewing. */
export type Renewal =
  | {
      readonly status: "renewed";
      /** `rotated` made something new, `repeated` gave out again what was pending, `unchanged` had nothing to do. */
      readonly change: "rotated" | "repeated" | "unchanged";
      readonly credentials: Credentials | null;
      readonly session: Session;
      readonly user: BaseUser;
      readonly record: SessionRecord | null;
    }
  | {
      readonly status: "reused";
      readonly sid: string;
      readonly userId: string;
      readonly actor: SessionActor | null;
      readonly counter: number;
      readonly head: number;
    }
  | {
      readonly status: "ahead";
      readonly sid: string;
      readonly userId: string;
      readonly actor: SessionActor | null;
      readonly counter: number;
      readonly head: number;
    }
  | Exclude<Verification, Verified>;

/** A stored session, in whatever state, of which a genuine credential was presented. */
export interface HeldSession {
  readonly record: SessionRecord;
  /** Set if the credential is a retired refresh token, which shows that somebody has a copy. */
  readonly reuse: { readonly counter: number; readonly head: number } | null;
}

/** What a strategy keeps in the store for a new credential, and the part that only the client gets. */
export interface FreshSecrets {
  readonly stored: Pick<SessionRecord, "secretHash" | "refresh">;
  readonly token: string | null;
}

/**
 * How a session is proven. The three strategies differ here and nowhere else.
 */
export interface Strategy {
  readonly name: "stateful" | "stateless" | "hybrid";
  /** Whether sessions are in the store, so that they can be listed and ended. */
  readonly stored: boolean;
  /** The secrets of a session that begins. */
  freshSecrets(sid: string, now: number): FreshSecrets;
  /** What the client of this session presents from now on. */
  issue(record: SessionRecord, user: BaseUser, secrets: FreshSecrets, now: number): MaybePromise<Credentials>;
  /** Judges credentials. Never writes. Synchronous where the store is, or where none is asked. */
  verify(presented: Presented, now: number): MaybePromise<Verification>;
  /** The same, but asks the store in any case. */
  verifyAtStore(presented: Presented, now: number): MaybePromise<Verification>;
  /**
   * The stored sessions that genuine credentials belong to, also those that sign nobody in now, or any
   * more: replaced, run out, of a session that is over. Enough to end a session, never to enter one. A
   * forged credential belongs to none. Never writes.
   */
  held(presented: Presented, now: number): Promise<readonly HeldSession[]>;
  /**
   * The stored session that credentials would enter if it were alive: they are judged as `verify` judges them, but for the
   * session's own end. Never writes.
   */
  enters(presented: Presented, now: number): Promise<SessionRecord | null>;
  /** Gives fresh credentials for old ones. Writes. */
  renew(presented: Presented, now: number): MaybePromise<Renewal>;
}
