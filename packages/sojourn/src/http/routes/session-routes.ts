import { endReasonHeader } from "../../contract/headers.ts";
import { isSid } from "../../crypto/sid.ts";
import { SojournError } from "../../domain/errors.ts";
import type { Session } from "../../domain/session.ts";
import type { Call, HttpParts, Reply, RouteHandlers } from "../call.ts";
import { limit } from "../limit.ts";
import { problemResponse } from "../problem.ts";
import { contextOf } from "../request-headers.ts";
import { type RefreshResult, sessionEnded } from "../request-sessions.ts";
import { sessionReply } from "../session-reply.ts";
import { signedInReply } from "../signed-in-reply.ts";
import type { SignedInReply } from "../../contract/types.ts";
import { knownState } from "../known-state.ts";

/** Reading, renewing, listing and ending sessions. */
export const sessionRoutes: Pick<
  RouteHandlers,
  "getSession" | "getMe" | "refresh" | "touch" | "listSessions" | "revokeSession" | "revokeOtherSessions"
> = {
  async getSession({ parts, headers }) {
    // Asking who is signed in is no activity: an open page that polls would keep a session for ever.
    const state = knownState(await parts.authenticator.authenticate({ ...headers, passive: true }, false));
    if (state.status === "active") return { body: await sessionReply(parts, state, state.accessExpiresAt) };
    // A page that showed a session may say why it is over; only the first to ask still has a credential to ask with.
    const headersOfEnd = state.status === "ended" ? { [endReasonHeader]: state.reason } : {};
    return { body: null, cookies: state.cookies, headers: headersOfEnd };
  },

  async getMe(call) {
    return { body: call.active().user };
  },

  async refresh(call) {
    const { parts, headers, input } = call;
    const attempt = await limit(call, "refresh");
    const result = await parts.requests.renew(headers, input.refreshToken).catch(attempt.failed);
    // What was presented and is not good counts, and nothing else.
    if (result.status !== "refused" && result.status !== "ended") await attempt.undone();
    return renewed(result, parts);
  },

  async touch(call) {
    const { parts, headers } = call;
    const { session, user, accessExpiresAt } = call.active();
    if (parts.strategy.stored && !(await parts.sessions.touch(session.sid))) {
      throw sessionEnded((await parts.sessions.endReason(session.sid)) ?? "revoked");
    }
    // A self-contained session slides by being made anew.
    if (parts.strategy.name === "stateless") return renewed(await parts.requests.renew(headers), parts);
    const slid = (await parts.sessions.view(session.sid)) ?? session;
    return { body: await sessionReply(parts, { session: slid, user }, accessExpiresAt) };
  },

  async listSessions(call) {
    const { sid, userId } = call.active().session;
    const sessions = await call.parts.sessions.list(userId, { currentSid: sid });
    // That somebody was here is the user's to know; why, and in what session, is between them and their operator.
    return {
      body: {
        sessions: sessions.map(({ actor, ...session }) => ({
          ...session,
          actor: actor === null ? null : { userId: actor.userId },
        })),
      },
    };
  },

  async revokeSession(call) {
    const { parts, params, headers } = call;
    const { session } = call.active();
    const sid = params["sid"] ?? "";
    if (sid !== session.sid) refuseStale(call, session);
    const found =
      isSid(sid) && (await parts.sessions.revoke(sid, "revoked", contextOf(headers), session.userId));
    if (!found) throw new SojournError("session_not_found");
    return { body: { ended: 1 }, cookies: sid === session.sid ? parts.transport.clear(headers) : [] };
  },

  async revokeOtherSessions(call) {
    const { session } = call.active();
    refuseStale(call, session);
    const { sid, userId } = session;
    return {
      body: {
        ended: await call.parts.sessions.revokeAll(userId, { exceptSid: sid }, contextOf(call.headers)),
      },
    };
  },
};

/** Whoever left a browser open long ago must not sign its user out everywhere else (OWASP ASVS 7.5.2). */
function refuseStale({ parts }: Call<"revokeSession"> | Call<"revokeOtherSessions">, session: Session): void {
  const { freshToEnd } = parts.policy;
  if (freshToEnd !== null) parts.challenges.insist(session, { freshFor: freshToEnd }, parts.clock.now());
}

async function renewed(result: RefreshResult, parts: HttpParts): Promise<Reply<SignedInReply> | Response> {
  switch (result.status) {
    case "renewed":
      return signedInReply(result, parts);
    case "anonymous":
      throw new SojournError("unauthenticated");
    case "refused":
      return problemResponse(new SojournError("refresh_invalid"), result.cookies);
    case "ended":
      return problemResponse(parts.challenges.ended(result), result.cookies);
    case "unavailable":
      throw new SojournError("store_unavailable", { retryAfter: result.retryAfter });
  }
}
