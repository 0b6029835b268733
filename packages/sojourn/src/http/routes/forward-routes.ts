import { identityHeaders, signInHeader } from "../../contract/headers.ts";
import { isSojournError, SojournError } from "../../domain/errors.ts";
import type { Session } from "../../domain/session.ts";
import { signInTarget } from "../admission.ts";
import type { Call, HttpParts, RouteHandlers } from "../call.ts";
import { type ForwardedRequest, forwardedRequest } from "../forwarded-request.ts";
import { knownState } from "../known-state.ts";
import { opensPage, pageOf } from "../page.ts";
import { privateHeaders, problemResponse } from "../problem.ts";
import { callOf } from "../request-guard.ts";
import type { RequestSource } from "../verbs.ts";

/**
 * Tells a proxy whether a request may go on. Nothing is renewed and no cookie is set or cleared: not every proxy hands
 * them to the browser, and a successor that gets lost on the way is one the next request asks for in vain.
 */
export const forwardRoutes: Pick<RouteHandlers, "forward"> = {
  async forward(call) {
    const forwarded = forwardedRequest(call.request, call.parts.guard);
    try {
      // Whom the server behind trusts by a header can be made to act by another site, as with any cookie.
      call.parts.requestGuard.checkSite({
        ...callOf(call.request, call.headers),
        method: forwarded.method,
      });
      return admitted(await liveSession(call, forwarded));
    } catch (error) {
      if (!isSojournError(error) || error.status !== 401) throw error;
      return refused(error, call, forwarded);
    }
  },
};

/** @throws {SojournError} `unauthenticated`, `session_ended`, `store_unavailable`. */
async function liveSession(
  { headers, parts }: Call<"forward">,
  { target }: ForwardedRequest,
): Promise<Session> {
  // A page that asks for itself does not act; whoever is at work behind the proxy must not be idle for us.
  const passive = headers.passive === true || target === null;
  const state = knownState(await parts.authenticator.authenticate({ ...headers, passive }, false));
  if (state.status === "ended") throw parts.challenges.ended(state);
  if (state.status !== "active") throw new SojournError("unauthenticated");
  if (state.session.kind === "anonymous")
    throw new SojournError("unauthenticated", { detail: "A visitor has to sign in for this." });
  return state.session;
}

function admitted({ sid, userId, kind, actor }: Session): Response {
  const headers = privateHeaders();
  headers.set(identityHeaders.userId, encoded(userId));
  headers.set(identityHeaders.sid, sid);
  headers.set(identityHeaders.kind, kind);
  headers.set(identityHeaders.actor, encoded(actor?.userId ?? userId));
  return new Response(null, { headers });
}

function refused(error: SojournError, call: Call<"forward">, forwarded: ForwardedRequest): Response {
  const target = signInFor(error, call, forwarded);
  if (target === null) return problemResponse(error);
  if (call.input.signIn === "header") {
    const response = problemResponse(error);
    response.headers.set(signInHeader, target);
    return response;
  }
  const headers = privateHeaders();
  headers.set("Location", target);
  return new Response(null, { status: 303, headers });
}

/** Where whoever opens a page signs in; null if they do not, or it would not help. */
function signInFor(
  error: SojournError,
  { request, parts }: Call<"forward">,
  { method, target, origin }: ForwardedRequest,
): string | null {
  const source: RequestSource = { headers: request.headers, method };
  if (!opensPage(source)) return null;
  const wanted = target === null ? null : pageOf({ ...source, url: target });
  const page = signInTarget(signInPage(parts, origin), wanted, error);
  // A proxy may complete a path by where it asked us, which is nowhere that a browser could go.
  return page?.startsWith("/") === true ? (parts.guard.origin ?? "") + page : page;
}

/** From a page of another origin the way leads to ours, and back to that one. */
function signInPage({ redirects: { signIn }, guard }: HttpParts, origin: string | null) {
  const { origin: own } = guard;
  if (signIn === null || origin === null || own === null) return { signIn, origin: own };
  return { signIn: new URL(signIn, own).href, origin };
}

/** See `identityHeaders`. */
function encoded(value: string): string {
  // Half of a surrogate pair is no character, and has no UTF-8.
  const text = value.replace(/[\ud800-\udfff]/gu, "\ufffd");
  return text.replace(/[^\u0021-\u007e]|%/gu, encodeURIComponent);
}
