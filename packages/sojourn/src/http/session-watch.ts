import type { EndReason, Session } from "../domain/session.ts";
import { isSojournError } from "../domain/errors.ts";
import type { HttpParts } from "./call.ts";

/** What is known of a session when it begins to be watched. */
export type WatchableSession = Pick<Session, "sid" | "actor" | "expiresAt" | "absoluteExpiresAt">;

/** What watching takes. */
export type WatchParts = Pick<HttpParts, "revocations" | "sessions" | "strategy" | "clock" | "events">;

/** Who watches. */
export interface Watcher {
  /** Called once, when the session is over. Never because of an outage. */
  ended(reason: EndReason): void;
  /** Called now and then while it is not known to be over. */
  beat?(): void;
}

/** Proxies close connections that are silent for about a minute; half of that is often enough. */
const heartbeat = 25_000;

/**
 * Watches one session until it is over, for whatever is kept open for it. What is revoked is told by the feed, on
 * every node within `maxRevocationLag`; the end of its time is looked up at that time, and anything else with the next beat.
 *
 * @returns a function that stops watching.
 */
export function watchSession(parts: WatchParts, session: WatchableSession, watcher: Watcher): () => void {
  const { clock, strategy, sessions, revocations, events } = parts;
  const { sid } = session;
  let endsAt = Date.parse(strategy.stored ? session.expiresAt : session.absoluteExpiresAt);
  let open = true;
  let cancelTimer = (): void => {};
  const guarded = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      events.failure("sojourn: what watches a session failed", error);
    }
  };
  const end = (reason: EndReason): void => {
    if (!open) return;
    stop();
    guarded(() => watcher.ended(reason));
  };
  const stopListening = revocations?.onRevoked((revocation) => {
    if (revocation.sid === sid) end(revocation.reason);
    else if (revocation.sid === session.actor?.sid) end("parent_ended");
  });
  const stop = (): void => {
    open = false;
    cancelTimer();
    stopListening?.();
  };
  const look = async (): Promise<void> => {
    const reason = strategy.stored ? await sessions.endReason(sid) : clock.now() >= endsAt ? "expired" : null;
    if (reason !== null) return end(reason);
    // It was used since, and lasts longer than was known.
    if (clock.now() >= endsAt)
      endsAt = Date.parse((await sessions.view(sid))?.expiresAt ?? session.expiresAt);
  };
  const lookAgain = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      // Nobody can tell: nobody is signed out by that.
      if (!isSojournError(error, "store_unavailable"))
        events.failure("sojourn: a watched session could not be looked up", error);
    }
    if (!open) return;
    const left = endsAt - clock.now();
    cancelTimer = clock.setTimer(left > 0 ? Math.min(left, heartbeat) : heartbeat, beat);
  };
  const beat = (): void => {
    void lookAgain().then(() => {
      if (open) guarded(() => watcher.beat?.());
    });
  };
  // What ended before this listened, the feed does not tell again.
  void lookAgain();
  return stop;
}
