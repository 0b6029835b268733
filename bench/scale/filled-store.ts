import type { Store } from "sojourn";

/** A database that many sessions were put into by its own means, and what is needed to work on them. */
export interface FilledStore {
  readonly store: Store;
  readonly sessions: number;
  /** Bytes of disk per session, indexes included. */
  readonly bytesPerSession: number;
  /** Takes back what a variant did to these sessions, so that it can be done again. Not timed. */
  revive(sids: readonly string[]): Promise<void> | void;
  /** Adds so many sessions that were over long ago. */
  addExpired(count: number): Promise<void> | void;
  remove(): Promise<void> | void;
}

/** How many sessions each user has. */
export const sessionsPerUser = 10;

/** When the first session of a store began; each next one begins a millisecond later. */
export const firstSignIn: number = Date.UTC(2026, 0, 1);
/** When the stores are used: long before the sessions run out. */
export const today: number = Date.UTC(2026, 0, 2);
const lifetime = 30 * 86_400_000;
export const expiresAt: number = today + lifetime;

/** The sid of the nth session: a UUIDv7 (RFC 9562 §5.7), in the order of time as in life. */
export function sidOf(index: number): string {
  const time = (firstSignIn + index).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, "0")}`;
}

/** The user of the nth session. */
export function userOf(index: number, sessions: number): string {
  return `user_${index % Math.max(1, Math.floor(sessions / sessionsPerUser))}`;
}

/** The columns that every filled session has alike, as SQL values. */
export const sameForAll: Readonly<Record<string, string>> = {
  kind: "'user'",
  method: "'password'",
  transport: "'cookie'",
  remember: "1",
  idle_timeout: String(lifetime),
  version: "0",
  ip: "'203.0.113.77'",
  user_agent:
    "'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15'",
  amr: `'["pwd"]'`,
  data: "'{}'",
};
