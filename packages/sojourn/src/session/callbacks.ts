import type { Anomaly, AnomalyAnswer } from "../domain/anomaly.ts";
import type { SessionClaims } from "../domain/claims.ts";
import type { Duration } from "../domain/duration.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser, Principal } from "../domain/principal.ts";
import type { Session, SessionKind } from "../domain/session.ts";

/** Where an app joins in. All may be asynchronous; one that throws fails the request. */
export interface Callbacks<User extends BaseUser, Extra extends object> {
  /**
   * At sign-in: the user as the app knows it (made or updated there, if need be).
   *
   * @returns null to refuse the sign-in (`sign_in_denied`).
   */
  readonly user?: (signIn: {
    readonly principal: Principal<User>;
    readonly user: User;
  }) => MaybePromise<User | null>;
  /**
   * Claims to add: at each making of a token in `hybrid` and `stateless`, at each read in `stateful`.
   * They appear as `session.claims`. An `exp` (seconds since the epoch) shortens the token's life and
   * never lengthens it.
   */
  readonly jwt?: (token: {
    readonly claims: Partial<SessionClaims> & Pick<SessionClaims, "sub" | "sid">;
    readonly user: User;
  }) => MaybePromise<Readonly<Record<string, unknown>> | null | undefined>;
  /**
   * At each read: what to add to the session. An earlier `expiresAt` ends it then; a later one is ignored.
   */
  readonly session?: (read: { readonly session: Session; readonly user: User }) => MaybePromise<Extra>;
  /**
   * A visitor with an anonymous session signs in: time to move what the app keeps of theirs, such as a cart. If it
   * throws, the sign-in fails and the visitor stays who they were. It may be called again for the same two: what was
   * moved before is to be no mistake.
   */
  readonly upgraded?: (change: {
    readonly anonymousUserId: string;
    readonly user: User;
    /** The session that begins; nobody has been given it yet. */
    readonly session: Session;
  }) => MaybePromise<void>;
  /**
   * A live session is used from another browser or system, network, or country than before; called once for each
   * such change, behind the request. `"step_up"` makes what needs a fresh proof ask for one, `"end"` ends the session.
   * Nothing, or an error, is `"ignore"`.
   */
  readonly anomaly?: (anomaly: Anomaly) => MaybePromise<AnomalyAnswer | undefined>;
  /** At sign-in: lifetimes for this user, for example by role. They may be shorter than the policy, never longer. */
  readonly lifetimes?: (signIn: {
    readonly user: User;
    readonly kind: SessionKind;
    readonly method: string;
    readonly remember: boolean;
  }) => MaybePromise<
    { readonly idleTimeout?: Duration; readonly absoluteTimeout?: Duration } | null | undefined
  >;
}
