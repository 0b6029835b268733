import type { ClientDigest } from "../crypto/client-digest.ts";
import {
  type Anomaly,
  type AnomalyAnswer,
  anomalyAnswers,
  type AnomalyChange,
  compareTraits,
  firstTraits,
  type KnownTraits,
} from "../domain/anomaly.ts";
import { subjectOf } from "../domain/events.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { RequestContext } from "../domain/request-context.ts";
import type { Clock } from "../ports/clock.ts";
import type { ClientPrivacy } from "./client-privacy.ts";
import { traitsOf } from "./client-traits.ts";
import type { EventLog } from "./event-log.ts";
import type { ClientEntries, ClientOwner, KeptClient } from "./client-entries.ts";
import type { Seen, Sighting } from "./session-clients.ts";
import type { PlaceFinder } from "./place-finder.ts";

/** What watching takes. */
export interface WatchParts {
  readonly entries: ClientEntries;
  readonly places: PlaceFinder | null;
  readonly digest: ClientDigest;
  readonly privacy: ClientPrivacy;
  readonly clock: Clock;
  readonly events: EventLog;
  /** Whether the session is still there and not ended. */
  readonly isLive: (session: Seen) => Promise<boolean>;
  /** The app's word; absent where it wants events only. */
  readonly answer: ((anomaly: Anomaly) => MaybePromise<unknown>) | undefined;
  /** From now on the session proves nothing recent. */
  readonly demandProof: (session: Seen) => Promise<void>;
  readonly end: (session: Seen, context: RequestContext) => Promise<unknown>;
}

/** How long a use may wait to be looked at, in ms. */
const delay = 1000;
/** Beyond this the oldest wait is given up, and what was looked at longest ago is forgotten (two generations of this size). */
const mostWaiting = 10_000;
/** A loser of the compare-and-set looks again; the bound is there so that a broken store cannot make it go round for ever. */
const mostRounds = 4;

interface Use {
  readonly session: Seen;
  readonly sighting: Sighting;
  /** What the app has said already, where it could not be done yet. */
  readonly answer?: AnomalyAnswer;
}

/**
 * Compares the use of sessions with where they were used from before, behind the requests. A request costs a look into a
 * set; only a session that this process meets for the first time from somewhere is looked up.
 */
export class AnomalyWatch {
  readonly #parts: WatchParts;
  #met = new Set<string>();
  #metBefore = new Set<string>();
  #waiting = new Map<string, Use>();
  #cancel: (() => void) | null = null;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** A live session was used. */
  saw(session: Seen, sighting: Sighting): void {
    const from = `${session.sid} ${sighting.ip} ${sighting.userAgent}`;
    if (this.#met.has(from) || this.#metBefore.has(from)) return;
    if (this.#met.size >= mostWaiting) {
      this.#metBefore = this.#met;
      this.#met = new Set();
    }
    this.#met.add(from);
    this.#wait(from, { session, sighting });
  }

  /** Looks at what waits. */
  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    // One after the other, so that of two uses of one session the first is the one that was there before.
    this.#flushing = this.#flushing.then(async () => {
      for (const [from, use] of waiting) await this.#lookAt(from, use);
    });
    return this.#flushing;
  }

  /** Looks at what waits, and stops. */
  close(): Promise<void> {
    return this.flush();
  }

  #wait(from: string, use: Use): void {
    if (this.#waiting.size >= mostWaiting) {
      const oldest = this.#waiting.keys().next();
      if (!oldest.done) this.#waiting.delete(oldest.value);
    }
    this.#waiting.set(from, use);
    this.#cancel ??= this.#parts.clock.setTimer(delay, () => void this.flush());
  }

  async #lookAt(from: string, use: Use): Promise<void> {
    const { events } = this.#parts;
    let { answer } = use;
    try {
      answer ??= await this.#judge(use);
      await this.#enforce(use, answer);
    } catch (error) {
      events.failure("sojourn: the use of a session could not be compared", error);
      // What the app has said is done as soon as it can be; else the next request from there is looked at.
      if (answer !== undefined) return this.#wait(from, { ...use, answer });
      this.#met.delete(from);
      this.#metBefore.delete(from);
    }
  }

  /** What is new, to whoever was first to note it. */
  async #compare({ session, sighting }: Use): Promise<readonly AnomalyChange[]> {
    const { entries, places, digest, clock } = this.#parts;
    const owner = { ...session, expiresAt: Date.parse(session.absoluteExpiresAt) };
    for (let round = 0; round < mostRounds; round += 1) {
      const stored = await entries.get(session.sid);
      const known = stored?.client.traits ?? null;
      const keyId = known?.keyId ?? digest.activeId;
      const traits = traitsOf(sighting, digest, keyId);
      const isElsewhere = traits.network !== null && known?.networks.includes(traits.network) !== true;
      const country = isElsewhere ? ((await places?.find(sighting.ip ?? null))?.country ?? null) : null;
      // Of a session that began before anybody watched, or under a key that is gone, this use is the first.
      const isFirst = known === null || digest.of("", keyId) === null;
      const compared = isFirst
        ? { changed: [], known: firstKnown(sighting, country, digest) }
        : compareTraits(known, { ...traits, country }, clock.now());
      if (compared === null) return [];
      const client = {
        place: stored?.client.place ?? null,
        traits: { ...compared.known, keyId: isFirst ? digest.activeId : keyId },
      };
      const isNoted =
        stored === null
          ? this.#addFirst(session, owner, client)
          : entries.replace(owner, stored.version, client);
      if (await isNoted) return compared.changed;
    }
    return [];
  }

  /** Notes a session of which nothing was known. It may have ended while its use waited: then nothing stays of it. */
  async #addFirst(session: Seen, owner: ClientOwner, client: KeptClient): Promise<boolean> {
    const { entries, isLive } = this.#parts;
    if (!(await entries.add(owner, client))) return false;
    // Afterwards: an end that comes later than this finds the note and removes it.
    if (!(await isLive(session))) await entries.remove(session.sid);
    return true;
  }

  /** Asks and tells of what is new. */
  async #judge(use: Use): Promise<AnomalyAnswer> {
    const changed = await this.#compare(use);
    if (changed.length === 0) return "ignore";
    const { events, privacy } = this.#parts;
    const { session, sighting } = use;
    const { ip, userAgent } = await privacy.told(contextOf(sighting));
    const { sid, userId } = session;
    const answer = await this.#ask({ sid, userId, changed, ip, userAgent });
    events.emit({ type: "session_anomaly", ...subjectOf(session), changed, answer }, contextOf(sighting));
    return answer;
  }

  async #enforce({ session, sighting }: Use, answer: AnomalyAnswer): Promise<void> {
    const { demandProof, end } = this.#parts;
    if (answer === "step_up") await demandProof(session);
    if (answer === "end") await end(session, contextOf(sighting));
  }

  async #ask(anomaly: Anomaly): Promise<AnomalyAnswer> {
    try {
      const answer = (await this.#parts.answer?.(anomaly)) ?? "ignore";
      if (anomalyAnswers.includes(answer as AnomalyAnswer)) return answer as AnomalyAnswer;
      throw new TypeError("callbacks.anomaly must answer ignore, step_up or end.");
    } catch (error) {
      // Who cannot say what it means leaves the session alone; the event tells of it all the same.
      this.#parts.events.failure("sojourn: callbacks.anomaly failed", error);
      return "ignore";
    }
  }
}

function firstKnown(sighting: Sighting, country: string | null, digest: ClientDigest): KnownTraits {
  return firstTraits({ ...traitsOf(sighting, digest, digest.activeId), country });
}

function contextOf({ ip = null, userAgent = null }: Sighting): RequestContext {
  return { ip, userAgent };
}
