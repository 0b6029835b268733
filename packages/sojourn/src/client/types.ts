import type { ExposedDataOf } from "../domain/data-schema.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";
import type { ShownData } from "./session-state.ts";

/** What a client reads off the type of the server's `auth`: what its sessions and users are. */
export interface AuthShape {
  getSession(...args: never[]): Promise<AnyLive | null>;
}

interface AnyLive {
  readonly session: Session;
  readonly user: BaseUser;
}
type LiveOf<Auth extends AuthShape> = Auth["getSession"] extends (
  ...args: never[]
) => Promise<infer Found extends AnyLive | null>
  ? NonNullable<Found>
  : AnyLive;
/** The users of an `auth`. */
export type UserOf<Auth extends AuthShape> = LiveOf<Auth>["user"];
/** The sessions of an `auth`, with what its callbacks add. */
export type SessionOf<Auth extends AuthShape> = LiveOf<Auth>["session"];

/** What an `auth` shows of session data: the keys that it declares with `expose`. */
export type DataOf<Auth extends AuthShape> = Auth extends { readonly declared?: infer Declared }
  ? NonNullable<ExposedDataOf<NonNullable<Declared>>>
  : ShownData;

/** A session and its user. */
export interface Live<User = BaseUser, LiveSession = Session> {
  readonly session: LiveSession;
  readonly user: User;
}

/** What signing in takes besides who one is. */
export interface SignInOptions {
  /** Keep the browser signed in after it closes. Default false. */
  readonly remember?: boolean;
}

/** What the built-in ways to sign in take, by their names. */
export interface SignInInputs {
  readonly password: { readonly email: string; readonly password: string };
  /** As a visitor, without saying who. */
  readonly anonymous: object;
}

/** What the built-in ways to sign up take, by their names. */
export interface SignUpInputs {
  readonly password: { readonly email: string; readonly password: string; readonly name?: string };
}

/** What one way takes; one of the app's own whatever it reads. */
export type CredentialsFor<Inputs, Method extends string> = Method extends keyof Inputs
  ? Inputs[Method] & SignInOptions
  : Readonly<Record<string, unknown>> & SignInOptions;
