import { SojournError } from "../domain/errors.ts";
import { forbidden } from "../domain/impersonation.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";
import { noContext } from "../session/event-log.ts";
import type { Impersonation, Wanted } from "../session/impersonation.ts";
import type { ParkedSessions } from "./parked-sessions.ts";
import type { RequestAuthenticator } from "./request-authenticator.ts";
import { contextOf, type RequestHeaders } from "./request-headers.ts";
import type { IssuedSession, RequestSessions } from "./request-sessions.ts";
import { knownState } from "./known-state.ts";

/** A session in which somebody acts as another user, as its client gets it. */
export interface ImpersonatedSession<User = BaseUser> extends IssuedSession<User> {
  /** The way back, for header transport; null where a cookie keeps it, or where the actor's session goes on as it was. */
  readonly actorToken: string | null;
}

/** What beginning and ending it takes. */
export interface RequestImpersonationParts {
  readonly impersonation: Impersonation;
  readonly parked: ParkedSessions;
  readonly requests: RequestSessions;
  readonly authenticator: RequestAuthenticator;
}

/** Acting as somebody else, from a request. */
export class RequestImpersonation {
  readonly #parts: RequestImpersonationParts;

  constructor(parts: RequestImpersonationParts) {
    this.#parts = parts;
  }

  /**
   * @param session the actor's.
   * @param headers of the actor's request, whose browser or client then acts as the other and keeps the way back;
   * null leaves the actor's session as it is.
   * @throws {SojournError} as {@link Impersonation.start}.
   */
  async begin(
    { sid }: Session,
    wanted: Wanted,
    headers: RequestHeaders | null,
  ): Promise<ImpersonatedSession> {
    const { impersonation, parked, requests } = this.#parts;
    const context = headers === null ? noContext : contextOf(headers);
    const { child, parked: own } = await impersonation.start(sid, wanted, context, headers !== null);
    const issued = requests.issued(child.session, child.user, child.credentials, headers ?? {});
    if (own === null) return { ...issued, actorToken: null };
    if (child.session.transport === "header") return { ...issued, actorToken: parked.seal(own) };
    return { ...issued, cookies: [...issued.cookies, ...parked.keep(own)], actorToken: null };
  }

  /**
   * Goes back to the actor's own session. The one in which they acted may be over by now.
   *
   * @param sealed the way back, with header transport.
   * @throws {SojournError} `not_found` without a way back, `session_ended`, `store_unavailable`.
   */
  async end(headers: RequestHeaders, sealed?: string): Promise<IssuedSession> {
    const { impersonation, parked, requests } = this.#parts;
    const kept = parked.open(headers, sealed);
    if (kept === null) throw nobody();
    await this.#refuseOthers(headers, kept.childSid);
    const own = await impersonation.stop(kept.token, kept.childSid, contextOf(headers));
    if (own === null) throw nobody();
    const issued = requests.issued(own.session, own.user, own.credentials, headers);
    return { ...issued, cookies: [...issued.cookies, ...parked.clear(headers)] };
  }

  /** Somebody else may have signed in here by other means; they are not to be replaced by whoever was here before. */
  async #refuseOthers(headers: RequestHeaders, childSid: string): Promise<void> {
    const state = knownState(
      await this.#parts.authenticator.authenticate({ ...headers, passive: true }, true),
    );
    if (state.status === "active" && state.session.sid !== childSid)
      throw forbidden("Somebody else has signed in here since.");
  }
}

function nobody(): SojournError {
  return new SojournError("not_found", { detail: "Nobody acts as somebody else here." });
}
