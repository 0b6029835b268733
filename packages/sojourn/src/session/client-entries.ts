import type { KnownTraits } from "../domain/anomaly.ts";
import { cleanPlace, type Place } from "../domain/place.ts";
import type { JsonValue } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import { clientSpace } from "../ports/entry-spaces.ts";
import type { EntryStore } from "../ports/entry-store.ts";

/** What is kept of where a session began and is used from. */
export interface KeptClient {
  readonly place: Place | null;
  /** Null where nothing is watched. */
  readonly traits: (KnownTraits & { readonly keyId: string }) | null;
}

/** A client as it was read, for who wants to replace it. */
export interface StoredClient {
  readonly client: KeptClient;
  readonly version: number;
}

/** Whose it is, and until when. */
export interface ClientOwner {
  readonly sid: string;
  readonly userId: string;
  /** The session's absolute end, in ms since the epoch. */
  readonly expiresAt: number;
}

const pageSize = 500;
/** Whoever has more sessions than fit on these has a list without places at its end. */
const mostPages = 4;

/** What is kept of clients among the small records beside the sessions, each under the id of its session. */
export class ClientEntries {
  readonly #entries: EntryStore;
  readonly #clock: Clock;

  constructor(entries: EntryStore, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  /** @returns whether there was none yet. */
  async add({ sid, userId, expiresAt }: ClientOwner, client: KeptClient): Promise<boolean> {
    const entry = { space: clientSpace, key: sid, owner: userId, value: written(client), expiresAt };
    return this.#entries.add(entry, this.#clock.now());
  }

  async get(sid: string): Promise<StoredClient | null> {
    const entry = await this.#entries.get(clientSpace, sid, this.#clock.now());
    return entry === null ? null : { client: read(entry.value), version: entry.version };
  }

  /** @returns whether nobody else was faster. */
  async replace({ sid, expiresAt }: ClientOwner, version: number, client: KeptClient): Promise<boolean> {
    const change = { value: written(client), expiresAt };
    return this.#entries.replace(clientSpace, sid, version, change, this.#clock.now());
  }

  async remove(sid: string): Promise<void> {
    await this.#entries.take(clientSpace, sid, this.#clock.now());
  }

  /** The places of a user's sessions, by sid. */
  async places(userId: string, sids: readonly string[]): Promise<ReadonlyMap<string, Place>> {
    const wanted = new Set(sids);
    const places = new Map<string, Place>();
    let after: string | null = null;
    for (let page = 0; page < mostPages && wanted.size > 0; page += 1) {
      const entries = await this.#entries.list(clientSpace, userId, this.#clock.now(), {
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

function written({ place, traits }: KeptClient): JsonValue {
  return {
    ...(place === null ? {} : { place: { ...place } }),
    ...(traits === null ? {} : { traits: { ...traits } }),
  };
}

function read(value: JsonValue): KeptClient {
  const { place, traits = null } = value as { place?: unknown; traits?: KeptClient["traits"] };
  return { place: cleanPlace(place), traits };
}
