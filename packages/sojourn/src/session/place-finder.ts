import type { MaybePromise } from "../domain/maybe-promise.ts";
import { cleanPlace, type Place, placeTimeout } from "../domain/place.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventLog } from "./event-log.ts";

/** Tells roughly where an address is; the app's own. */
export type PlaceLookup = (ip: string) => MaybePromise<Place | null>;

/** Asks the app where an address is, and waits only so long. */
export class PlaceFinder {
  readonly #lookup: PlaceLookup;
  readonly #clock: Clock;
  readonly #events: EventLog;

  constructor(lookup: PlaceLookup, clock: Clock, events: EventLog) {
    this.#lookup = lookup;
    this.#clock = clock;
    this.#events = events;
  }

  /** @returns null where nobody knows, or not soon enough. Does not fail. */
  async find(ip: string | null): Promise<Place | null> {
    if (ip === null) return null;
    let cancel: (() => void) | undefined;
    const late = new Promise<typeof tooLate>((resolve) => {
      cancel = this.#clock.setTimer(placeTimeout, () => resolve(tooLate));
    });
    try {
      const answer = await Promise.race([this.#ask(ip), late]);
      if (answer !== tooLate) return cleanPlace(answer);
      this.#failed(`no answer within ${placeTimeout} ms`);
    } catch (error) {
      // The message may well hold the address, which is nobody's to log.
      this.#failed(error instanceof Error ? error.name : typeof error);
    } finally {
      cancel?.();
    }
    return null;
  }

  async #ask(ip: string): Promise<unknown> {
    return this.#lookup(ip);
  }

  #failed(reason: string): void {
    this.#events.warn({ reason }, "sojourn: where a session began could not be looked up");
  }
}

const tooLate: unique symbol = Symbol("too late");
