import { DatabaseSync } from "node:sqlite";
import type { SessionLimit } from "../../domain/policy.ts";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { type AccountStore, sqlite } from "./index.ts";

/** What the test asks of this process, and for how many times. */
export type Task =
  | { readonly do: "open"; readonly file: string }
  | { readonly do: "rotate"; readonly sid: string; readonly fromCounter: number; readonly times: number }
  | { readonly do: "write"; readonly sid: string; readonly verb: WriteVerb; readonly now: number }
  | {
      readonly do: "signIn";
      readonly userId: string;
      readonly sids: readonly string[];
      readonly limit: SessionLimit;
    }
  | { readonly do: "writeOn"; readonly file: string }
  | { readonly do: "dieWhileEnding"; readonly file: string; readonly userId: string; readonly atEnd: number };

export type WriteVerb = "revoke" | "touch" | "setData" | "rotate" | "update";

/** The answer to one task: how often it succeeded, and the sids it has to tell. */
export interface Answer {
  readonly count: number;
  readonly sids: readonly string[];
}

/** One acknowledged step of `writeOn`. */
export interface Acknowledged {
  readonly acknowledged: string;
  readonly ended: boolean;
  readonly evicted: readonly string[];
}

const start = Date.UTC(2030, 0, 1);
let store: AccountStore = sqlite(":memory:");

const writers: Readonly<Record<WriteVerb, (sid: string, now: number) => Promise<boolean>>> = {
  revoke: async (sid, now) => (await store.sessions.revoke(sid, now, "signed_out")) !== null,
  touch: async (sid, now) => (await store.sessions.touch([{ sid, seenAt: now, now, counter: 0 }])) > 0,
  setData: async (sid, now) => (await store.sessions.setData(sid, "key", now, now, 1000)) === "stored",
  rotate: async (sid, now) => (await store.sessions.rotate(sid, 0, now, "key-2")) !== null,
  update: async (sid, now) =>
    (await store.sessions.update(sid, 0, { lastSeenAt: now, authTime: now }, now)) !== null,
};

async function perform(task: Task): Promise<Answer> {
  const { sessions } = store;
  switch (task.do) {
    case "open":
      await store.close();
      store = sqlite(task.file);
      await store.migrate();
      return { count: 1, sids: [] };
    case "rotate": {
      let won = 0;
      for (let at = 0; at < task.times; at += 1) {
        if ((await sessions.rotate(task.sid, task.fromCounter, start, "key-1")) !== null) won += 1;
      }
      return { count: won, sids: [] };
    }
    case "write":
      return { count: (await writers[task.verb](task.sid, task.now)) ? 1 : 0, sids: [] };
    case "signIn": {
      const evicted: string[] = [];
      let created = 0;
      for (const sid of task.sids) {
        const result = await sessions.create(sampleSession({ sid, userId: task.userId }), task.limit);
        if (result.created) created += 1;
        evicted.push(...result.evicted);
      }
      return { count: created, sids: evicted };
    }
    case "dieWhileEnding":
      return dieWhileEnding(task.file, task.userId, task.atEnd);
    case "writeOn":
      store = sqlite(task.file);
      return writeOn();
  }
}

/** Ends all of a user's sessions, and kills this process when it has come to one of them. */
async function dieWhileEnding(file: string, userId: string, atEnd: number): Promise<Answer> {
  const database = new DatabaseSync(file);
  let ended = 0;
  database.function("count_or_die", () => {
    ended += 1;
    if (ended === atEnd) process.kill(process.pid, "SIGKILL");
    return ended;
  });
  // With so small a cache, half of the step is in the file already when the process dies.
  database.exec(`PRAGMA cache_size = 5;
    CREATE TEMP TRIGGER mid_step AFTER INSERT ON main.sojourn_revocation BEGIN SELECT count_or_die(); END`);
  const sids = await sqlite(database).sessions.revokeByUser(userId, start, "revoked", null);
  return { count: sids.length, sids: [] };
}

/** Signs in, changes and signs out until the process is killed, and says after each step what is done. */
async function writeOn(): Promise<never> {
  const { sessions } = store;
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
    await tell({ acknowledged: record.sid, ended, evicted });
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
