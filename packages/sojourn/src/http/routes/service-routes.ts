import { openApiDocument } from "../../contract/openapi.ts";
import { sameSecret } from "../../crypto/compare.ts";
import { digest } from "../../crypto/digest.ts";
import { SojournError } from "../../domain/errors.ts";
import type { IntrospectionReply } from "../../contract/types.ts";
import type { Transport } from "../../domain/session.ts";
import type { Presented } from "../../strategies/verification.ts";
import type { AuthState } from "../request-authenticator.ts";
import type { Call, RouteHandlers } from "../call.ts";
import { limit } from "../limit.ts";
import { contextOf } from "../request-headers.ts";
import { knownState } from "../known-state.ts";

/** For other services: what is a token worth, end its session, and the keys to check one with. */
export const serviceRoutes: Pick<
  RouteHandlers,
  "introspect" | "revokeToken" | "revocations" | "jwks" | "openapi"
> = {
  async introspect(call) {
    await authenticateService(call, "introspect");
    // A refresh token is none to a resource: told "active", it would take one for an access token.
    const state = await stateOf(call);
    return { body: state.status === "active" ? introspection(state) : { active: false } };
  },

  async revokeToken(call) {
    await authenticateService(call, "revoke");
    const { input, parts, headers } = call;
    // RFC 7009 §2.1: refresh tokens must be revocable. The hint only says what to try first.
    const presented = parts.transports.map((transport) => presentedAs(transport, input.token, input.token));
    if (parts.strategy.stored) await parts.sessions.end(presented, "revoked", contextOf(headers));
    else await refuseToRevoke(call);
    return { body: {} };
  },

  async revocations(call) {
    // The same secret would be guessed at, so the same attempts are counted.
    await authenticateService(call, "introspect");
    const { input, parts } = call;
    if (parts.news === null) {
      throw new SojournError("strategy_unsupported", {
        detail: "Nothing is revoked here: there is no store that would know.",
      });
    }
    const page = await parts.news(input.cursor ?? null);
    return { body: { ...page, keys: parts.keyIds() } };
  },

  async jwks({ parts, request }) {
    const body = JSON.stringify(await parts.signer.publicKeys());
    const tag = `"${digest("sha256", body, "base64url")}"`;
    const { jwksMaxAge } = parts;
    // RFC 5861 §3: nobody waits for a new copy while the old one will do.
    const caching = `public, max-age=${jwksMaxAge}, stale-while-revalidate=${jwksMaxAge}`;
    const headers = {
      "Cache-Control": caching,
      ETag: tag,
      Vary: "Accept-Encoding, Origin",
      "X-Content-Type-Options": "nosniff",
    };
    if (namesTag(request.headers.get("if-none-match"), tag))
      return new Response(null, { status: 304, headers });
    return new Response(body, { headers: { ...headers, "Content-Type": "application/jwk-set+json" } });
  },

  async openapi({ parts }) {
    const headers = {
      "Content-Type": "application/json",
      "Cache-Control": "public, max-age=300",
      Vary: "Origin",
      "X-Content-Type-Options": "nosniff",
    };
    return new Response(JSON.stringify(openApiDocument(parts.basePath)), { headers });
  },
};

/** Whether a list of entity tags has this one, in either strength: a proxy that compresses makes it weak (RFC 9110 §13.1.2). */
function namesTag(list: string | null, tag: string): boolean {
  const tags = (list ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return tags.some((one) => one === tag || one === "*");
}

/** HTTP Basic with a configured service's id and secret (RFC 6749 §2.3.1). Nobody else may ask: an open oracle would test stolen tokens. */
async function authenticateService(
  call: Call<"introspect"> | Call<"revokeToken"> | Call<"revocations">,
  act: "introspect" | "revoke",
): Promise<void> {
  const { request, parts } = call;
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const [id = "", secret = ""] =
    basic === undefined ? [] : splitOnce(Buffer.from(basic, "base64").toString("utf8"));
  const service = parts.services.find((candidate) => candidate.id === id);
  // Compared in any case, so that an unknown id takes as long as a wrong secret.
  const right = sameSecret(secret, service?.secret ?? "");
  if (service !== undefined && right && secret !== "") return;
  // Asked only now, so that a service costs nothing more: its secret is too long to be guessed while one is refused.
  await limit(call, act);
  throw new SojournError("invalid_client");
}

/** Whose token it is, whichever way it travels; asked at the store, because a stale answer would be passed on. */
async function stateOf(call: Call<"introspect"> | Call<"revokeToken">): Promise<AuthState> {
  const { input, parts, headers } = call;
  for (const transport of parts.transports) {
    const presented = presentedAs(transport, input.token, null);
    const state = knownState(await parts.authenticator.authenticatePresented(presented, contextOf(headers)));
    if (state.status === "active") return state;
  }
  return { status: "anonymous", cookies: [] };
}

/** A token that nothing is stored of lives on, and its service has to know (RFC 7009 §2.2.1). */
async function refuseToRevoke(call: Call<"revokeToken">): Promise<void> {
  const state = await stateOf(call);
  if (state.status === "active") await call.parts.sessions.revoke(state.session.sid, "revoked");
}

function presentedAs(transport: Transport, access: string | null, refresh: string | null): Presented {
  return { transport, access, refresh, userAgent: null };
}

function introspection({ session }: Extract<AuthState, { status: "active" }>): IntrospectionReply {
  return {
    active: true,
    sub: session.userId,
    sid: session.sid,
    exp: Math.floor(Date.parse(session.expiresAt) / 1000),
    iat: Math.floor(Date.parse(session.createdAt) / 1000),
    auth_time: Math.floor(Date.parse(session.authTime) / 1000),
    amr: session.amr,
    ...(session.acr === null ? {} : { acr: session.acr }),
    token_type: "Bearer",
  };
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(":");
  return colon === -1
    ? [text, ""]
    : [decodeURIComponentSafe(text.slice(0, colon)), decodeURIComponentSafe(text.slice(colon + 1))];
}

/** RFC 6749 §2.3.1 has both parts form-encoded; many clients do not. */
function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
