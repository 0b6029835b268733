import type { SessionLimit } from "../../domain/policy.ts";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { type AccountStore, mysql } from "./index.ts";

/** What the test asks of this process. */
export type Task =
  | { readonly do: "open"; readonly url: string }
  | { readonly do: "rotate"; readonly sid: string; readonly fromCounter: number; readonly times: number }
  | { readonly do: "write"; readonly sid: string; readonly verb: WriteVerb; readonly now: number }
  | {
      readonly do: "signIn";
      readonly userId: string;
      readonly sids: readonly string[];
      readonly limit: SessionLimit | null;
    }
  | { readonly do: "endAll"; readonly userId: string }
  | { readonly do: "writeOn" };

export type WriteVerb = "revoke" | "touch" | "setData" | "rotate" | "update" | "revokeByUser";

/** The answer to one task: how often it succeeded, and the sids it has to tell. */
export interface Answer {
  readonly count: number;
  readonly sids: readonly string[];
}

/** One sign-in that has returned, of those that `signIn` makes without a limit. */
export interface SignedIn {
  readonly signedIn: string;
}

/** One acknowledged round of `writeOn`. */
export interface Acknowledged {
  readonly acknowledged: string;
  readonly ended: boolean;
  readonly evicted: readonly string[];
}

const start = Date.UTC(2030, 0, 1);
let opened: AccountStore | null = null;

function store(): AccountStore {
  if (opened === null) throw new Error("No store has been opened.");
  return opened;
}

const writers: Readonly<Record<WriteVerb, (sid: string, now: number) => Promise<boolean>>> = {
  revoke: async (sid, now) => (await store().sessions.revoke(sid, now, "signed_out")) !== null,
  revokeByUser: async (_sid, now) =>
    (await store().sessions.revokeByUser("user-1", now, "signed_out", null)).length > 0,
  touch: async (sid, now) => (await store().sessions.touch([{ sid, seenAt: now, now, counter: 0 }])) > 0,
  setData: async (sid, now) => (await store().sessions.setData(sid, "key", now, now, 1000)) === "stored",
  rotate: async (sid, now) => (await store().sessions.rotate(sid, 0, now, "key-2")) !== null,
  update: async (sid, now) =>
    (await store().sessions.update(sid, 0, { lastSeenAt: now, authTime: now }, now)) !== null,
};

async function perform(task: Task): Promise<Answer> {
  switch (task.do) {
    case "open":
      await opened?.close();
      opened = mysql(task.url);
      await opened.migrate();
      return { count: 1, sids: [] };
    case "rotate": {
      const { sid, fromCounter, times } = task;
      const rotations = Array.from({ length: times }, async () =>
        store().sessions.rotate(sid, fromCounter, start, "key-1"),
      );
      return { count: (await Promise.all(rotations)).filter((won) => won !== null).length, sids: [] };
    }
    case "write":
      return { count: (await writers[task.verb](task.sid, task.now)) ? 1 : 0, sids: [] };
    case "signIn":
      return signIn(task.userId, task.sids, task.limit);
    case "endAll": {
      const sids = await store().sessions.revokeByUser(task.userId, start, "revoked", null);
      return { count: sids.length, sids };
    }
    case "writeOn":
      return writeOn();
  }
}

/** All at once. */
async function signIn(userId: string, sids: readonly string[], limit: SessionLimit | null): Promise<Answer> {
  const results = sids.map(async (sid) => {
    const result = await store().sessions.create(sampleSession({ sid, userId }), limit);
    if (limit === null) await tell({ signedIn: sid } satisfies SignedIn);
    return result;
  });
  const done = await Promise.all(results);
  return {
    count: done.filter(({ created }) => created).length,
    sids: done.flatMap(({ evicted }) => evicted),
  };
}

/** Signs in, changes and signs out until the process is killed, and says after each round what is done. */
async function writeOn(): Promise<never> {
  const { sessions } = store();
  for (let round = 0; ; round += 1) {
    const record = sampleSession({
      sid: crypto.randomUUID(),
      userId: `user-${round % 3}`,
      refresh: sampleLineage(),
    });
    const { evicted } = await sessions.create(record, { max: 3, onExceed: "evict-oldest" });
    await sessions.rotate(record.sid, 0, start, "key-2");
    await sessions.setData(record.sid, "round", round, start, 1000);
    const ended = round % 4 === 0;
    if (ended) await sessions.revoke(record.sid, start, "signed_out");
    await tell({ acknowledged: record.sid, ended, evicted } satisfies Acknowledged);
  }
}

function tell(message: object): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

process.on("message", (task: Task) => {
  perform(task).then(
    (answer) => tell(answer),
    // The test hears why, cause and all, rather than waiting for an answer.
    (error: unknown) => tell({ failed: String(error instanceof Error ? (error.cause ?? error) : error) }),
  );
});
