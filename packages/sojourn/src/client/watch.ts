import { type Duration, parseDuration } from "../domain/parse-duration.ts";
import { inPage } from "./environment.ts";
import { followEnd } from "./events.ts";
import { activity, hasLocks, isVisible, listen } from "./page.ts";
import { revalidate } from "./renewal.ts";
import { isLookDue, isOver, isRenewalDue, nextTime } from "./schedule.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import { at } from "./timers.ts";

/** How a page keeps up with its session. */
export interface WatchSettings {
  /** Between two looks at the server, in tabs that are seen; 0 for none. */
  readonly refetchInterval: Duration;
  readonly onFocus: boolean;
  readonly onReconnect: boolean;
  readonly events: boolean;
  /** What tells of an app that it comes to the front, or goes to the back. */
  readonly visibility: ((changed: (isVisible: boolean) => void) => () => void) | undefined;
  /** Whether there may be a session, as far as can be told without asking. */
  readonly mayHaveSession: () => boolean;
}

/** Coming back to a tab often does not ask often. */
const focusThrottle = 30_000;
const firstRetry = 1000;
const longestRetry = 30_000;
/** Tabs that fall due together do not all ask at once. Without locks the first has to be done before the next begins. */
const spread = (): number => Math.random() * (hasLocks() ? 250 : 2000);
/** A timer that fires so late was held up: the machine slept. */
const overslept = 1000;
/** So long after a renewal the next one can wait, whatever the server advises. */
const betweenRenewals = 1000;

/**
 * Keeps `$session` up for as long as somebody looks at it: asks now and then and when the page is looked at again, renews
 * for a user who is active, notices the end of the session, and asks again after an outage. What it does of itself is no
 * activity of the user, so it keeps no session alive.
 */
export class Watch {
  readonly #keeper: SessionKeeper;
  readonly #settings: WatchSettings;
  readonly #stops: (() => void)[];
  readonly #interval: number;
  /** Of an app that is no page. */
  #isInFront = true;
  #cancel = (): void => {};
  #retry = firstRetry;
  /** Whether the server could not be asked the last time. */
  #wasAway = false;
  #renewedAt = 0;
  /** When the user last did something here. Coming to the page is something done. */
  #actedAt = Date.now();
  #following: { readonly sid: string; readonly stop: AbortController } | null = null;

  constructor(keeper: SessionKeeper, settings: WatchSettings) {
    this.#keeper = keeper;
    this.#settings = settings;
    this.#interval = parseDuration(settings.refetchInterval);
    const learned = (): void => {
      // The stream broke as well, and by now may wait long before it tries again.
      if (this.#wasAway && keeper.error === null) this.#unfollow();
      this.#wasAway = keeper.error !== null;
      this.#follow();
      this.#plan();
    };
    keeper.learned.add(learned);
    this.#stops = [
      () => keeper.learned.delete(learned),
      listen(["visibilitychange", "focus", "resume"], () => this.#look()),
      listen(activity, () => {
        this.#actedAt = Date.now();
        this.#renewIfDue();
      }),
      // A page that the browser freezes must not keep the others from listening.
      listen(["freeze"], () => this.#unfollow()),
      listen(["online"], () => settings.onReconnect && this.#ask()),
      settings.visibility?.((isInFront) => {
        this.#isInFront = isInFront;
        this.#follow();
        this.#look();
      }) ?? (() => {}),
      listen(["pageshow"], ({ persisted }: { readonly persisted: boolean }) => persisted && this.#comeBack()),
    ];
    this.#follow();
    this.#wake();
  }

  stop(): void {
    this.#cancel();
    this.#unfollow();
    for (const stop of this.#stops) stop();
  }

  #isSeen(): boolean {
    return this.#isInFront && isVisible();
  }

  #ask(): void {
    if (!this.#isSeen() || (!this.#keeper.known?.reply && !this.#settings.mayHaveSession())) return;
    void revalidate(this.#keeper);
  }

  /** Whether it is time to renew, and the user is there. Whoever only left the page open is not, and their session may idle. */
  #mayRenew(): boolean {
    const { known, error } = this.#keeper;
    const now = Date.now();
    const isTooSoon = Math.abs(now - this.#renewedAt) < betweenRenewals || error !== null;
    const isAway = !this.#isSeen() || (inPage() && this.#actedAt <= this.#renewedAt);
    return isRenewalDue(known, now) && !isTooSoon && !isAway;
  }

  #renewIfDue(): void {
    if (!this.#mayRenew()) return;
    this.#renewedAt = Date.now();
    void this.#keeper.renew(() => isRenewalDue(this.#keeper.known, Date.now()));
  }

  /** Sets the timer for what is next: a renewal, the session's end, the next look, or the next try after an outage. */
  #plan(): void {
    this.#cancel();
    const { known, error } = this.#keeper;
    const now = Date.now();
    if (error !== null) {
      this.#cancel = at(now + Math.max(this.#retry, (error.retryAfter ?? 0) * 1000), () => {
        this.#retry = Math.min(this.#retry * 2, longestRetry);
        this.#ask();
      });
      return;
    }
    this.#retry = firstRetry;
    const next = this.#mayRenew() ? now : nextTime(known, this.#interval, now);
    if (next === null) return;
    const due = next + spread();
    this.#cancel = at(due, () => {
      // All tabs of the machine wake at once: each draws anew when it is its turn.
      if (Date.now() - due > overslept) this.#cancel = at(Date.now() + spread(), () => this.#wake());
      else this.#wake();
    });
  }

  #wake(): void {
    this.#renewIfDue();
    const { known } = this.#keeper;
    const now = Date.now();
    // What is private must not stay, also where nobody looks at it just now.
    if (isOver(known, now)) void revalidate(this.#keeper);
    else if (isLookDue(known, this.#interval, now)) this.#ask();
    this.#plan();
  }

  /** The user looks at the page again. */
  #look(): void {
    if (!this.#isSeen()) return;
    const { known } = this.#keeper;
    const isGone = !!known?.reply && !this.#settings.mayHaveSession();
    const isOld = Date.now() - (known?.asOf ?? 0) > focusThrottle;
    if (isGone || (isOld && this.#settings.onFocus)) this.#ask();
    this.#follow();
    this.#wake();
  }

  /** A page out of the back-forward cache shows what it showed then; by now the browser may have signed out. */
  #comeBack(): void {
    this.#keeper.doubt();
    if (this.#settings.mayHaveSession()) void this.#keeper.readAnew();
    else this.#keeper.hydrate(null);
  }

  #follow(): void {
    const sid = (this.#isInFront && this.#keeper.known?.reply?.session.sid) || null;
    if (!this.#settings.events || sid === (this.#following?.sid ?? null)) return;
    this.#unfollow();
    if (sid === null) return;
    const stop = new AbortController();
    const following = { sid, stop };
    this.#following = following;
    void followEnd(this.#keeper, sid, stop.signal).finally(() => {
      if (this.#following === following) this.#following = null;
    });
  }

  #unfollow(): void {
    this.#following?.stop.abort();
    this.#following = null;
  }
}
