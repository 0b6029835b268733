import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { raceSuite } from "../races.fixture.ts";
import type { RaceAnswer, RaceTarget, RaceTask } from "../races.worker.ts";
import {
  asAdmin,
  blockedIn,
  describeMysql,
  dropDatabases,
  nameOf,
  newDatabase,
  urlOf,
} from "./database.fixture.ts";
import { type AccountStore, mysql } from "./index.ts";

const start = Date.UTC(2030, 0, 1);
const wholeList = { limit: 1000, offset: 0 };
const module = new URL("./race-store.fixture.ts", import.meta.url).href;

/** Where sessions and feed do not tell the same: each end exactly once, at a position of its own. */
async function inconsistencies(name: string): Promise<unknown[]> {
  const gaps = await asAdmin(
    `SELECT last_seq - (SELECT count(*) FROM ${name}.sojourn_revocation) AS gap FROM ${name}.sojourn_feed
     HAVING gap <> 0`,
  );
  const wrong = await asAdmin(
    `SELECT hex(s.sid), s.end_reason, count(r.seq) AS told FROM ${name}.sojourn_session AS s
     LEFT JOIN ${name}.sojourn_revocation AS r
       ON r.sid = s.sid AND r.reason = s.end_reason AND r.ended_at = s.ended_at
     GROUP BY s.sid, s.end_reason, s.ended_at HAVING told <> (s.ended_at IS NOT NULL)`,
  );
  return [...gaps, ...wrong];
}

raceSuite({
  name: "MySQL",
  describe: describeMysql,
  rotations: 200,
  signOuts: 500,
  once: 25,
  async place() {
    const name = await newDatabase();
    return {
      target: { module, where: urlOf(name) },
      open: () => mysql(urlOf(name)),
      remove: dropDatabases,
    };
  },
  inconsistencies: ({ target }) => inconsistencies(nameOf(target.where)),
});

describeMysql("several processes on one MySQL store", { timeout: 60_000 }, () => {
  let workers: ChildProcess[] = [];
  let name: string;
  let store: AccountStore;
  beforeEach(async () => {
    name = await newDatabase();
    store = mysql(urlOf(name));
    workers = Array.from({ length: 4 }, () => fork(join(import.meta.dirname, "../races.worker.ts")));
  });
  afterEach(async () => {
    await store.close();
    await Promise.all(workers.map(kill));
  });
  afterAll(dropDatabases);

  const openAll = (target: RaceTarget): Promise<RaceAnswer[]> =>
    Promise.all(workers.map((worker) => ask(worker, { do: "open", target })));

  it("make the tables of a new database once, however many begin at once", async () => {
    for (let round = 0; round < 10; round += 1) {
      const fresh = await newDatabase();
      await openAll({ module, where: urlOf(fresh) });
      expect(await asAdmin(`SELECT version FROM ${fresh}.sojourn_migration`)).toEqual([{ version: 1 }]);
    }
  });

  it("sign a user in while he is signed out everywhere, again and again: none from before lives on", async () => {
    await openAll({ module, where: urlOf(name) });
    for (let round = 0; round < 5; round += 1) {
      const userId = `user-${round}`;
      const returned: string[] = [];
      const ended: string[] = [];
      let isOver = false;
      const signInOften = async (worker: ChildProcess): Promise<void> => {
        for (let batch = 0; batch < 5; batch += 1) {
          const sids = Array.from({ length: 5 }, () => sampleSession().sid);
          returned.push(...(await ask(worker, { do: "signIn", userId, sids, limit: null })).created);
        }
      };
      const signIns = Promise.all(workers.map(signInOften)).finally(() => (isOver = true));
      const alive = async (): Promise<string[]> =>
        (await store.sessions.listByUser(userId, start, wholeList)).map(({ sid }) => sid);
      while (!isOver) {
        const before = [...returned];
        ended.push(...(await store.sessions.revokeByUser(userId, start, "revoked", null)));
        const after = await alive();
        expect(before.filter((sid) => after.includes(sid))).toEqual([]);
      }
      await signIns;
      // Whom it has not ended is alive, whom it has ended is not, and it has named each once.
      expect([...ended, ...(await alive())].toSorted()).toEqual(returned.toSorted());
      expect(returned).toHaveLength(100);
    }
    expect(await inconsistencies(name)).toEqual([]);
  });

  it("leave nothing of a verb in the middle of which one is killed", async () => {
    const records = Array.from({ length: 100 }, () => sampleSession());
    for (const record of records) await store.sessions.create(record, null);
    await openAll({ module, where: urlOf(name) });
    const [victim] = workers;
    if (victim === undefined) throw new Error("There is no worker.");

    // Whoever ends sessions comes to wait here, when he has ended them and not yet told of it.
    const holder = await createConnection(urlOf(name));
    await holder.query("START TRANSACTION");
    await holder.query("SELECT * FROM sojourn_feed FOR UPDATE");
    const answer = ask(victim, { do: "endAll", userId: "user-1", now: start }).catch((error: Error) => error);
    await blockedIn(name, "UPDATE sojourn_feed");
    await kill(victim);
    expect(await answer).toEqual(new Error("The process died."));
    await holder.query("COMMIT");
    await holder.end();

    // Nothing of it stands in the way of doing it again, and all of it is still to do.
    expect(await store.sessions.revokeByUser("user-1", start, "revoked", null)).toHaveLength(100);
    expect(await inconsistencies(name)).toEqual([]);
    expect((await store.sessions.revokedSince(null, 1000)).revocations).toHaveLength(100);
  });
});

function ask(worker: ChildProcess, task: RaceTask): Promise<RaceAnswer> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error("The process died."));
    worker.once("exit", died);
    worker.once("message", (message: RaceAnswer | { failed: string }) => {
      worker.off("exit", died);
      if ("failed" in message) reject(new Error(message.failed));
      else resolve(message);
    });
    worker.send(task);
  });
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.kill("SIGKILL");
  await gone;
}
