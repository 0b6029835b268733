import { activityOf, type ActivityRecord } from "../domain/audit.ts";
import { toIso } from "../domain/iso-time.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { Clock } from "../ports/clock.ts";
import type { AuditLog } from "./audit-log.ts";
import { type AuditPage, longestPage } from "./audit-reader.ts";
import type { EventLog, RequestContext } from "./event-log.ts";
import type { ListedSession, SessionManager } from "./session-manager.ts";

/** A session as its user may read it. */
export type ExportedSession = Omit<ListedSession, "current" | "actor"> & {
  /** Who acts in it as its user; null where its user does. */
  readonly actor: { readonly userId: string } | null;
};

/** What `auth.users.export` writes: all that is held about a user, but for credentials and what is made of them. */
export interface UserExport {
  /** Tells this form from later ones. */
  readonly format: "sojourn-user-1";
  /** ISO 8601. */
  readonly exportedAt: string;
  /** As the directory has them; null where there is none. */
  readonly user: BaseUser | null;
  /** Accounts at providers. */
  readonly identities: readonly object[];
  /** Where the user is signed in; absent where sessions are not stored. */
  readonly sessions?: readonly ExportedSession[];
  /** Newest first; absent where none are kept. */
  readonly events?: readonly ActivityRecord[];
}

/** Where it is read. */
export interface UserExportParts {
  /** Undefined where no users are known. */
  readonly findUser: ((userId: string) => Promise<BaseUser | null>) | null;
  readonly identities: (userId: string) => Promise<readonly object[]>;
  /** Null where sessions are not stored. */
  readonly sessions: Pick<SessionManager, "list"> | null;
  /** Null where no events are kept. */
  readonly audit: Pick<AuditLog, "list"> | null;
  readonly clock: Clock;
  readonly events: EventLog;
}

const pageSize = 100;
/** A list that others push around is read so often at most until it has nothing new. */
const mostPasses = 5;

/**
 * All that is held about a user, as the text of one JSON document that comes piece by piece: it is never in memory as a
 * whole. If the store fails half-way the stream fails, and what has come of the document is no JSON.
 *
 * @returns null if there is no such user.
 * @throws {SojournError} `store_unavailable`.
 */
export async function exportUser(
  userId: string,
  parts: UserExportParts,
  context: RequestContext,
): Promise<ReadableStream<Uint8Array> | null> {
  const user = (await parts.findUser?.(userId)) ?? null;
  if (user === null && parts.findUser !== null) return null;
  const identities = await parts.identities(userId);
  const head = { format: "sojourn-user-1", exportedAt: toIso(parts.clock.now()), user, identities };
  const pieces = document(head, { sessions: sessionPages(userId, parts), events: eventPages(userId, parts) });
  // Told first, so that the document tells of itself as well.
  parts.events.emit({ type: "user_exported", userId }, context);
  // An outage shows before anything is promised.
  const first = await pieces.next();
  return streamOf(first, pieces);
}

type Pages = AsyncGenerator<readonly object[]> | null;

async function* document(head: object, lists: Readonly<Record<string, Pages>>): AsyncGenerator<string> {
  let text = JSON.stringify(head).slice(0, -1);
  for (const [name, pages] of Object.entries(lists)) {
    if (pages === null) continue;
    text += `,"${name}":[`;
    let separator = "";
    for await (const page of pages) {
      if (page.length === 0) continue;
      yield text + separator + page.map((one) => JSON.stringify(one)).join(",");
      [text, separator] = ["", ","];
    }
    text += "]";
  }
  yield `${text}}\n`;
}

/**
 * The user's sessions, each once. The list is in the order of their last use, so that it moves while it is read: it is
 * read again until it has nothing new.
 */
function sessionPages(userId: string, { sessions }: UserExportParts): Pages {
  if (sessions === null) return null;
  return (async function* () {
    const told = new Set<string>();
    for (let pass = 0; pass < mostPasses; pass += 1) {
      const before = told.size;
      for (let offset = 0; ; offset += pageSize) {
        const page = await sessions.list(userId, { page: { limit: pageSize, offset } });
        const fresh = page.filter(({ sid }) => !told.has(sid));
        for (const { sid } of fresh) told.add(sid);
        yield fresh.map(exported);
        if (page.length === 0) break;
      }
      if (told.size === before) return;
    }
  })();
}

function exported({ current: _current, actor, ...session }: ListedSession): ExportedSession {
  return { ...session, actor: actor === null ? null : { userId: actor.userId } };
}

function eventPages(userId: string, { audit }: UserExportParts): Pages {
  if (audit === null) return null;
  return (async function* () {
    let before: string | null = null;
    do {
      const page: AuditPage = await audit.list({ userId, limit: longestPage, before });
      yield page.events.map(activityOf);
      before = page.next;
    } while (before !== null);
  })();
}

function streamOf(
  first: IteratorResult<string, unknown>,
  pieces: AsyncGenerator<string>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let waiting: IteratorResult<string, unknown> | null = first;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = waiting ?? (await pieces.next());
      waiting = null;
      if (piece.done === true) controller.close();
      else controller.enqueue(encoder.encode(piece.value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
