import { afterEach } from "vitest";
import { type Client, createClient, type SessionListEntry, type SessionReply } from "../client/index.ts";

/** A user with more than Sojourn needs. */
export const ada = { id: "u1", name: "Ada Lovelace", email: "ada@example.com", role: "admin" };

/** A session as a server would tell of it, from now on. */
export function replyFor(
  more: Partial<SessionReply["session"]> = {},
  now: number = Date.now(),
): SessionReply {
  const after = (ms: number): string => new Date(now + ms).toISOString();
  const session: SessionReply["session"] = {
    sid: "sid-1",
    userId: ada.id,
    kind: "user",
    method: "password",
    transport: "cookie",
    remember: false,
    createdAt: after(0),
    authTime: after(0),
    lastSeenAt: after(0),
    expiresAt: after(7 * 86_400_000),
    idleExpiresAt: after(7 * 86_400_000),
    absoluteExpiresAt: after(30 * 86_400_000),
    amr: ["pwd"],
    acr: null,
    actor: null,
    claims: {},
    ...more,
  };
  // A little while ago: what is asked in the very moment of an answer would not be newer than it.
  return { session, user: ada, serverTime: after(-5), renewal: null } as SessionReply;
}

/** One row of a list of sessions. */
export function entryFor(more: Partial<SessionListEntry> = {}): SessionListEntry {
  const { actor: _, ...session } = replyFor().session;
  const device = { name: "Firefox on Linux", type: "desktop", browser: "Firefox", os: "Linux" } as const;
  return { ...session, actor: null, current: false, device, ip: "203.0.113.7", place: null, ...more };
}

/** What the fake server answers to one request. */
export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
}

/** A server that answers as it is told, and remembers what it was asked. */
export interface FakeServer {
  readonly asked: string[];
  /** By method and path, such as `GET /session`. A missing one is answered 404, and a null one not at all. */
  answers: Record<string, Answer | (() => Answer | Promise<Answer>) | null>;
  readonly client: Client<typeof ada, SessionReply["session"]>;
}

/** Left open, they would talk to those of the next test, also in another file. */
const clients: { close(): void }[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

/** Makes a server and a client of it. */
export function fakeServer(answers: FakeServer["answers"] = {}): FakeServer {
  const asked: string[] = [];
  const server = { asked, answers };
  const answerTo = async (name: string): Promise<Response> => {
    asked.push(name);
    const told = server.answers[name];
    if (told === null) throw new TypeError("fetch failed");
    const { status = 200, body = null } =
      (typeof told === "function" ? await told() : told) ??
      ({ status: 404, body: { code: "not_found", detail: "There is nothing here." } } satisfies Answer);
    return Response.json(body, { status });
  };
  const client = createClient({
    baseURL: "https://app.example",
    events: false,
    hint: false,
    fetch: (input, init) =>
      answerTo(`${init?.method ?? "GET"} ${new URL(input as string).pathname.replace("/auth", "")}`),
  });
  clients.push(client);
  return Object.assign(server, { client: client as unknown as FakeServer["client"] });
}
