import { type Duration, parseDuration } from "../domain/parse-duration.ts";
import type { EndReason, Session } from "../domain/session.ts";
import type { Client } from "./client.ts";
import { type End, type ExpiryState, isSame, nearestEnd, stateBefore } from "./expiry-state.ts";
import { around } from "./environment.ts";
import { activity, listen } from "./page.ts";
import type { Result } from "./result.ts";
import { createStore, type ReadableStore } from "./store.ts";
import type { Tabs } from "./storage-tabs.ts";
import { openTabs } from "./tabs.ts";
import { at } from "./timers.ts";
import type { Live } from "./types.ts";

export type { ExpiryState } from "./expiry-state.ts";

/** How {@link watchExpiry} watches. */
export interface ExpiryOptions {
  /** So long before the end it warns; at the most half of the server's idle timeout. Default `5m`. */
  readonly warnBefore?: Duration;
  /**
   * Signs out after so long without a click, key, touch or scroll in any tab of this browser; default: never, and the server's
   * `session.idleTimeout` alone decides. It is a courtesy to whoever leaves a page open: a browser that is closed
   * meanwhile is not signed out by it, so set the server's timeout as well.
   */
  readonly idleTimeout?: Duration;
  /** Called once when the end comes near. */
  readonly onWarn?: (warning: Extract<ExpiryState, { status: "warning" }>) => void;
  /** Called once when the session is over by anything but the user's own signing out; `idle` also where this watch ended it. */
  readonly onOver?: (reason: EndReason | null) => void;
}

/** Warns after 25 minutes without anything done, and signs out after 30. */
export const halfHour: Readonly<{ idleTimeout: Duration; warnBefore: Duration }> = {
  idleTimeout: "30m",
  warnBefore: "5m",
};

/** What watches over the end of a session. */
export interface ExpiryWatch {
  readonly $expiry: ReadableStore<ExpiryState>;
  /** The user wants to stay: counts as something done in all tabs, and prolongs the session at the server. */
  stay(): Promise<Result<Live | null>>;
  stop(): void;
}

/** What it takes of a client. */
export type ExpiringClient = Pick<
  Client<object, Session>,
  "getSession" | "now" | "onExpired" | "refresh" | "signOut"
> & {
  readonly $session: ReadableStore<{ readonly session: Session | null; readonly isPending: boolean }>;
};

/** Something was done in a tab, at a time of this machine's clock. The sid is no secret. */
interface Deed {
  readonly sid: string;
  readonly actedAt: number;
}

/** Tabs tell each other at most so often. A tab that ends the session waits as long, for what another one has to say. */
const spread = 1000;
const retryAfter = 10_000;
/** What was done ends a warning so much later: by then whatever was pressed knows that it is. */
const patience = 100;

/**
 * Watches over the end of the session, as the server's clock has it, and warns before. What the user does in one tab counts
 * in all; what pages ask by themselves never does. Before it warns of the server's idle timeout it asks the server, which
 * may know of something newer.
 *
 * @throws {TypeError} for durations that are none, and a `warnBefore` that is not shorter than `idleTimeout`.
 */
export function watchExpiry(client: ExpiringClient, options: ExpiryOptions = {}): ExpiryWatch {
  return new Watcher(client, options);
}

class Watcher implements ExpiryWatch {
  readonly $expiry = createStore<ExpiryState>({ status: "none" }, () => () => {});
  readonly #client: ExpiringClient;
  readonly #options: ExpiryOptions;
  readonly #warnBefore: number;
  readonly #idleTimeout: number | null;
  readonly #tabs: Tabs<Deed>;
  readonly #stops: (() => void)[];
  #sid: string | null = null;
  #actedAt = Date.now();
  #toldAt = 0;
  /** The idle end that the server was asked about. */
  #askedAbout: string | null = null;
  /** The end as last seen, and when this tab last tried to bring it about. */
  #last: End | null = null;
  #triedAt = 0;
  #cancel = (): void => {};

  constructor(client: ExpiringClient, options: ExpiryOptions) {
    const { warnBefore = "5m", idleTimeout } = options;
    this.#client = client;
    this.#options = options;
    this.#warnBefore = msOf(warnBefore, "warnBefore");
    this.#idleTimeout = idleTimeout === undefined ? null : msOf(idleTimeout, "idleTimeout");
    if (this.#idleTimeout !== null && this.#warnBefore >= this.#idleTimeout)
      throw new TypeError("warnBefore must be shorter than idleTimeout.");
    this.#tabs = openTabs<Deed>("sojourn activity", (deed) => this.#hear(deed));
    this.#stops = [
      client.onExpired((reason) => this.#conclude(reason)),
      client.$session.subscribe(({ session }) => this.#meet(session)),
      listen(activity, () => this.#act()),
      // Timers stand still on a machine that sleeps, and are late in tabs that nobody sees.
      listen(["visibilitychange", "focus", "pageshow"], () => this.#look()),
      () => this.#tabs.close(),
    ];
  }

  stay(): Promise<Result<Live | null>> {
    const isTooLate = this.#isOverdue();
    this.#act(0);
    this.#look();
    return (isTooLate ? this.#client.getSession() : this.#client.refresh()) as Promise<Result<Live | null>>;
  }

  stop(): void {
    this.#cancel();
    for (const stop of this.#stops) stop();
  }

  /** Somebody is signed in, or nobody is. */
  #meet(session: Session | null): void {
    const sid = session?.sid ?? null;
    const before = this.#sid;
    this.#sid = sid;
    if (sid !== null && sid !== before) {
      // Signing in is something done.
      this.#actedAt = Date.now();
      this.#triedAt = 0;
      this.#show({ status: "active" });
    } else if (sid === null && before !== null && this.#isOverdue() && this.#last?.by === "inactive") {
      // Another tab was a little faster.
      this.#conclude("idle");
    } else if (sid === null && !this.#isOver()) {
      // Why it is over is told besides.
      this.#show({ status: "none" });
    }
    this.#look();
  }

  /** The user does something here. */
  #act(throttle = spread): void {
    // Whoever comes back to a machine that slept comes too late.
    if (this.#sid === null || this.#isOver() || this.#isOverdue()) return this.#look();
    this.#actedAt = Date.now();
    if (this.#actedAt - this.#toldAt >= throttle) {
      this.#toldAt = this.#actedAt;
      this.#tabs.tell({ sid: this.#sid, actedAt: this.#actedAt });
    }
    if (this.$expiry.value.status !== "warning") return;
    this.#cancel();
    this.#cancel = at(this.#actedAt + patience, () => this.#look());
  }

  #hear({ sid, actedAt }: Deed): void {
    if (sid !== this.#sid || actedAt <= this.#actedAt || actedAt > Date.now() + spread) return;
    this.#actedAt = actedAt;
    this.#look();
  }

  /** Shows how it stands, and comes back when that changes. */
  #look(): void {
    this.#cancel();
    const { session } = this.#client.$session.get();
    if (session === null) return;
    const end = this.#endOf(session);
    const now = Date.now();
    const state = stateBefore(end, this.#ahead(), now);
    if (state.status === "warning" && end.by === "idle" && this.#askedAbout !== session.idleExpiresAt) {
      this.#askedAbout = session.idleExpiresAt;
      void this.#client.getSession().finally(() => this.#look());
      return;
    }
    if (!this.#isOver()) this.#show(state);
    this.#cancel = at(this.#nextLook(end, now), () => (now < end.at ? this.#look() : void this.#finish(end)));
  }

  #nextLook(end: End, now: number): number {
    if (now < end.warnAt) return end.warnAt;
    const left = end.at - now;
    // On the second, so that none is skipped.
    if (left > 0) return end.at - Math.floor((left - 1) / 1000) * 1000;
    return Math.max(end.at + spread, this.#triedAt + retryAfter);
  }

  /** The time is up. */
  async #finish({ by }: End): Promise<void> {
    this.#triedAt = Date.now();
    if (by === "inactive") {
      this.#conclude("idle");
      await this.#client.signOut();
    } else {
      await this.#client.getSession();
    }
    // Where nobody could be reached, once more.
    this.#look();
  }

  #conclude(reason: EndReason | null): void {
    if (this.#isOver()) return;
    this.#show({ status: "over", reason });
    this.#options.onOver?.(reason);
  }

  #show(state: ExpiryState): void {
    const before = this.$expiry.value;
    if (isSame(before, state)) return;
    this.$expiry.set(state);
    if (state.status === "warning" && before.status !== "warning") this.#options.onWarn?.(state);
  }

  /** In whole ms: timers know no parts of them, and one that is a part early shows a second twice. */
  #ahead(): number {
    return Math.round(this.#client.now() - Date.now());
  }

  #isOver(): boolean {
    return this.$expiry.value.status === "over";
  }

  #isOverdue(): boolean {
    const { session } = this.#client.$session.get();
    const end = session === null ? this.#last : this.#endOf(session);
    return end !== null && Date.now() >= end.at;
  }

  #endOf(session: Session): End {
    const [actedAt, idleTimeout, warnBefore] = [this.#actedAt, this.#idleTimeout, this.#warnBefore];
    this.#last = nearestEnd({ session, ahead: this.#ahead(), actedAt, idleTimeout, warnBefore });
    return this.#last;
  }
}

/** A page may ask its visitor back who is about to leave it. */
interface LeaveEvent {
  preventDefault(): void;
  returnValue: unknown;
}

/**
 * Has the browser ask before a page is left while somebody is signed in. Browsers show words of their own, and only to
 * those who have done something on the page.
 *
 * @param when looks at what is at hand, such as whether a form was changed; it cannot wait for anything. Default: always.
 * @returns what stops it.
 */
export function warnBeforeUnload(
  client: Pick<ExpiringClient, "$session">,
  when: () => boolean = () => true,
): () => void {
  const ask = (event: LeaveEvent): void => {
    if (client.$session.get().session === null || !when()) return;
    event.preventDefault();
    // Some browsers look at this instead.
    event.returnValue = true;
  };
  around.addEventListener?.("beforeunload", ask);
  return () => around.removeEventListener?.("beforeunload", ask);
}

/** A duration in ms. @throws {TypeError} for what is none. */
function msOf(duration: Duration, option: string): number {
  const ms = parseDuration(duration);
  if (Number.isNaN(ms))
    throw new TypeError(`${option} must be a number of seconds or a string such as "15m".`);
  return ms;
}
