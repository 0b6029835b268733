import type { BaseUser } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";

/** What a client reads off the type of the server's `auth`: what its sessions and users are. */
export interface AuthShape {
  getSession(...args: never[]): Promise<{ readonly session: Session; readonly user: BaseUser } | null>;
}

type LiveOf<Auth extends AuthShape> = Auth extends { getSession(...args: never[]): Promise<infer Found> }
  ? Extract<Found, Live<unknown, unknown>>
  : never;
/** The users of an `auth`. */
export type UserOf<Auth extends AuthShape> = LiveOf<Auth>["user"];
/** The sessions of an `auth`, with what its callbacks add. */
export type SessionOf<Auth extends AuthShape> = LiveOf<Auth>["session"];

/** A session and its user. */
export interface Live<User = BaseUser, LiveSession = Session> {
  readonly session: LiveSession;
  readonly user: User;
}
