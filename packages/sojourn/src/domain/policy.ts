import { type Duration, durationToMs } from "./duration.ts";
import { SojournError } from "./errors.ts";
import type { SessionKind } from "./session.ts";

/** The two timeouts of a session, in ms. */
export interface Lifetimes {
  /** A session ends this long after its user was last seen. */
  readonly idleTimeout: number;
  /** A session ends this long after its sign-in, whatever happens. */
  readonly absoluteTimeout: number;
}

/** What to do with one sign-in too many. */
export interface SessionLimit {
  /** How many sessions of one user and kind may be alive. At least 1. */
  readonly max: number;
  /** End the oldest, or refuse the new one with `session_limit_reached`. Default `evict-oldest`. */
  readonly onExceed: "evict-oldest" | "deny";
}

/** All lifetimes in force, in ms. */
export interface SessionPolicy extends Lifetimes {
  /** At most one last-seen write per session in this time. */
  readonly touchInterval: number;
  /** How long a hybrid access token lives. */
  readonly accessTokenTtl: number;
  /** How long the predecessor of a confirmed refresh token still gets the same successor. */
  readonly rotationGrace: number;
  /** How old the last authentication may be for a sensitive call that names no limit of its own. */
  readonly freshFor: number;
  /** The longest a revoked session may still be accepted by a node that verifies locally. */
  readonly maxRevocationLag: number;
  /** How long the record of an ended session is kept, so that its user can be told why. */
  readonly endedRetention: number;
  readonly limit: SessionLimit | null;
}

/** The `session` options of `createAuth`. */
export interface SessionOptions {
  /** Slides on activity, enforced by the server. Default `"7d"`. */
  readonly idleTimeout?: Duration;
  /** Nothing extends a session past it. Default `"30d"`. */
  readonly absoluteTimeout?: Duration;
  /** Default `"1m"`. */
  readonly touchInterval?: Duration;
  /** Hybrid only. Default `"15m"`. */
  readonly accessTokenTtl?: Duration;
  /** Hybrid only; `0` is strict single use. Default `"10s"`. */
  readonly rotationGrace?: Duration;
  /** Default `"5m"`. */
  readonly freshFor?: Duration;
  /** Default `"2s"`. */
  readonly maxRevocationLag?: Duration;
  /** Default `"1d"`. */
  readonly endedRetention?: Duration;
  /** Per user and kind. Default: no limit. */
  readonly limit?: { readonly max: number; readonly onExceed?: SessionLimit["onExceed"] };
}

/** The defaults, and the only place where they stand. */
export const defaultSessionOptions: Required<Omit<SessionOptions, "limit">> = {
  idleTimeout: "7d",
  absoluteTimeout: "30d",
  touchInterval: "1m",
  accessTokenTtl: "15m",
  rotationGrace: "10s",
  freshFor: "5m",
  maxRevocationLag: "2s",
  endedRetention: "1d",
};

/** The `keys` options of `createAuth`. */
export interface KeyOptions {
  /** How long a key signs before the next one takes over; `"never"` for by command only. Default `"90d"`. */
  readonly rotateEvery?: Duration | "never";
  /** How long a key is published before it signs: longer than anybody caches public keys. Default `"1d"`. */
  readonly announceFor?: Duration;
}

/** Their defaults. */
export const defaultKeyOptions: Required<KeyOptions> = { rotateEvery: "90d", announceFor: "1d" };

/** The longest Max-Age a browser honours (RFC 6265bis §5.5: 400 days), in ms. */
export const longestCookieAge: number = 400 * 86_400_000;

/**
 * Checks the `session` options and fills in the defaults.
 *
 * @throws {SojournError} `config_invalid` with the option's name.
 */
export function resolvePolicy(options: SessionOptions = {}): SessionPolicy {
  refuseUnknown(options);
  const ms = (name: keyof typeof defaultSessionOptions, atLeast: number): number => {
    const value = durationToMs(options[name] ?? defaultSessionOptions[name], `session.${name}`);
    if (value < atLeast) throw invalid(`session.${name} must be at least ${atLeast / 1000} s.`);
    return value;
  };
  const policy: SessionPolicy = {
    idleTimeout: ms("idleTimeout", 1000),
    absoluteTimeout: ms("absoluteTimeout", 1000),
    touchInterval: ms("touchInterval", 0),
    accessTokenTtl: ms("accessTokenTtl", 1000),
    rotationGrace: ms("rotationGrace", 0),
    freshFor: ms("freshFor", 1000),
    maxRevocationLag: ms("maxRevocationLag", 100),
    endedRetention: ms("endedRetention", 0),
    limit: resolveLimit(options.limit),
  };
  refuseContradictions(policy);
  return policy;
}

/** Lifetimes that a callback asked for, held within the policy: it may shorten, never lengthen. */
export function shortenLifetimes(
  policy: Lifetimes,
  wanted: Partial<Lifetimes> | null | undefined,
): Lifetimes {
  const shorter = (limit: number, value: number | undefined): number =>
    value === undefined || !(value >= 0) ? limit : Math.min(limit, value);
  const absoluteTimeout = shorter(policy.absoluteTimeout, wanted?.absoluteTimeout);
  const idleTimeout = Math.min(shorter(policy.idleTimeout, wanted?.idleTimeout), absoluteTimeout);
  return { idleTimeout, absoluteTimeout };
}

/** The limit that applies to a session of this kind; only a person's own sessions are limited. */
export function limitFor(policy: SessionPolicy, kind: SessionKind): SessionLimit | null {
  return kind === "user" ? policy.limit : null;
}

function resolveLimit(limit: SessionOptions["limit"]): SessionLimit | null {
  if (limit === undefined) return null;
  const onExceed = limit.onExceed ?? "evict-oldest";
  if (!Number.isInteger(limit.max) || limit.max < 1)
    throw invalid("session.limit.max must be a whole number of at least 1.");
  if (onExceed !== "evict-oldest" && onExceed !== "deny") {
    throw invalid('session.limit.onExceed must be "evict-oldest" or "deny".');
  }
  return { max: limit.max, onExceed };
}

function refuseContradictions(policy: SessionPolicy): void {
  if (policy.idleTimeout > policy.absoluteTimeout) {
    throw invalid("session.idleTimeout must not be longer than session.absoluteTimeout.");
  }
  if (policy.absoluteTimeout > longestCookieAge) {
    throw invalid(
      "session.absoluteTimeout must not be longer than 400 days, the longest a browser keeps a cookie.",
    );
  }
  if (policy.touchInterval >= policy.idleTimeout) {
    throw invalid(
      "session.touchInterval must be shorter than session.idleTimeout, or an active user would be signed out.",
    );
  }
  if (policy.accessTokenTtl > policy.absoluteTimeout) {
    throw invalid("session.accessTokenTtl must not be longer than session.absoluteTimeout.");
  }
}

function refuseUnknown(options: SessionOptions): void {
  const known = new Set([...Object.keys(defaultSessionOptions), "limit"]);
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw invalid(`session.${name} is not an option. Known: ${[...known].join(", ")}.`);
  }
}

function invalid(detail: string): SojournError {
  return new SojournError("config_invalid", { detail });
}
