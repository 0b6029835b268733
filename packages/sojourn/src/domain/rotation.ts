import type { RefreshLineage } from "./session.ts";

/** A refresh token whose MAC has been checked, and what came with it. */
export interface PresentedRefresh {
  readonly counter: number;
  /** The second signal: whether the user agent is the one the session was made with. */
  readonly sameAgent: boolean;
}

/** What to do with a presented refresh token. */
export type RotationDecision =
  /** Move the head on by one (compare-and-set on the counter). */
  | { readonly action: "rotate" }
  /** Hand out the head as it stands: a lost reply, a race, or a head that is younger than the grace. */
  | { readonly action: "repeat"; readonly cause: "lost_reply" | "race" | "young_head" }
  /** Deny, and leave the session alone: the store was restored from a backup, or a replica lags. */
  | { readonly action: "refuse"; readonly cause: "ahead" }
  /** Somebody holds a retired token: end the session (RFC 9700 §4.14.2). */
  | { readonly action: "revoke"; readonly cause: "reuse" };

/**
 * Decides what a genuine refresh token gets. Strict single use signs honest users out whenever a
 * reply is lost or two tabs race; this keeps them in and still notices a thief at the first cycle.
 *
 * @param grace length of the window in ms; 0 makes every race a reuse.
 * @param now ms since the epoch.
 */
export function decideRotation(
  lineage: Pick<RefreshLineage, "counter" | "confirmedCounter" | "rotatedAt">,
  presented: PresentedRefresh,
  grace: number,
  now: number,
): RotationDecision {
  const behind = lineage.counter - presented.counter;
  const withinGrace = now - lineage.rotatedAt < grace;

  if (behind < 0) return { action: "refuse", cause: "ahead" };
  if (behind === 0) {
    // A head that was made a moment ago is not moved again: otherwise one branch of a fan-out could
    // rotate twice while another still holds the token before, which would then look stolen.
    return withinGrace && lineage.counter > 0
      ? { action: "repeat", cause: "young_head" }
      : { action: "rotate" };
  }
  if (behind === 1) {
    // Nobody has used the head: its reply may have been lost, so its holder asks again, however late.
    if (lineage.confirmedCounter < lineage.counter) return { action: "repeat", cause: "lost_reply" };
    if (withinGrace && presented.sameAgent) return { action: "repeat", cause: "race" };
  }
  return { action: "revoke", cause: "reuse" };
}
