import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Place } from "../domain/place.ts";
import type { RequestContext } from "../domain/request-context.ts";
import type { EndReason, Session, SessionRecord } from "../domain/session.ts";

/** Where a live session was used from. A user agent is null where none was sent, and undefined where nobody told. */
export interface Sighting {
  readonly ip?: string | null | undefined;
  readonly userAgent?: string | null | undefined;
}

/** What is done about sessions that are used from elsewhere. */
export interface ClientVerbs {
  /** What tokens say of a user is to be judged by the store. */
  readonly changed: (userId: string) => Promise<void>;
  readonly revoke: (sid: string, reason: EndReason, context: RequestContext) => Promise<boolean>;
}

/** Where sessions began and are used from, beside the sessions. */
export interface LoadedClients {
  /** A session has begun. Does not fail: whoever has signed in is signed in. */
  began(record: SessionRecord, context: RequestContext): Promise<void>;
  /**
   * A session has taken the place of another without a new proof: it is compared with what that one was used from, or
   * whoever holds a stolen one could make the place they steal from the usual one. Does not fail.
   */
  succeeded(fromSid: string, record: SessionRecord, context: RequestContext): Promise<void>;
  /** Sessions were ended: nothing more has to be known of them. Does not fail. */
  ended(sids: readonly string[]): Promise<void>;
  /** A live session was used. What is to be noted or told of it is written behind. */
  saw(session: Seen, sighting: Sighting): void;
  /** Where a user's sessions began, by sid, as far as it can be read. */
  placesOf(userId: string, sids: readonly string[]): Promise<ReadonlyMap<string, Place>>;
  /** Where one session began; null if that is not known, or cannot be read. */
  placeOf(sid: string): Promise<Place | null>;
  /** Writes what waits, and stops. */
  close(): Promise<void>;
}

/** What has to be known of a session that was used. */
export type Seen = Pick<Session, "sid" | "userId" | "actor" | "absoluteExpiresAt">;

/** Loads with the first session, and is there at once from then on. Null where the app wants none of it known. */
export type SessionClients = (() => MaybePromise<LoadedClients>) | null;
