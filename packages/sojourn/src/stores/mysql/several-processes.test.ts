import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { asAdmin, blockedIn, dropDatabases, newDatabase, serverIsThere, urlOf } from "./database.fixture.ts";
import { type AccountStore, mysql } from "./index.ts";
import type { Acknowledged, Answer, SignedIn, Task, WriteVerb } from "./race.worker.ts";

const processes = 4;
const start = Date.UTC(2030, 0, 1);

let workers: ChildProcess[] = [];

function startWorker(): ChildProcess {
  return fork(join(import.meta.dirname, "race.worker.ts"), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
}

/** The answer of a process. What it tells meanwhile goes to `onNews`. Rejects if it tells of a failure, or dies. */
function ask(
  worker: ChildProcess,
  task: Task,
  onNews: (news: SignedIn | Acknowledged) => void = () => {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off("exit", died);
      worker.off("message", heard);
      act();
    };
    const died = (): void => settle(() => reject(new Error("The process died.")));
    const heard = (message: Answer | SignedIn | Acknowledged | { failed: string }): void => {
      if ("failed" in message) settle(() => reject(new Error(message.failed)));
      else if ("count" in message) settle(() => resolve(message));
      else onNews(message);
    };
    worker.on("exit", died);
    worker.on("message", heard);
    worker.send(task);
  });
}

/** Asks all processes at once. */
function askAll(taskOf: (index: number) => Task): Promise<Answer[]> {
  return Promise.all(workers.map((worker, index) => ask(worker, taskOf(index))));
}

interface Shared {
  readonly store: AccountStore;
  readonly name: string;
}

/** A store on a new database that all processes have open too. */
async function sharedStore(): Promise<Shared> {
  const name = await newDatabase();
  await askAll(() => ({ do: "open", url: urlOf(name) }));
  return { store: mysql(urlOf(name)), name };
}

async function killed(worker: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.kill("SIGKILL");
  await gone;
}

const aliveOf = async ({ sessions }: AccountStore, userId: string): Promise<string[]> =>
  (await sessions.listByUser(userId, start, { limit: 1000, offset: 0 })).map(({ sid }) => sid);

/** Where sessions and feed do not tell the same: each end exactly once, at a position of its own. */
async function inconsistencies(name: string): Promise<unknown[]> {
  const [counts, wrong] = await Promise.all([
    asAdmin(
      `SELECT last_seq - (SELECT count(*) FROM ${name}.sojourn_revocation) AS gap FROM ${name}.sojourn_feed
       HAVING gap <> 0`,
    ),
    asAdmin(
      `SELECT hex(s.sid), s.end_reason, count(r.seq) AS told FROM ${name}.sojourn_session AS s
       LEFT JOIN ${name}.sojourn_revocation AS r
         ON r.sid = s.sid AND r.reason = s.end_reason AND r.ended_at = s.ended_at
       GROUP BY s.sid, s.end_reason, s.ended_at HAVING told <> (s.ended_at IS NOT NULL)`,
    ),
  ]);
  return [...counts, ...wrong];
}

describe.skipIf(!serverIsThere)(`${processes} processes on one mysql database`, { timeout: 120_000 }, () => {
  beforeAll(() => {
    workers = Array.from({ length: processes }, startWorker);
  });

  afterAll(async () => {
    await Promise.all(workers.map(killed));
    await dropDatabases();
  });

  it("may open a new database at once: its tables are made once", async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = await newDatabase();
      const opened = await askAll(() => ({ do: "open", url: urlOf(name) }));
      expect(opened.map(({ count }) => count)).toEqual([1, 1, 1, 1]);
      expect(await asAdmin(`SELECT version FROM ${name}.sojourn_migration`)).toEqual([{ version: 1 }]);
    }
  });

  it("rotate one counter: in each of 200 rounds exactly one of 100 at once wins", async () => {
    const { store } = await sharedStore();
    const record = sampleSession({ refresh: sampleLineage() });
    await store.sessions.create(record, null);
    const winners: number[] = [];
    for (let round = 0; round < 200; round += 1) {
      const answers = await askAll(() => ({ do: "rotate", sid: record.sid, fromCounter: round, times: 25 }));
      winners.push(answers.reduce((sum, { count }) => sum + count, 0));
    }
    expect(winners).toEqual(Array.from({ length: 200 }, () => 1));
    expect((await store.sessions.find(record.sid))?.record.refresh?.counter).toBe(200);
    await store.close();
  });

  it("race a sign-out against every other write: in 500 rounds no session lives on", async () => {
    const { store, name } = await sharedStore();
    const others: readonly WriteVerb[] = ["touch", "setData", "rotate", "update", "revokeByUser"];
    const wrong: unknown[] = [];
    for (let round = 0; round < 500; round += 1) {
      const record = sampleSession({ refresh: sampleLineage() });
      await store.sessions.create(record, null);
      const now = start + 1000 + round;
      const verbOf = (index: number): WriteVerb =>
        index === round % processes ? "revoke" : (others[(index + round) % others.length] ?? "touch");
      const answers = await askAll((index) => ({ do: "write", sid: record.sid, verb: verbOf(index), now }));
      const after = (await store.sessions.find(record.sid))?.record;
      const ends = answers.filter(({ count }, index) => count > 0 && verbOf(index).startsWith("revoke"));
      if (ends.length !== 1 || after?.endReason !== "signed_out" || after.endedAt !== now) wrong.push(after);
    }
    expect(wrong).toEqual([]);
    expect(await aliveOf(store, "user-1")).toEqual([]);
    expect(await inconsistencies(name)).toEqual([]);
    expect((await store.sessions.revokedSince(null, 1000)).revocations).toHaveLength(500);
    await store.close();
  });

  it("sign one user in 100 times at once: the limit holds, whether it evicts or denies", async () => {
    const { store, name } = await sharedStore();
    const signIns = (userId: string, onExceed: "evict-oldest" | "deny"): Promise<Answer[]> =>
      askAll(() => ({
        do: "signIn",
        userId,
        sids: Array.from({ length: 25 }, () => sampleSession().sid),
        limit: { max: 5, onExceed },
      }));
    for (const round of [1, 2, 3]) {
      const evicting = await signIns(`evicted-${round}`, "evict-oldest");
      expect(evicting.map(({ count }) => count)).toEqual([25, 25, 25, 25]);
      const evicted = evicting.flatMap(({ sids }) => sids);
      expect([evicted.length, new Set(evicted).size]).toEqual([95, 95]);
      const alive = await aliveOf(store, `evicted-${round}`);
      expect([alive.length, alive.filter((sid) => evicted.includes(sid))]).toEqual([5, []]);

      const denying = await signIns(`denied-${round}`, "deny");
      expect(denying.reduce((sum, { count }) => sum + count, 0)).toBe(5);
      expect(await aliveOf(store, `denied-${round}`)).toHaveLength(5);
    }
    expect(await inconsistencies(name)).toEqual([]);
    await store.close();
  });

  it("sign one user in 100 times while he is signed out everywhere: none that was there before stays", async () => {
    const { store, name } = await sharedStore();
    for (let round = 0; round < 10; round += 1) {
      const userId = `user-${round}`;
      const returned: string[] = [];
      const ended: string[] = [];
      let isOver = false;
      const signIns = Promise.all(
        workers.map((worker) => {
          const sids = Array.from({ length: 25 }, () => sampleSession().sid);
          return ask(worker, { do: "signIn", userId, sids, limit: null }, (news) => {
            if ("signedIn" in news) returned.push(news.signedIn);
          });
        }),
      ).then(() => void (isOver = true));
      while (!isOver) {
        const before = [...returned];
        ended.push(...(await store.sessions.revokeByUser(userId, start, "revoked", null)));
        const alive = await aliveOf(store, userId);
        expect(before.filter((sid) => alive.includes(sid))).toEqual([]);
      }
      await signIns;
      // Whom it has not ended is alive, whom it has ended is not, and it has named each once.
      const alive = await aliveOf(store, userId);
      expect([...ended, ...alive].toSorted()).toEqual(returned.toSorted());
    }
    expect(await inconsistencies(name)).toEqual([]);
    await store.close();
  });
});

describe.skipIf(!serverIsThere)(
  "a process that is killed while it writes to mysql",
  { timeout: 60_000 },
  () => {
    afterAll(dropDatabases);

    it("leaves everything that it was told is done, and nothing half-done", async () => {
      for (const acknowledgements of [1, 20, 40, 61]) {
        const name = await newDatabase();
        const worker = startWorker();
        await ask(worker, { do: "open", url: urlOf(name) });
        const done: Acknowledged[] = [];
        await ask(worker, { do: "writeOn" }, (news) => {
          if ("acknowledged" in news) done.push(news);
          if (done.length === acknowledgements) worker.kill("SIGKILL");
        }).catch((error: Error) => expect(error.message).toBe("The process died."));

        const store = mysql(urlOf(name));
        // Waits for whatever of the dead process the server is still busy with.
        const limit = { max: 3, onExceed: "deny" } as const;
        expect(await store.sessions.create(sampleSession({ userId: "newcomer" }), limit)).toMatchObject({
          created: true,
        });
        expect(await inconsistencies(name)).toEqual([]);
        const evicted = new Set(done.flatMap((step) => step.evicted));
        for (const { acknowledged, ended } of done) {
          const record = (await store.sessions.find(acknowledged))?.record;
          expect([record?.refresh?.counter, Object.keys(record?.data ?? {})]).toEqual([1, ["round"]]);
          if (ended) expect(record?.endReason).toBe("signed_out");
          else if (evicted.has(acknowledged)) expect(record?.endReason).toBe("limit");
        }
        await store.close();
      }
    });

    it("in the middle of one verb leaves nothing of it", async () => {
      const name = await newDatabase();
      const store = mysql(urlOf(name));
      const records = Array.from({ length: 100 }, () => sampleSession());
      for (const record of records) await store.sessions.create(record, null);
      const worker = startWorker();
      await ask(worker, { do: "open", url: urlOf(name) });

      // Whoever ends sessions comes to wait here, when he has ended them and not yet told of it.
      const holder = await createConnection(urlOf(name));
      await holder.query("START TRANSACTION");
      await holder.query("SELECT * FROM sojourn_feed FOR UPDATE");
      const answer = ask(worker, { do: "endAll", userId: "user-1" }).catch((error: Error) => error.message);
      await blockedIn(name, "UPDATE sojourn_feed");
      await killed(worker);
      expect(await answer).toBe("The process died.");
      await holder.query("COMMIT");
      await holder.end();

      // Nothing of it stands in the way of doing it again, and all of it is still to do.
      expect(await store.sessions.revokeByUser("user-1", start, "revoked", null)).toHaveLength(100);
      expect(await inconsistencies(name)).toEqual([]);
      expect((await store.sessions.revokedSince(null, 1000)).revocations).toHaveLength(100);
      await store.close();
    });
  },
);
