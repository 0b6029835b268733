/** Who or what a session belongs to. */
export type SessionKind = "user" | "agent" | "service" | "anonymous";

/** How the credential travels; fixed when the session is made. */
export type Transport = "cookie" | "header";

/** Why a session is over. */
export type EndReason =
  | "signed_out"
  | "revoked"
  | "revoked_by_admin"
  | "expired"
  | "idle"
  | "superseded"
  | "limit"
  | "reuse_detected"
  | "user_disabled"
  | "credentials_changed"
  | "parent_ended";

/** Every {@link EndReason}, for validation and storage. */
export const endReasons: readonly EndReason[] = [
  "signed_out",
  "revoked",
  "revoked_by_admin",
  "expired",
  "idle",
  "superseded",
  "limit",
  "reuse_detected",
  "user_disabled",
  "credentials_changed",
  "parent_ended",
];

/** A value that survives JSON unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What an app keeps with a session, key by key. */
export type SessionData = Readonly<Record<string, JsonValue>>;

/**
 * The refresh lineage of a hybrid session: the whole chain of rotating tokens in five values.
 * The token for `counter` is recomputed from them and a server key, never stored.
 */
export interface RefreshLineage {
  /** The counter of the newest refresh token handed out (the head); starts at 0. */
  readonly counter: number;
  /** The highest counter that its holder has been seen to use. The head is pending while it is lower. */
  readonly confirmedCounter: number;
  /** When the head was made, or first seen in use if that was later; in ms since the epoch. */
  readonly rotatedAt: number;
  /** 32 random bytes; with the server key they key the MAC, so neither leak alone forges a token. */
  readonly seed: Uint8Array;
  /** The id of the server key that made the head. */
  readonly keyId: string;
}

/** Who is really there, in a session that acts as somebody else (RFC 8693 §4.1). */
export interface SessionActor {
  readonly userId: string;
  /** The actor's own session: with it this one is over. */
  readonly sid: string;
  /** Why, in the actor's words. */
  readonly reason: string;
}

/** One session as the store keeps it. All times are in ms since the epoch, all lengths in ms. */
export interface SessionRecord {
  /** Public, time-ordered id (UUIDv7, RFC 9562 §5.7). Never a credential. */
  readonly sid: string;
  readonly userId: string;
  readonly kind: SessionKind;
  /** How it signed in: `password`, `google`, ... */
  readonly method: string;
  readonly transport: Transport;
  /** Whether the browser keeps the cookie after it closes. */
  readonly remember: boolean;
  readonly createdAt: number;
  /** When the user last proved who they are. */
  readonly authTime: number;
  readonly lastSeenAt: number;
  /** Ends this long after `lastSeenAt`. */
  readonly idleTimeout: number;
  /** Ends here whatever happens (absolute timeout). */
  readonly expiresAt: number;
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  /** Counts `update`s; a stale writer loses. */
  readonly version: number;
  /** SHA-256 of the secret of an opaque session token (32 bytes); null in the other strategies. */
  readonly secretHash: Uint8Array | null;
  /** Present in hybrid sessions only. */
  readonly refresh: RefreshLineage | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** Authentication methods (RFC 8176), such as `["pwd"]`. */
  readonly amr: readonly string[];
  /** Authentication context class, such as `aal1`; null if none was claimed. */
  readonly acr: string | null;
  /** Null in a session that its own user holds. */
  readonly actor: SessionActor | null;
  readonly data: SessionData;
}

/** A session as apps, routes and clients see it. Times are ISO 8601 in UTC. */
export interface Session {
  readonly sid: string;
  readonly userId: string;
  readonly kind: SessionKind;
  readonly method: string;
  readonly transport: Transport;
  readonly remember: boolean;
  readonly createdAt: string;
  readonly authTime: string;
  readonly lastSeenAt: string;
  /** When it ends if nothing happens: the earlier of the next two. */
  readonly expiresAt: string;
  readonly idleExpiresAt: string;
  readonly absoluteExpiresAt: string;
  readonly amr: readonly string[];
  readonly acr: string | null;
  /** Who is really there, if somebody acts as this user; null else. */
  readonly actor: SessionActor | null;
  /** Claims that the app's `callbacks.jwt` added; the same in every strategy. */
  readonly claims: Readonly<Record<string, unknown>>;
}
