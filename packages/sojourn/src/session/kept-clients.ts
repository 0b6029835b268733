import { type ClientDigest, clientDigest } from "../crypto/client-digest.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import { firstTraits } from "../domain/anomaly.ts";
import type { Place } from "../domain/place.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { RequestContext } from "../domain/request-context.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { SessionStore } from "../ports/session-store.ts";
import { AnomalyWatch } from "./anomaly-watch.ts";
import type { Callbacks } from "./callbacks.ts";
import type { ClientPrivacy } from "./client-privacy.ts";
import { traitsOf } from "./client-traits.ts";
import type { EventLog } from "./event-log.ts";
import { ClientEntries } from "./client-entries.ts";
import type { LoadedClients, ClientVerbs, Seen, Sighting } from "./session-clients.ts";
import { PlaceFinder, type PlaceLookup } from "./place-finder.ts";

/** What kept clients are made of. */
export interface KeepingParts {
  readonly entries: EntryStore;
  readonly sessions: SessionStore;
  /** Whose keys are in digests. */
  readonly secrets: KeyRing;
  readonly privacy: ClientPrivacy;
  readonly callbacks: Callbacks<BaseUser, object>;
  readonly clock: Clock;
  readonly events: EventLog;
  /** Null where the app looks no places up. */
  readonly lookup: PlaceLookup | null;
  /** Null where nobody wants to hear of anomalies. */
  readonly watch: ClientVerbs | null;
}

/** Puts together what keeps clients, and what watches them. */
export function keptClients(parts: KeepingParts): LoadedClients {
  const { sessions, secrets, privacy, callbacks, clock, events, lookup, watch } = parts;
  const places = lookup === null ? null : new PlaceFinder(lookup, clock, events);
  const entries = new ClientEntries(parts.entries, clock);
  const shared = { entries, places, digest: clientDigest(secrets), privacy, clock, events };
  if (watch === null) return new KeptClients({ ...shared, watch: null });
  const { changed, revoke } = watch;
  return new KeptClients({
    ...shared,
    watch: new AnomalyWatch({
      ...shared,
      isLive: async ({ sid }) => (await sessions.find(sid))?.record.endedAt === null,
      answer: callbacks.anomaly,
      async demandProof({ sid, userId }) {
        if (await withoutProof(sessions, sid, clock)) await changed(userId);
      },
      end: ({ sid }, context) => revoke(sid, "revoked", context),
    }),
  });
}

/** Somebody else may be changing the session as well. The bound is there so that a broken store cannot make it go round for ever. */
const mostRounds = 4;

/** From now on no proof of this session is recent: its last one counts as given at the beginning of time. */
async function withoutProof(sessions: SessionStore, sid: string, clock: Clock): Promise<boolean> {
  for (let round = 0; round < mostRounds; round += 1) {
    const found = await sessions.find(sid);
    if (found === null || found.record.endedAt !== null) return false;
    if ((await sessions.update(sid, found.record.version, { authTime: 0 }, clock.now())) !== null)
      return true;
  }
  return false;
}

interface KeptParts extends Pick<KeepingParts, "events"> {
  readonly digest: ClientDigest;
  readonly entries: ClientEntries;
  readonly places: PlaceFinder | null;
  readonly watch: AnomalyWatch | null;
}

/** Keeps where sessions began, and has their use compared with it. */
class KeptClients implements LoadedClients {
  readonly #parts: KeptParts;

  constructor(parts: KeptParts) {
    this.#parts = parts;
  }

  began(record: SessionRecord, context: RequestContext): Promise<void> {
    return this.#note(record, context, null);
  }

  succeeded(fromSid: string, record: SessionRecord, context: RequestContext): Promise<void> {
    return this.#note(record, context, fromSid);
  }

  /** Notes where a session has begun, and what it is compared with: its own first use, or those of the one before it. */
  async #note(
    { sid, userId, expiresAt }: SessionRecord,
    context: RequestContext,
    fromSid: string | null,
  ): Promise<void> {
    const { entries, places, watch, digest, events } = this.#parts;
    try {
      const place = (await places?.find(context.ip)) ?? null;
      const country = place?.country ?? null;
      const keyId = digest.activeId;
      // What an app begins without a request says nothing of who will use it.
      const { ip, userAgent } = context;
      const sighting = { ip, userAgent: userAgent ?? undefined };
      const before = watch === null || fromSid === null ? null : await entries.get(fromSid);
      const first = { ...firstTraits({ ...traitsOf(sighting, digest, keyId), country }), keyId };
      const traits = watch === null ? null : (before?.client.traits ?? first);
      if (place !== null || traits !== null) await entries.add({ sid, userId, expiresAt }, { place, traits });
    } catch (error) {
      events.failure("sojourn: where a session began could not be kept", error);
    }
  }

  async ended(sids: readonly string[]): Promise<void> {
    const { entries, events } = this.#parts;
    try {
      for (const sid of sids) await entries.remove(sid);
    } catch (error) {
      // It goes at the session's absolute end.
      events.failure("sojourn: where a session was used from could not be removed", error);
    }
  }

  /** A live session was used. */
  saw(session: Seen, sighting: Sighting): void {
    this.#parts.watch?.saw(session, sighting);
  }

  placesOf(userId: string, sids: readonly string[]): Promise<ReadonlyMap<string, Place>> {
    return this.#readable(this.#parts.entries.places(userId, sids), new Map());
  }

  async placeOf(sid: string): Promise<Place | null> {
    return (await this.#readable(this.#parts.entries.get(sid), null))?.client.place ?? null;
  }

  /** Whoever looks for a session to end it must find it, with its place or without. */
  async #readable<Found>(reading: Promise<Found>, otherwise: Found): Promise<Found> {
    try {
      return await reading;
    } catch (error) {
      this.#parts.events.failure("sojourn: where sessions began could not be read", error);
      return otherwise;
    }
  }

  async close(): Promise<void> {
    await this.#parts.watch?.close();
  }
}
