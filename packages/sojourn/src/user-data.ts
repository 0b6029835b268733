import type { LoadAudit } from "./load-audit.ts";
import type { LoadProviders } from "./http/provider-parts.ts";
import type { Clock } from "./ports/clock.ts";
import type { UserDirectory } from "./ports/user-directory.ts";
import type { EventLog, RequestContext } from "./session/event-log.ts";
import type { SessionManager } from "./session/session-manager.ts";
import { askDirectory } from "./strategies/user-resolver.ts";
import type { Strategy } from "./strategies/verification.ts";

/** Reads out all that is held about a user; null if there is no such user. @throws {SojournError} `store_unavailable`. */
export type ExportUser = (
  userId: string,
  context: RequestContext,
) => Promise<ReadableStream<Uint8Array> | null>;

/** Where it is read. */
export interface UserDataParts {
  readonly directory: UserDirectory | null;
  readonly strategy: Strategy;
  readonly sessions: SessionManager;
  readonly loadProviders: LoadProviders | null;
  readonly loadAudit: LoadAudit | null;
  readonly clock: Clock;
  readonly events: EventLog;
}

/** The verb, whose code loads when it is first used. */
export function exportOf(parts: UserDataParts): ExportUser {
  const { directory, strategy, sessions, loadProviders, loadAudit } = parts;
  return async (userId, context) => {
    const { exportUser } = await import("./session/user-export.ts");
    await parts.events.kept();
    const from = {
      ...parts,
      findUser: directory === null ? null : async (id: string) => askDirectory(directory, id),
      identities: async (id: string) =>
        (await (await loadProviders?.())?.accounts.identities?.views(id)) ?? [],
      sessions: strategy.stored ? sessions : null,
      audit: (await loadAudit?.())?.reader ?? null,
    };
    return exportUser(userId, from, context);
  };
}
