import type { Place } from "../domain/place.ts";
import type { RequestContext } from "../domain/request-context.ts";
import type { EndReason, Session, SessionRecord } from "../domain/session.ts";

/** Where a live session was used from; undefined for what nobody told. */
export interface Sighting {
  readonly ip?: string | null | undefined;
  readonly userAgent?: string | null | undefined;
}

/** What is done about sessions that are used from elsewhere. */
export interface OriginVerbs {
  /** What tokens say of a user is to be judged by the store. */
  readonly changed: (userId: string) => Promise<void>;
  readonly revoke: (sid: string, reason: EndReason, context: RequestContext) => Promise<boolean>;
}

/** Origins once they are loaded. */
export interface LoadedOrigins {
  began(record: SessionRecord, context: RequestContext): Promise<void>;
  saw(session: Seen, sighting: Sighting): void;
  placesOf(userId: string, sids: readonly string[]): Promise<ReadonlyMap<string, Place>>;
  placeOf(sid: string): Promise<Place | null>;
  close(): Promise<void>;
}

/** What has to be known of a session that was used. */
export type Seen = Pick<Session, "sid" | "userId" | "actor" | "absoluteExpiresAt">;

/**
 * Where sessions began and are used from, beside the sessions. It loads with the first of them.
 */
export class Origins {
  readonly #load: () => Promise<LoadedOrigins>;
  #loading: Promise<LoadedOrigins> | null = null;
  #loaded: LoadedOrigins | null = null;

  constructor(load: () => Promise<LoadedOrigins>) {
    this.#load = load;
  }

  /** A session has begun. Does not fail: whoever has signed in is signed in. */
  async began(record: SessionRecord, context: RequestContext): Promise<void> {
    await (await this.#ready()).began(record, context);
  }

  /** A live session was used. What is to be noted or told of it is written behind. */
  saw(session: Seen, sighting: Sighting): void {
    if (this.#loaded === null) void this.#ready().then((kept) => kept.saw(session, sighting));
    else this.#loaded.saw(session, sighting);
  }

  /** Where a user's sessions began, by sid. */
  async placesOf(userId: string, sids: readonly string[]): Promise<ReadonlyMap<string, Place>> {
    return (await this.#ready()).placesOf(userId, sids);
  }

  /** Where one session began; null if that is not known. */
  async placeOf(sid: string): Promise<Place | null> {
    return (await this.#ready()).placeOf(sid);
  }

  /** Writes what waits, and stops. */
  async close(): Promise<void> {
    await (await this.#loading)?.close();
  }

  async #ready(): Promise<LoadedOrigins> {
    this.#loaded = await (this.#loading ??= this.#load());
    return this.#loaded;
  }
}
