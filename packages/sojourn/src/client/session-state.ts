import type { SessionReply } from "../contract/types.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { Renewal } from "../domain/renewal.ts";
import type { EndReason, Session } from "../domain/session.ts";
import type { ClientError } from "./result.ts";

interface Checking {
  /** Why the last look at the server failed; null if it did not. What was known before stays. */
  readonly error: ClientError | null;
  /** Nothing is known yet: show neither what is private nor a sign-in form. */
  readonly isPending: boolean;
  /** The server is being asked, behind what is shown. */
  readonly isRefetching: boolean;
}

interface Nobody {
  readonly session: null;
  readonly user: null;
  readonly data: null;
  readonly renewal: null;
}

/** Session data of which no more is known. */
export type ShownData = Readonly<Record<string, unknown>>;

/** Who is signed in, as far as this page knows. */
export type SessionState<User = BaseUser, Live = Session, Data = ShownData> = Checking &
  (
    | (Nobody & { readonly status: "pending"; readonly reason: null })
    | {
        readonly status: "signed-in";
        readonly session: Live;
        readonly user: User;
        /** What of the session's data the server declares with `expose`; null where nothing is. */
        readonly data: Data | null;
        /** When the client renews next for a user who is active; null where nothing prolongs the session. */
        readonly renewal: Renewal | null;
        readonly reason: null;
      }
    | (Nobody & {
        readonly status: "signed-out";
        /** Why the session that was shown is over; null if there was none, or nobody knows. */
        readonly reason: EndReason | null;
      })
  );

/** What a server's answer says, and what it is worth. */
export interface Knowledge {
  readonly reply: SessionReply | null;
  readonly reason: EndReason | null;
  /** Since when it is true at the least, in ms of this machine's clock. */
  readonly asOf: number;
  /** What the server's clock is ahead of this machine's, in ms. */
  readonly ahead: number;
}

/**
 * Whether `next` tells more than what is known: an answer that was under way while something happened here says how
 * it was before.
 */
export function isNews(next: Knowledge, known: Knowledge | null, now: number): boolean {
  // A clock that was set back must not make everything that comes look old.
  return known === null || next.asOf >= known.asOf || known.asOf > now + 1000;
}

/** What is shown of it. */
export function stateOf(
  known: Knowledge | null,
  error: ClientError | null,
  isRefetching: boolean,
): SessionState {
  const nobody: Nobody = { session: null, user: null, data: null, renewal: null };
  if (known === null)
    return { status: "pending", ...nobody, reason: null, error, isPending: true, isRefetching: false };
  const checking = { error, isPending: false, isRefetching };
  const { reply, reason } = known;
  if (reply === null) return { status: "signed-out", ...nobody, reason, ...checking };
  const { session, user, data = null, renewal } = reply;
  return { status: "signed-in", session, user, data, renewal, reason: null, ...checking };
}

/**
 * Why a session is over that the server says nothing of: of several requests at that moment only the first is told.
 */
export function guessedReason(known: Knowledge | null, now: number): EndReason | null {
  if (!known?.reply) return null;
  const { idleExpiresAt, absoluteExpiresAt } = known.reply.session;
  // Timers and the guess of the server's clock are not exact to the moment.
  const soon = now + known.ahead + 1000;
  if (soon >= Date.parse(absoluteExpiresAt)) return "expired";
  return soon >= Date.parse(idleExpiresAt) ? "idle" : null;
}
