import type { SessionReply } from "../contract/types.ts";
import type { BaseUser } from "../domain/principal.ts";
import { renewalOf } from "../domain/renewal.ts";
import type { Session } from "../domain/session.ts";
import type { HttpParts } from "./call.ts";

/** What it takes to tell. */
export type SessionReplyParts = Pick<HttpParts, "strategy" | "policy" | "clock" | "exposedData">;

/**
 * What a client is told about a live session.
 *
 * @throws {SojournError} `store_unavailable` where session data is shown.
 * @param accessExpiresAt when the access token runs out, in ms since the epoch; null where there is none that is good.
 */
export async function sessionReply(
  { strategy, policy, clock, exposedData }: SessionReplyParts,
  { session, user }: { readonly session: Session; readonly user: BaseUser },
  accessExpiresAt: number | null,
): Promise<SessionReply> {
  const now = clock.now();
  const { accessTokenTtl, touchInterval } = policy;
  const renewal = renewalOf({
    strategy: strategy.name,
    session,
    accessExpiresAt,
    accessTokenTtl,
    touchInterval,
    now,
  });
  const data = (await exposedData?.(session.sid)) ?? null;
  return {
    session,
    user,
    serverTime: new Date(now).toISOString(),
    renewal,
    ...(data === null ? {} : { data }),
  };
}
