import type { EndReason, Session } from "../domain/session.ts";

/** How near the session's end is. */
export type ExpiryState =
  /** Nobody is signed in, or that is not known yet. */
  | { readonly status: "none" }
  /** The end is far. */
  | { readonly status: "active" }
  | {
      readonly status: "warning";
      /** When the session ends if nothing happens: ISO 8601, by the server's clock. */
      readonly endsAt: string;
      /** Until then, whole seconds. */
      readonly secondsLeft: number;
      /** Whether the user can stay. The absolute timeout nothing prolongs: then there is only to save one's work. */
      readonly canStay: boolean;
    }
  /** The session ended while this was watching. */
  | { readonly status: "over"; readonly reason: EndReason | null };

/** When a session ends, in ms of this machine's clock, and by what. */
export interface End {
  readonly at: number;
  /** From then on it is worth a warning. */
  readonly warnAt: number;
  /** `inactive`: the page's own idle time. `idle` and `absolute`: the server's timeouts. */
  readonly by: "inactive" | "idle" | "absolute";
}

/** What decides it. Times and lengths in ms. */
export interface EndFacts {
  readonly session: Pick<Session, "lastSeenAt" | "idleExpiresAt" | "absoluteExpiresAt">;
  /** What the server's clock is ahead of this machine's. */
  readonly ahead: number;
  /** When the user last did something, in any tab. */
  readonly actedAt: number;
  /** The page's own idle time; null for none. */
  readonly idleTimeout: number | null;
  readonly warnBefore: number;
}

/** The end that comes first. */
export function nearestEnd({ session, ahead, actedAt, idleTimeout, warnBefore }: EndFacts): End {
  const idleAt = Date.parse(session.idleExpiresAt);
  // Where the idle timeout is short the warning is not to stand there all the time.
  const idleWarning = Math.min(warnBefore, (idleAt - Date.parse(session.lastSeenAt)) / 2);
  const end = (time: number, by: End["by"], warning = warnBefore): End => ({
    at: time,
    warnAt: time - warning,
    by,
  });
  const ends = [
    end(Date.parse(session.absoluteExpiresAt) - ahead, "absolute"),
    end(idleAt - ahead, "idle", idleWarning),
    ...(idleTimeout === null ? [] : [end(actedAt + idleTimeout, "inactive")]),
  ];
  // Of two at the same time the absolute one: it cannot be put off.
  return ends.reduce((first, next) => (next.at < first.at ? next : first));
}

/** What is shown before an end. */
export function stateBefore({ at, by, warnAt }: End, ahead: number, now: number): ExpiryState {
  if (now < warnAt) return { status: "active" };
  return {
    status: "warning",
    endsAt: new Date(at + ahead).toISOString(),
    secondsLeft: Math.max(0, Math.ceil((at - now) / 1000)),
    canStay: by !== "absolute",
  };
}

/** Whether two states look the same. */
export function isSame(before: ExpiryState, after: ExpiryState): boolean {
  const keys = ["status", "endsAt", "secondsLeft", "canStay", "reason"];
  const [one, other] = [before, after] as unknown as Record<string, unknown>[];
  return keys.every((key) => one?.[key] === other?.[key]);
}
