import type { AuthShape, SessionOf, UserOf } from "../client/index.ts";

/**
 * What an app tells once, so that every hook knows its users and sessions:
 *
 * `declare module "sojourn/react" { interface Register { auth: typeof auth } }`
 */
export interface Register {}

/** The app's `auth`, or what all of them have in common where the app told none. */
export type RegisteredAuth = Register extends { readonly auth: infer Auth extends AuthShape }
  ? Auth
  : AuthShape;

/** The app's users. */
export type RegisteredUser = UserOf<RegisteredAuth>;
/** The app's sessions. */
export type RegisteredSession = SessionOf<RegisteredAuth>;
