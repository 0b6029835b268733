import type { SignedInReply } from "../contract/types.ts";
import type { HttpParts, Reply } from "./call.ts";
import type { IssuedSession } from "./request-sessions.ts";
import { sessionReply } from "./session-reply.ts";

/** The reply that hands out credentials: in cookies, or in the body where the session's transport is the header. */
export function signedInReply(
  issued: IssuedSession,
  parts: Pick<HttpParts, "strategy" | "policy" | "clock">,
): Reply<SignedInReply> {
  const { cookies, credentials, session } = issued;
  const body = sessionReply(parts, issued, credentials?.accessExpiresAt ?? null);
  if (credentials === null || session.transport === "cookie") return { body, cookies };
  const tokens = {
    tokenType: "Bearer",
    accessToken: credentials.access,
    expiresIn: Math.max(0, Math.floor((credentials.accessExpiresAt - parts.clock.now()) / 1000)),
    ...(credentials.refresh === null ? {} : { refreshToken: credentials.refresh }),
  } as const;
  return { body: { ...body, tokens } };
}
