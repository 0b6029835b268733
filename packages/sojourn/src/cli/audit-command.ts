import { withAuth } from "./load-auth.ts";

/** What of a kept event the command shows; the rest depends on its type. */
interface ShownEvent {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly device: { readonly name: string };
  readonly userId?: string;
  readonly actorUserId?: string;
}

/** Which events an app's `auth` is asked for. */
interface Query {
  readonly userId?: string;
  readonly since?: string;
  readonly before: string | null;
  readonly limit: number;
}

/** What of an app's `auth` the command uses. */
interface AuditingAuth {
  readonly audit: {
    list(query: Query): Promise<{ readonly events: readonly ShownEvent[]; readonly next: string | null }>;
  };
  close(): Promise<void>;
}

/** Which events to print, and how. */
export interface AuditOrder {
  /** Undefined for everybody's. */
  readonly user: string | undefined;
  readonly since: string | undefined;
  readonly limit: number;
  readonly json: boolean;
}

/** The words that may follow `audit`. */
export interface AuditWords {
  readonly user?: string | undefined;
  readonly since?: string | undefined;
  readonly limit?: string | undefined;
  readonly json?: boolean | undefined;
}

const defaultLimit = "100";
const pageSize = 500;

/** The order that words give; null if they give none. */
export function auditOrderOf({
  user,
  since,
  limit = defaultLimit,
  json = false,
}: AuditWords): AuditOrder | null {
  if (user === "" || since === "" || !/^[1-9]\d{0,8}$/.test(limit)) return null;
  return { user, since, limit: Number(limit), json };
}

/**
 * Prints kept events of an app, newest first, page by page.
 *
 * @param config the app's module; see {@link withAuth}.
 * @param print is given some lines at a time.
 * @throws {Error} with a sentence that says why it could not be done.
 */
export function printEvents(order: AuditOrder, config: string, print: (text: string) => void): Promise<void> {
  const { user, since, json } = order;
  return withAuth(config, isAuditing, async ({ audit }) => {
    let left = order.limit;
    let before: string | null = null;
    do {
      const page = await audit.list({
        ...(user === undefined ? {} : { userId: user }),
        ...(since === undefined ? {} : { since }),
        before,
        limit: Math.min(left, pageSize),
      });
      if (page.events.length > 0) print(page.events.map(json ? inJson : inWords).join("\n"));
      left -= page.events.length;
      before = page.next;
    } while (before !== null && left > 0);
  });
}

function inJson(event: ShownEvent): string {
  return JSON.stringify(event);
}

/** One line: when, what, whose, from where, and what else there is to it. */
function inWords(event: ShownEvent): string {
  const { id: _id, at, type, ip, userAgent: _userAgent, device, userId, actorUserId, ...rest } = event;
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`);
  return [
    at,
    type,
    ...(userId === undefined ? [] : [`user=${plain(userId)}`]),
    ...(actorUserId === undefined ? [] : [`actor=${plain(actorUserId)}`]),
    ...(ip === null ? [] : [`ip=${plain(ip)}`]),
    ...(event.userAgent === null ? [] : [`device=${plain(device.name)}`]),
    ...facts,
  ].join("  ");
}

/** What came from outside must not be able to write lines of its own, or to move the cursor of a terminal. */
function plain(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.:@+/-]+$/.test(text) ? text : JSON.stringify(text).replaceAll(/[^\u0020-\u007e]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function isAuditing(value: object): value is AuditingAuth {
  return "audit" in value && typeof value.audit === "object" && value.audit !== null && "list" in value.audit;
}
