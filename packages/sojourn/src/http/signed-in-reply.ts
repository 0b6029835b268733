import type { SignedInReply } from "../contract/types.ts";
import type { Reply } from "./call.ts";
import type { IssuedSession } from "./request-sessions.ts";

/** The reply that hands out credentials: in cookies, or in the body where the session's transport is the header. */
export function signedInReply(
  { session, user, cookies, credentials }: IssuedSession,
  now: number,
): Reply<SignedInReply> {
  if (credentials === null || session.transport === "cookie") return { body: { session, user }, cookies };
  const tokens = {
    tokenType: "Bearer",
    accessToken: credentials.access,
    expiresIn: Math.max(0, Math.floor((credentials.accessExpiresAt - now) / 1000)),
    ...(credentials.refresh === null ? {} : { refreshToken: credentials.refresh }),
  } as const;
  return { body: { session, user, tokens } };
}
