import { absoluteEnd, endOf, resumableUntil } from "../domain/evaluate.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { EndReason, SessionRecord } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { UserResolver } from "../strategies/user-resolver.ts";
import type { Presented, Strategy } from "../strategies/verification.ts";
import type { IdleEnds } from "./idle-ends.ts";
import type { SessionManager } from "./session-manager.ts";

/** An idle session that a new proof may take up again. */
export interface Resumable {
  readonly status: "resumable";
  readonly record: SessionRecord;
  /** Its absolute end, which is the end of what takes its place as well; in ms since the epoch. */
  readonly endsBy: number;
}

/** What resuming needs. */
export interface ResumptionParts {
  readonly strategy: Strategy;
  readonly policy: SessionPolicy;
  readonly clock: Clock;
  readonly resolveUser: UserResolver;
  readonly sessions: SessionManager;
  readonly idleEnds: IdleEnds;
}

/**
 * Finds the session that idled in somebody's absence, so that a new proof can take it up again (NIST SP
 * 800-63B-4 §2.2.3). What was signed out, revoked or resumed already is over for good, and so is what has
 * reached its absolute end.
 */
export class Resumption {
  readonly #parts: ResumptionParts;

  constructor(parts: ResumptionParts) {
    this.#parts = parts;
  }

  /** The session that these credentials would enter if it had not idled, or why it is over for good; null where there is none. */
  async find(
    presented: Presented,
  ): Promise<Resumable | { readonly status: "over"; readonly reason: EndReason } | null> {
    const { strategy, policy, clock, resolveUser, idleEnds } = this.#parts;
    const now = clock.now();
    const record = await strategy.enters(presented, now);
    if (record === null) return null;
    const user = await resolveUser(record, undefined);
    const lifetimes = lifetimesOf(policy, record, user);
    const end = endOf(record, lifetimes, now);
    // A self-contained token idles by itself: its session in the store may have a moment left.
    if (end !== null && end !== "idle") return { status: "over", reason: end };
    const closed = await idleEnds.endedAs(record, now);
    if (closed !== null) return { status: "over", reason: closed };
    const until = resumableUntil(record, lifetimes, policy);
    if (until === null || now >= until) return null;
    return { status: "resumable", record, endsBy: absoluteEnd(record, lifetimes) };
  }

  /**
   * Ends the old session, once the new one is there: then an end of all of the user's sessions that runs beside this
   * meets one of the two.
   *
   * @returns why it was over before; null if it was not.
   */
  async take({ record }: Resumable): Promise<EndReason | null> {
    const { sessions, clock, idleEnds } = this.#parts;
    if (await sessions.revoke(record.sid, "superseded")) return idleEnds.sweepOf(record, clock.now());
    return (await idleEnds.endedAs(record, clock.now())) ?? sessions.endReason(record.sid);
  }
}
