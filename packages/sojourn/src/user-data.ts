import type { LoadAudit } from "./load-audit.ts";
import type { LoadProviders } from "./http/provider-parts.ts";
import type { Clock } from "./ports/clock.ts";
import type { UserDirectory } from "./ports/user-directory.ts";
import type { EventLog, RequestContext } from "./session/event-log.ts";
import type { SessionManager } from "./session/session-manager.ts";
import { exportUser } from "./session/user-export.ts";
import { askDirectory } from "./strategies/user-resolver.ts";
import type { Strategy } from "./strategies/verification.ts";

/** Where it is held. */
export interface UserDataParts {
  readonly directory: UserDirectory | null;
  readonly strategy: Strategy;
  readonly sessions: SessionManager;
  readonly loadProviders: LoadProviders | null;
  readonly loadAudit: LoadAudit | null;
  readonly clock: Clock;
  readonly events: EventLog;
}

/** All that is held about a user, for what this app has; null if there is no such user. @throws {SojournError} `store_unavailable`. */
export async function exportUserOf(
  parts: UserDataParts,
  userId: string,
  context: RequestContext,
): Promise<ReadableStream<Uint8Array> | null> {
  const { directory, strategy, sessions, loadProviders, loadAudit } = parts;
  const { identities } = (await loadProviders?.())?.accounts ?? { identities: null };
  const held = {
    ...parts,
    findUser: directory === null ? null : async (id: string) => askDirectory(directory, id),
    identities: async (id: string) => identities?.views(id) ?? [],
    sessions: strategy.stored ? sessions : null,
    audit: (await loadAudit?.()) ?? null,
  };
  return exportUser(userId, held, context);
}
