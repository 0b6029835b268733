import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { type AccountStore, sqlite } from "./index.ts";
import type { Acknowledged, Answer, Task, WriteVerb } from "./race.worker.ts";

const processes = 4;
const start = Date.UTC(2030, 0, 1);
const folder = mkdtempSync(join(tmpdir(), "sojourn-processes-"));
let files = 0;
const newFile = (): string => join(folder, `shared-${(files += 1)}.db`);

let workers: ChildProcess[] = [];

function startWorker(): ChildProcess {
  return fork(join(import.meta.dirname, "race.worker.ts"), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
}

/** One message of a process. Rejects if it tells of a failure, or dies. */
function nextMessage<Message extends object>(worker: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error("The process died."));
    worker.once("exit", died);
    worker.once("message", (message: Message | { failed: string }) => {
      worker.off("exit", died);
      if ("failed" in message) reject(new Error(message.failed));
      else resolve(message);
    });
  });
}

function ask(worker: ChildProcess, task: Task): Promise<Answer> {
  const answer = nextMessage<Answer>(worker);
  worker.send(task);
  return answer;
}

/** Asks all processes at once. */
function askAll(taskOf: (index: number) => Task): Promise<Answer[]> {
  return Promise.all(workers.map((worker, index) => ask(worker, taskOf(index))));
}

/** A store on a new file that all processes have open too. */
async function sharedStore(): Promise<AccountStore> {
  const file = newFile();
  await askAll(() => ({ do: "open", file }));
  const store = sqlite(file);
  await store.migrate();
  return store;
}

async function killed(worker: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.kill("SIGKILL");
  await gone;
}

beforeAll(() => {
  workers = Array.from({ length: processes }, startWorker);
});

afterAll(async () => {
  await Promise.all(workers.map(killed));
  rmSync(folder, { recursive: true, force: true });
});

describe(`${processes} processes on one sqlite file`, { timeout: 60_000 }, () => {
  it("may open a new file at once: its tables are made once", async () => {
    for (let round = 0; round < 40; round += 1) {
      const file = newFile();
      const opened = await askAll(() => ({ do: "open", file }));
      expect(opened.map(({ count }) => count)).toEqual([1, 1, 1, 1]);
      const database = new DatabaseSync(file);
      expect(database.prepare("SELECT version FROM sojourn_migration").all()).toEqual([{ version: 1 }]);
      database.close();
    }
  });

  it("rotate one counter: in each of 100 rounds exactly one of 200 wins", async () => {
    const store = await sharedStore();
    const record = sampleSession({ refresh: sampleLineage() });
    await store.sessions.create(record, null);
    const winners: number[] = [];
    for (let round = 0; round < 100; round += 1) {
      const answers = await askAll(() => ({ do: "rotate", sid: record.sid, fromCounter: round, times: 50 }));
      winners.push(answers.reduce((sum, { count }) => sum + count, 0));
    }
    expect(winners).toEqual(Array.from({ length: 100 }, () => 1));
    expect((await store.sessions.find(record.sid))?.record.refresh?.counter).toBe(100);
    await store.close();
  });

  it("race a sign-out against every other write: in 1,000 rounds no session lives on", async () => {
    const store = await sharedStore();
    const others: readonly WriteVerb[] = ["touch", "setData", "rotate", "update"];
    const wrong: unknown[] = [];
    for (let round = 0; round < 1000; round += 1) {
      const record = sampleSession({ refresh: sampleLineage() });
      await store.sessions.create(record, null);
      const now = start + 1000 + round;
      const verbOf = (index: number): WriteVerb =>
        index === round % processes ? "revoke" : (others[(index + round) % others.length] ?? "touch");
      const answers = await askAll((index) => ({ do: "write", sid: record.sid, verb: verbOf(index), now }));
      const after = (await store.sessions.find(record.sid))?.record;
      if (
        answers[round % processes]?.count !== 1 ||
        after?.endReason !== "signed_out" ||
        after.endedAt !== now
      )
        wrong.push(after);
    }
    expect(wrong).toEqual([]);
    expect(await store.sessions.listByUser("user-1", start, { limit: 10, offset: 0 })).toEqual([]);
    const { revocations } = await store.sessions.revokedSince(null, 2000);
    expect(new Set(revocations.map(({ sid }) => sid)).size).toBe(1000);
    expect(revocations).toHaveLength(1000);
    await store.close();
  });

  it("sign one user in 200 times: the limit holds, whether it evicts or denies", async () => {
    const store = await sharedStore();
    const signIns = (userId: string, onExceed: "evict-oldest" | "deny"): Promise<Answer[]> => {
      const sids = Array.from({ length: processes }, () =>
        Array.from({ length: 50 }, () => sampleSession().sid),
      );
      return askAll((index) => ({
        do: "signIn",
        userId,
        sids: sids[index] ?? [],
        limit: { max: 5, onExceed },
      }));
    };
    const alive = async (userId: string): Promise<string[]> =>
      (await store.sessions.listByUser(userId, start, { limit: 1000, offset: 0 })).map(({ sid }) => sid);

    const evicting = await signIns("evicted", "evict-oldest");
    expect(evicting.map(({ count }) => count)).toEqual([50, 50, 50, 50]);
    const evicted = evicting.flatMap(({ sids }) => sids);
    expect([evicted.length, new Set(evicted).size]).toEqual([195, 195]);
    expect(await alive("evicted")).toHaveLength(5);
    expect((await alive("evicted")).filter((sid) => evicted.includes(sid))).toEqual([]);

    const denying = await signIns("denied", "deny");
    expect(denying.reduce((sum, { count }) => sum + count, 0)).toBe(5);
    expect(await alive("denied")).toHaveLength(5);
    await store.close();
  });
});

/** Whether file and feed tell the same: each end exactly once. */
function inconsistencies(file: string): unknown[] {
  const database = new DatabaseSync(file);
  const rows = [
    ...database
      .prepare("PRAGMA integrity_check")
      .all()
      .filter(({ integrity_check }) => integrity_check !== "ok"),
    ...database.prepare("PRAGMA foreign_key_check").all(),
    ...database
      .prepare(
        `SELECT hex(s.sid), s.end_reason, count(r.seq) FROM sojourn_session AS s LEFT JOIN sojourn_revocation AS r
         ON r.sid = s.sid AND r.reason = s.end_reason AND r.ended_at = s.ended_at
         GROUP BY s.sid HAVING count(r.seq) <> (s.ended_at IS NOT NULL)`,
      )
      .all(),
  ];
  database.close();
  return rows;
}

describe("a process that is killed while it writes", { timeout: 60_000 }, () => {
  it("leaves everything that it was told is done, and a file that works", async () => {
    for (const acknowledgements of [1, 40, 151]) {
      const file = newFile();
      const worker = startWorker();
      const done: Acknowledged[] = [];
      worker.send({ do: "writeOn", file } satisfies Task);
      while (done.length < acknowledgements) done.push(await nextMessage<Acknowledged>(worker));
      await killed(worker);

      expect(inconsistencies(file)).toEqual([]);
      const store = sqlite(file);
      const evicted = new Set(done.flatMap((step) => step.evicted));
      for (const { acknowledged, ended } of done) {
        const record = (await store.sessions.find(acknowledged))?.record;
        expect([record?.refresh?.counter, Object.keys(record?.data ?? {})]).toEqual([1, ["round"]]);
        if (ended) expect(record?.endReason).toBe("signed_out");
        else if (evicted.has(acknowledged)) expect(record?.endReason).toBe("limit");
      }
      expect(
        await store.sessions.create(sampleSession({ userId: "newcomer" }), { max: 3, onExceed: "deny" }),
      ).toMatchObject({ created: true });
      await store.close();
    }
  });

  it("in the middle of one step leaves nothing of it", async () => {
    const file = newFile();
    const database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = WAL");
    const store = sqlite(database);
    await store.migrate();
    for (const atEnd of [1, 250, 500]) {
      const userId = `user-${atEnd}`;
      database.exec("BEGIN");
      for (let at = 0; at < 500; at += 1) await store.sessions.create(sampleSession({ userId }), null);
      database.exec("COMMIT");
      const worker = startWorker();
      const died = ask(worker, { do: "dieWhileEnding", file, userId, atEnd });
      await expect(died).rejects.toThrow("The process died.");

      expect(await store.sessions.listByUser(userId, start, { limit: 1000, offset: 0 })).toHaveLength(500);
      expect(inconsistencies(file)).toEqual([]);
      // And nothing of it stands in the way of doing it again.
      expect(await store.sessions.revokeByUser(userId, start, "revoked", null)).toHaveLength(500);
    }
    database.close();
  });
});
