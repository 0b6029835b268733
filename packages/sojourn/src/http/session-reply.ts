import type { SessionReply } from "../contract/types.ts";
import type { BaseUser } from "../domain/principal.ts";
import { renewalOf } from "../domain/renewal.ts";
import type { Session } from "../domain/session.ts";
import type { HttpParts } from "./call.ts";

/**
 * What a client is told about a live session.
 *
 * @param accessExpiresAt when the access token runs out, in ms since the epoch; null where there is none that is good.
 */
export function sessionReply(
  { strategy, policy, clock }: Pick<HttpParts, "strategy" | "policy" | "clock">,
  { session, user }: { readonly session: Session; readonly user: BaseUser },
  accessExpiresAt: number | null,
): SessionReply {
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
  return { session, user, serverTime: new Date(now).toISOString(), renewal };
}
