import type { DataDeclarations, DataValidator } from "./data-schema.ts";
import type { Duration } from "./duration.ts";
import type { SessionKind } from "./session.ts";

/** The two timeouts of a session, in ms. */
export interface Lifetimes {
  /** A session ends this long after its user was last seen. */
  readonly idleTimeout: number;
  /** A session ends this long after its sign-in, whatever happens. */
  readonly absoluteTimeout: number;
}

/** The lifetimes of each kind of session: of a browser that was told to remember, and of one that was not. */
export type LifetimesByKind = Readonly<
  Record<SessionKind, { readonly remembered: Lifetimes; readonly passing: Lifetimes }>
>;

/** All lifetimes that can apply, worked out once, so that a check has only to look them up. */
export interface LifetimeTable {
  readonly anyone: LifetimesByKind;
  /** By the user's `role`; null where roles make no difference. */
  readonly byRole: ReadonlyMap<string, LifetimesByKind> | null;
}

/** What to do with one sign-in too many. */
export interface SessionLimit {
  /** How many sessions of one user and kind may be alive. At least 1. */
  readonly max: number;
  /** End the oldest, or refuse the new one with `session_limit_reached`. Default `evict-oldest`. */
  readonly onExceed: "evict-oldest" | "deny";
}

/** How strongly somebody has proven who they are: the authenticator assurance levels of NIST SP 800-63B-4 §2. */
export type AssuranceLevel = 1 | 2 | 3;

/** The timeouts that NIST SP 800-63B-4 asks for at an assurance level (§2.1.3, §2.2.3, §2.3.3). */
export type PresetName = "aal1" | "aal2" | "aal3";

/** All lifetimes in force, in ms. The two of its own are those of a person's session that is remembered. */
export interface SessionPolicy extends Lifetimes {
  readonly preset: PresetName | null;
  readonly lifetimes: LifetimeTable;
  /** At most one last-seen write per session in this time. */
  readonly touchInterval: number;
  /** How long a hybrid access token lives. */
  readonly accessTokenTtl: number;
  /** How long the predecessor of a confirmed refresh token still gets the same successor. */
  readonly rotationGrace: number;
  /** How old the last authentication may be for a sensitive call that names no limit of its own. */
  readonly freshFor: number;
  /** How old the last authentication may be for ending another session of one's own; null for however old. */
  readonly freshToEnd: number | null;
  /** For how long after its idle end a session may be resumed by a new proof; null for not at all. */
  readonly resumeIdle: number | null;
  /** The longest a revoked session may still be accepted by a node that verifies locally. */
  readonly maxRevocationLag: number;
  /** How long the record of an ended session is kept, so that its user can be told why. */
  readonly endedRetention: number;
  readonly limits: Readonly<Record<SessionKind, SessionLimit | null>>;
  /** What the context classes (`acr`) that sign-ins may claim are worth. */
  readonly acrLevels: ReadonlyMap<string, AssuranceLevel>;
}

/** Lifetimes in options; what is not named is as long as the policy has it. */
export interface LifetimeOptions {
  readonly idleTimeout?: Duration;
  readonly absoluteTimeout?: Duration;
}

/** A {@link SessionLimit} in options. */
export interface LimitOptions {
  readonly max: number;
  readonly onExceed?: SessionLimit["onExceed"];
}

/** The `session` options of `createAuth`. */
export interface SessionOptions {
  /** The timeouts of an assurance level. Those named beside it may be shorter than its, never longer. */
  readonly preset?: PresetName;
  /** Slides on activity, enforced by the server. Default `"7d"`. */
  readonly idleTimeout?: Duration;
  /** Nothing extends a session past it. Default `"30d"`. */
  readonly absoluteTimeout?: Duration;
  /** The hard end of an agent's session; it may only be shorter. Default `"15m"`. */
  readonly agentTtl?: Duration;
  /** Shorter lifetimes by kind. `anonymous` has shorter ones without being named. */
  readonly byKind?: Readonly<Partial<Record<Exclude<SessionKind, "user">, LifetimeOptions>>>;
  /** Shorter lifetimes by the user's `role`. */
  readonly byRole?: Readonly<Record<string, LifetimeOptions>>;
  /** Shorter lifetimes where a person signed in without "remember me". */
  readonly withoutRemember?: LifetimeOptions;
  /** Default `"1m"`. */
  readonly touchInterval?: Duration;
  /** Hybrid only. Default `"15m"`. */
  readonly accessTokenTtl?: Duration;
  /** Hybrid only; `0` is strict single use. Default `"10s"`. */
  readonly rotationGrace?: Duration;
  /** Default `"5m"`. */
  readonly freshFor?: Duration;
  /** How old the last proof may be for ending another session of one's own; `false` for however old. Default `"1h"`. */
  readonly freshToEnd?: Duration | false;
  /**
   * Whether a session that idled goes on after a new proof: for this long after its idle end, or with
   * `true` as long as it is kept. Needs a store with small records. Default: only with the preset `aal2`.
   */
  readonly resumeIdle?: boolean | Duration;
  /** Default `"2s"`. */
  readonly maxRevocationLag?: Duration;
  /** Default `"1d"`. */
  readonly endedRetention?: Duration;
  /** Per user: of the kind `user`, or of each kind that is named. Default: no limit. */
  readonly limit?: LimitOptions | Readonly<Partial<Record<SessionKind, LimitOptions>>>;
  /** What context classes of other issuers (`acr`) are worth, such as `{ "urn:example:gold": 2 }`. */
  readonly acrLevels?: Readonly<Record<string, AssuranceLevel>>;
  /** What the app keeps in its sessions: each key with what its values are. Default: any JSON under any key. */
  readonly data?: DataDeclarations;
  /** What a flash message is. Default: any JSON. */
  readonly flash?: DataValidator;
}

/** The options that are one time each. */
export type SessionTimes = Required<
  Omit<
    SessionOptions,
    | "preset"
    | "byKind"
    | "byRole"
    | "withoutRemember"
    | "resumeIdle"
    | "limit"
    | "acrLevels"
    | "data"
    | "flash"
  >
>;

/** The defaults, and the only place where they stand. */
export const defaultSessionOptions: SessionTimes = {
  idleTimeout: "7d",
  absoluteTimeout: "30d",
  agentTtl: "15m",
  touchInterval: "1m",
  accessTokenTtl: "15m",
  rotationGrace: "10s",
  freshFor: "5m",
  freshToEnd: "1h",
  maxRevocationLag: "2s",
  endedRetention: "1d",
};

/** Who has not signed in loses little and leaves much behind: such sessions end sooner by default. */
export const anonymousLifetimes: Required<LifetimeOptions> = { idleTimeout: "1d", absoluteTimeout: "7d" };

/** The longest timeouts that each preset allows (NIST SP 800-63B-4 §2.1.3, §2.2.3, §2.3.3). */
export const presets: Readonly<Record<PresetName, Required<LifetimeOptions>>> = {
  aal1: { idleTimeout: "30d", absoluteTimeout: "30d" },
  aal2: { idleTimeout: "1h", absoluteTimeout: "24h" },
  aal3: { idleTimeout: "15m", absoluteTimeout: "12h" },
};

/** The longest that anybody may act as another user at a stretch, in ms. */
export const longestImpersonation = 3_600_000;

/** The `keys` options of `createAuth`. */
export interface KeyOptions {
  /** How long a key signs before the next one takes over; `"never"` for by command only. Default `"90d"`. */
  readonly rotateEvery?: Duration | "never";
  /** How long a key is published before it signs: longer than anybody caches public keys. Default `"1d"`. */
  readonly announceFor?: Duration;
}

/** Their defaults. */
export const defaultKeyOptions: Required<KeyOptions> = { rotateEvery: "90d", announceFor: "1d" };

/** The most keys that a ring makes room for: all of them are looked at, published and kept in one small record. */
export const mostKeys = 24;

/** How long events are kept, where they are. */
export const defaultAuditRetention: Duration = "90d";

/** The longest Max-Age a browser honours (RFC 6265bis §5.5: 400 days), in ms. */
export const longestCookieAge: number = 400 * 86_400_000;

/** The limit that applies to a session of this kind, if any. */
export function limitFor(policy: SessionPolicy, kind: SessionKind): SessionLimit | null {
  return policy.limits[kind];
}
