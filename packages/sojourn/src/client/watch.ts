import { followEnd } from "./events.ts";
import { hasActed, isVisible, listen } from "./page.ts";
import { revalidate } from "./renewal.ts";
import { isLookDue, isRenewalDue, nextTime } from "./schedule.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import { at } from "./timers.ts";

/** How a page keeps up with its session. */
export interface WatchSettings {
  /** Between two looks at the server, in tabs that are seen, in ms; 0 for none. */
  readonly interval: number;
  readonly onFocus: boolean;
  readonly onReconnect: boolean;
  readonly events: boolean;
  /** Whether there may be a session, as far as can be told without asking. */
  readonly mayHaveSession: () => boolean;
}

/** Coming back to a tab often does not ask often. */
const focusThrottle = 30_000;
const firstRetry = 1000;
const longestRetry = 30_000;
/** Tabs that wake up together do not all ask at once, also where there are no locks. */
const spread = 250;

/**
 * Keeps `$session` up for as long as somebody looks at it: asks now and then and when the page is looked at again, renews
 * for a user who is active, notices the end of the session, and asks again after an outage. What it does of itself is no
 * activity of the user, so it keeps no session alive.
 */
export class Watch {
  readonly #keeper: SessionKeeper;
  readonly #settings: WatchSettings;
  readonly #stops: (() => void)[];
  #cancel = (): void => {};
  #retry = firstRetry;
  #renewedAt = 0;
  #following: { readonly sid: string; readonly stop: AbortController } | null = null;

  constructor(keeper: SessionKeeper, settings: WatchSettings) {
    this.#keeper = keeper;
    this.#settings = settings;
    // Coming to the page is something done, and counts from here.
    hasActed(0);
    const learned = (): void => {
      this.#follow();
      this.#plan();
    };
    keeper.learned.add(learned);
    this.#stops = [
      () => keeper.learned.delete(learned),
      listen(["visibilitychange", "focus"], () => this.#look()),
      listen(["pointerdown", "keydown", "touchstart", "scroll"], () => this.#renewIfDue()),
      listen(["online"], () => settings.onReconnect && this.#ask()),
      listen(["pageshow"], ({ persisted }: { readonly persisted: boolean }) => persisted && this.#comeBack()),
    ];
    learned();
  }

  stop(): void {
    this.#cancel();
    this.#following?.stop.abort();
    for (const stop of this.#stops) stop();
  }

  #ask(): void {
    if (!isVisible() || (!this.#keeper.known?.reply && !this.#settings.mayHaveSession())) return;
    void revalidate(this.#keeper);
  }

  #renewIfDue(): void {
    const isDue = (): boolean => isRenewalDue(this.#keeper.known, Date.now());
    // Whoever only left the page open is not there, and their session may idle.
    if (!isVisible() || !isDue() || !hasActed(this.#renewedAt)) return;
    this.#renewedAt = Date.now();
    void this.#keeper.renew(isDue);
  }

  /** Sets the timer for what is next: a renewal, the session's end, the next look, or the next try after an outage. */
  #plan(): void {
    this.#cancel();
    const { known, error } = this.#keeper;
    const now = Date.now();
    if (error !== null) {
      this.#cancel = at(now + Math.max(this.#retry, (error.retryAfter ?? 0) * 1000), () => this.#ask());
      this.#retry = Math.min(this.#retry * 2, longestRetry);
      return;
    }
    this.#retry = firstRetry;
    const next = nextTime(known, this.#settings.interval, now);
    if (next !== null) this.#cancel = at(next + Math.random() * spread, () => this.#wake());
  }

  #wake(): void {
    this.#renewIfDue();
    if (isLookDue(this.#keeper.known, this.#settings.interval, Date.now())) this.#ask();
    this.#plan();
  }

  /** The user looks at the page again. */
  #look(): void {
    if (!isVisible()) return;
    const isOld = Date.now() - (this.#keeper.known?.asOf ?? 0) > focusThrottle;
    if (this.#settings.onFocus && isOld) this.#ask();
    this.#wake();
  }

  /** A page out of the back-forward cache shows what it showed then. */
  #comeBack(): void {
    if (this.#settings.mayHaveSession()) void this.#keeper.read();
    else void this.#keeper.doubt();
  }

  #follow(): void {
    const sid = this.#keeper.known?.reply?.session.sid ?? null;
    if (!this.#settings.events || sid === (this.#following?.sid ?? null)) return;
    this.#following?.stop.abort();
    this.#following = sid === null ? null : { sid, stop: new AbortController() };
    if (this.#following !== null) void followEnd(this.#keeper, this.#following);
  }
}
