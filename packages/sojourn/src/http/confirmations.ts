import { proofOf, resumeProof } from "../domain/assurance.ts";
import type { Principal } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";
import type { Resumable, Resumption } from "../session/resumption.ts";
import { refuseOthers } from "./refuse-others.ts";
import { contextOf, type RequestHeaders } from "./request-headers.ts";
import {
  type IssuedSession,
  type RequestSessionParts,
  type RequestSessions,
  sessionEnded,
} from "./request-sessions.ts";

/** A session whose user may prove again who they are. */
export interface Confirmable {
  readonly sid: string;
  readonly userId: string;
  /** Puts a new session in its place. @throws {SojournError} `session_ended`, `session_limit_reached`, `sign_in_denied`. */
  confirm(principal: Principal): Promise<IssuedSession>;
}

/** What confirming needs. */
export interface ConfirmationParts extends RequestSessionParts {
  readonly requests: RequestSessions;
  /** Null where nobody resumes a session that idled. */
  readonly resumption: Resumption | null;
}

/** Where a new proof of who is there goes, by whatever method it was made. */
export class Confirmations {
  readonly #parts: ConfirmationParts;

  constructor(parts: ConfirmationParts) {
    this.#parts = parts;
  }

  /** A new proof in a live session. */
  ofLive(session: Session, headers: RequestHeaders): Confirmable {
    const { requests } = this.#parts;
    const { sid, userId } = session;
    return {
      sid,
      userId,
      confirm: async (principal) =>
        this.#tell(await requests.replace(session, principal, headers), false, headers),
    };
  }

  /**
   * A new proof for the session of a request that idled.
   *
   * @param refreshToken the one from the body, with header transport.
   * @returns null where there is none to resume.
   * @throws {SojournError} `session_ended` where it is over for good.
   */
  async ofIdle(headers: RequestHeaders, refreshToken?: string): Promise<Confirmable | null> {
    const { requests, resumption } = this.#parts;
    const presented = resumption === null ? null : requests.presented(headers, refreshToken);
    const found = presented === null ? null : ((await resumption?.find(presented)) ?? null);
    if (found === null) return null;
    if (found.status === "over") throw sessionEnded(found.reason);
    const { sid, userId } = found.record;
    return {
      sid,
      userId,
      confirm: async (principal) => this.#tell(await this.#resume(found, principal, headers), true, headers),
    };
  }

  /** A new session goes on where the idle one stopped: with its data and its absolute end. */
  async #resume(resumable: Resumable, principal: Principal, headers: RequestHeaders): Promise<IssuedSession> {
    const { starter, policy, resumption, sessions, requests } = this.#parts;
    const { record, endsBy } = resumable;
    refuseOthers(record, principal);
    const { amr, acr } = resumeProof(record, proofOf(principal), policy.acrLevels);
    const { kind, remember, transport, data } = record;
    const context = contextOf(headers);
    const { session, user, credentials } = await starter.start({ ...principal, kind, amr, acr }, context, {
      remember,
      transport,
      inPlaceOf: { data, needsRoom: true },
      endsBy,
    });
    await requests.carryOver(record.sid, session, headers);
    const over = (await resumption?.take(resumable)) ?? null;
    if (over !== null) {
      await sessions.revoke(session.sid, over, context);
      throw sessionEnded(over);
    }
    return requests.issued(session, user, credentials, headers);
  }

  #tell(issued: IssuedSession, resumed: boolean, headers: RequestHeaders): IssuedSession {
    const { sid, userId, method } = issued.session;
    this.#parts.events.emit({ type: "authn_step_up", sid, userId, method, resumed }, contextOf(headers));
    return issued;
  }
}
