import type { Composition } from "./composition.ts";
import type { AuditRecordOf } from "./domain/audit.ts";
import { SojournError } from "./domain/errors.ts";
import type { EventType } from "./domain/events.ts";
import type { AuditPage, AuditQuery } from "./session/audit-reader.ts";
import type { AuditStatus } from "./session/audit-writer.ts";

/** The events that the option `audit` has kept. Without it each verb throws `not_found`. */
export interface Audit {
  /**
   * A page of events, newest first: of one user, or of everybody where no `userId` is given. What this process has told
   * before is among them.
   *
   * @throws {SojournError} `invalid_input`, `store_unavailable`.
   */
  list<Type extends EventType = EventType>(
    query?: AuditQuery & { readonly types?: readonly Type[] },
  ): Promise<AuditPage<AuditRecordOf<Type>>>;
  /**
   * Removes what is kept of a user; for when you remove them yourself. `auth.users.remove` does it as well.
   *
   * @returns how many events.
   * @throws {SojournError} `invalid_input`, `store_unavailable`.
   */
  erase(userId: string): Promise<number>;
  /** How the writing goes, in this process. */
  status(): Promise<AuditStatus>;
}

/** The verbs, for what is kept. */
export function auditVerbs({ loadAudit }: Pick<Composition, "loadAudit">): Audit {
  const log: NonNullable<typeof loadAudit> = async () => {
    if (loadAudit !== null) return loadAudit();
    throw new SojournError("not_found", { detail: "No events are kept. Give createAuth audit: true." });
  };
  return {
    list: async (query = {}) => (await log()).list(query) as never,
    erase: async (userId) => (await log()).erase(userId),
    status: async () => (await log()).status,
  };
}
