import type { SignedInReply } from "../contract/types.ts";
import type { Reply } from "./call.ts";
import type { IssuedSession } from "./request-sessions.ts";
import { sessionReply, type SessionReplyParts } from "./session-reply.ts";

/** The reply that hands out credentials: in cookies, or in the body where the session's transport is the header. */
export async function signedInReply(
  issued: IssuedSession,
  parts: SessionReplyParts,
): Promise<Reply<SignedInReply>> {
  const { cookies, credentials, session } = issued;
  const accessExpiresAt = credentials?.accessExpiresAt ?? null;
  // The credentials are made by now; a store that fails meanwhile must not keep them from their holder.
  const body = await sessionReply(parts, issued, accessExpiresAt).catch(() =>
    sessionReply({ ...parts, exposedData: null }, issued, accessExpiresAt),
  );
  if (credentials === null || session.transport === "cookie") return { body, cookies };
  const tokens = {
    tokenType: "Bearer",
    accessToken: credentials.access,
    expiresIn: Math.max(0, Math.floor((credentials.accessExpiresAt - parts.clock.now()) / 1000)),
    ...(credentials.refresh === null ? {} : { refreshToken: credentials.refresh }),
  } as const;
  return { body: { ...body, tokens } };
}
