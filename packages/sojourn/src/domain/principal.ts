import type { SessionKind } from "./session.ts";

/** Who a login method says is signing in. It knows nothing of sessions. */
export interface Principal<User = unknown> {
  readonly userId: string;
  /** How: `password`, `google`, ... Letters, digits, `-` and `_`, at most 64. */
  readonly method: string;
  /** Default `user`. */
  readonly kind?: SessionKind;
  /** The user, where the method has it at hand; saves a read. */
  readonly user?: User;
  /** Authentication methods (RFC 8176), such as `["pwd"]`. */
  readonly amr?: readonly string[];
  /** Authentication context class, such as `aal1`. */
  readonly acr?: string | null;
  /** When they proved it, in ms since the epoch, where that was earlier. Default: now. */
  readonly authTime?: number;
}

/** What Sojourn must know of a user; an app's own type has at least this. */
export interface BaseUser {
  readonly id: string;
  /** A user who is not `active` has no session. Absent means active. */
  readonly status?: "active" | "disabled";
}

/** Whether a user may be signed in. */
export function isActive(user: BaseUser): boolean {
  return user.status !== "disabled";
}

/** Who a visitor is that has not signed in: known again, and nothing more. No directory has them. */
export interface AnonymousUser extends BaseUser {
  readonly anonymous: true;
}

/** The user of an anonymous session. */
export function anonymousUser(id: string): AnonymousUser {
  return { id, anonymous: true };
}
