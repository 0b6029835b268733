import type { KnownTraits } from "../domain/anomaly.ts";
import { cleanPlace, type Place } from "../domain/place.ts";
import type { JsonValue } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import { originSpace } from "../ports/entry-spaces.ts";
import type { EntryStore } from "../ports/entry-store.ts";

/** What is kept of where a session began and is used from. */
export interface Origin {
  readonly place: Place | null;
  /** Null where nothing is watched. */
  readonly traits: (KnownTraits & { readonly keyId: string }) | null;
}

/** An origin as it was read, for who wants to replace it. */
export interface StoredOrigin {
  readonly origin: Origin;
  readonly version: number;
}

/** Whose origin, and until when. */
export interface OriginOwner {
  readonly sid: string;
  readonly userId: string;
  /** The session's absolute end, in ms since the epoch. */
  readonly expiresAt: number;
}

const pageSize = 500;
/** Whoever has more sessions than fit on these has a list without places at its end. */
const mostPages = 4;

/** Origins among the small records beside the sessions, each under the id of its session. */
export class OriginEntries {
  readonly #entries: EntryStore;
  readonly #clock: Clock;

  constructor(entries: EntryStore, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  /** @returns whether there was none yet. */
  async add({ sid, userId, expiresAt }: OriginOwner, origin: Origin): Promise<boolean> {
    const entry = { space: originSpace, key: sid, owner: userId, value: written(origin), expiresAt };
    return this.#entries.add(entry, this.#clock.now());
  }

  async get(sid: string): Promise<StoredOrigin | null> {
    const entry = await this.#entries.get(originSpace, sid, this.#clock.now());
    return entry === null ? null : { origin: read(entry.value), version: entry.version };
  }

  /** @returns whether nobody else was faster. */
  async replace({ sid, expiresAt }: OriginOwner, version: number, origin: Origin): Promise<boolean> {
    const change = { value: written(origin), expiresAt };
    return this.#entries.replace(originSpace, sid, version, change, this.#clock.now());
  }

  /** The places of a user's sessions, by sid. */
  async places(userId: string, sids: readonly string[]): Promise<ReadonlyMap<string, Place>> {
    const wanted = new Set(sids);
    const places = new Map<string, Place>();
    let after: string | null = null;
    for (let page = 0; page < mostPages && wanted.size > 0; page += 1) {
      const entries = await this.#entries.list(originSpace, userId, this.#clock.now(), {
        limit: pageSize,
        after,
      });
      for (const { key, value } of entries) {
        const { place } = read(value);
        if (wanted.delete(key) && place !== null) places.set(key, place);
      }
      if (entries.length < pageSize) break;
      after = entries.at(-1)?.key ?? null;
    }
    return places;
  }
}

function written({ place, traits }: Origin): JsonValue {
  return {
    ...(place === null ? {} : { place: { ...place } }),
    ...(traits === null ? {} : { traits: { ...traits } }),
  };
}

function read(value: JsonValue): Origin {
  const { place, traits = null } = value as { place?: unknown; traits?: Origin["traits"] };
  return { place: cleanPlace(place), traits };
}
