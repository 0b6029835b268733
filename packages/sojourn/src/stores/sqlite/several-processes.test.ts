import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { raceSuite } from "../races.fixture.ts";
import { sqlite } from "./index.ts";
import type { Task } from "./race.worker.ts";

const start = Date.UTC(2030, 0, 1);
const folder = mkdtempSync(join(tmpdir(), "sojourn-processes-"));
let files = 0;
const newFile = (): string => join(folder, `shared-${(files += 1)}.db`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

raceSuite({
  name: "SQLite",
  describe,
  rotations: 200,
  signOuts: 1000,
  once: 50,
  place: async () => {
    const file = newFile();
    return {
      target: { module: new URL("./race-store.fixture.ts", import.meta.url).href, where: file },
      open: () => sqlite(file),
      remove: async () => rmSync(file),
    };
  },
  inconsistencies: async ({ target }) => inconsistencies(target.where),
});

function startWorker(): ChildProcess {
  return fork(join(import.meta.dirname, "race.worker.ts"), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
}

/** @returns how much it did. Rejects if it fails, or dies. */
function ask(worker: ChildProcess, task: Task): Promise<number> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error("The process died."));
    worker.once("exit", died);
    worker.once("message", (message: { count: number } | { failed: string }) => {
      worker.off("exit", died);
      if ("failed" in message) reject(new Error(message.failed));
      else resolve(message.count);
    });
    worker.send(task);
  });
}

describe("4 processes", { timeout: 60_000 }, () => {
  let workers: ChildProcess[] = [];
  beforeAll(() => {
    workers = Array.from({ length: 4 }, startWorker);
  });
  afterAll(() => workers.forEach((worker) => worker.kill("SIGKILL")));

  it("may open a new file at once: its tables are made once", async () => {
    for (let round = 0; round < 40; round += 1) {
      const file = newFile();
      const opened = await Promise.all(workers.map((worker) => ask(worker, { do: "open", file })));
      expect(opened).toEqual([1, 1, 1, 1]);
      const database = new DatabaseSync(file);
      expect(database.prepare("SELECT version FROM sojourn_migration").all()).toEqual([{ version: 1 }]);
      database.close();
    }
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
