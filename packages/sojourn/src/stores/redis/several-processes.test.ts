import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";
import type { Answer, EntryVerb, Task, WriteVerb } from "./race.worker.ts";
import {
  canStartServers,
  newPrefix,
  type PrivateCluster,
  type PrivateServer,
  startCluster,
  startServer,
} from "./redis-servers.fixture.ts";

const processes = 4;
const start = Date.UTC(2030, 0, 1);
const there = await canStartServers();
let workers: ChildProcess[] = [];

/** One message of a process. Rejects if it tells of a failure, or dies. */
function nextMessage(worker: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error("The process died."));
    worker.once("exit", died);
    worker.once("message", (message: Answer | { failed: string }) => {
      worker.off("exit", died);
      if ("failed" in message) reject(new Error(message.failed));
      else resolve(message);
    });
  });
}

/** Asks all processes at once. */
function askAll(taskOf: (index: number) => Task): Promise<Answer[]> {
  return Promise.all(
    workers.map((worker, index) => {
      const answer = nextMessage(worker);
      worker.send(taskOf(index));
      return answer;
    }),
  );
}

const total = (answers: readonly Answer[]): number => answers.reduce((sum, { count }) => sum + count, 0);

/** Sids for each process, as one user's are: all with the same tag. */
const sidsFor = (each: number): string[][] =>
  Array.from({ length: processes }, () =>
    Array.from({ length: each }, () => crypto.randomUUID().replace(/....$/, "7abc")),
  );

describe.skipIf(!there).each(["server", "cluster"] as const)(`${processes} processes on one %s`, (kind) => {
  let server: PrivateServer | PrivateCluster;
  let client: Redis | Cluster;
  let port: number;

  beforeAll(async () => {
    workers = Array.from({ length: processes }, () => fork(join(import.meta.dirname, "race.worker.ts")));
    server = kind === "server" ? await startServer() : await startCluster();
    port = "port" in server ? server.port : server.servers[0]!.port;
    client = kind === "server" ? new Redis(port) : new Cluster([{ host: "127.0.0.1", port }]);
  });

  afterAll(async () => {
    client.disconnect();
    for (const worker of workers) {
      const gone = once(worker, "exit");
      worker.kill("SIGKILL");
      await gone;
    }
    await server.stop();
  });

  /** A store that all processes have open too. */
  async function sharedStore(): Promise<Store> {
    const prefix = newPrefix();
    await askAll(() => ({ do: "open", port, cluster: kind === "cluster", prefix }));
    return redis(client, { prefix });
  }

  it("rotate one counter: in each of 200 rounds exactly one of 100 wins", { timeout: 60_000 }, async () => {
    const store = await sharedStore();
    const record = sampleSession({ refresh: sampleLineage() });
    await store.sessions.create(record, null);
    const winners: number[] = [];
    for (let round = 0; round < 200; round += 1) {
      const answers = await askAll(() => ({ do: "rotate", sid: record.sid, fromCounter: round, times: 25 }));
      winners.push(total(answers));
    }
    expect(winners).toEqual(Array.from({ length: 200 }, () => 1));
    expect((await store.sessions.find(record.sid))?.record.refresh?.counter).toBe(200);
  });

  it("sign one user in 100 times: the limit holds, whether it evicts or denies", async () => {
    const store = await sharedStore();
    for (let round = 0; round < 5; round += 1) {
      for (const onExceed of ["evict-oldest", "deny"] as const) {
        const userId = `${onExceed}-${round}`;
        const sids = sidsFor(25);
        const limit = { max: 5, onExceed };
        const answers = await askAll((at) => ({ do: "signIn", userId, sids: sids[at] ?? [], limit }));
        const alive = await store.sessions.listByUser(userId, start, { limit: 1000, offset: 0 });
        const evicted = new Set(answers.flatMap((answer) => answer.sids));
        const all = onExceed === "deny" ? [5, 0] : [100, 95];
        expect([alive.length, total(answers), evicted.size]).toEqual([5, ...all]);
      }
    }
  });

  it("sign in 100 times while one ends everything: nobody who is in before is left", async () => {
    const store = await sharedStore();
    const left: unknown[] = [];
    for (let round = 0; round < 20; round += 1) {
      const userId = `user-${round}`;
      const before = sampleSession({ userId, sid: sidsFor(1)[0]![0]! });
      await store.sessions.create(before, null);
      const sids = sidsFor(33);
      const answers = await askAll((at) =>
        at === round % processes
          ? { do: "revokeByUser", userId }
          : { do: "signIn", userId, sids: sids[at] ?? [], limit: null },
      );
      const ended = new Set(answers.flatMap((answer) => answer.sids));
      const alive = await store.sessions.listByUser(userId, start, { limit: 1000, offset: 0 });
      // Each is either ended and told, or came later and is listed.
      if (!ended.has(before.sid) || ended.size + alive.length !== 100) left.push([ended.size, alive.length]);
      if (alive.some(({ sid }) => ended.has(sid))) left.push("ended and alive");
      await store.sessions.revokeByUser(userId, start, "revoked", null);
      const rest = await store.sessions.listByUser(userId, start, { limit: 1000, offset: 0 });
      if (rest.length > 0) left.push(rest);
    }
    expect(left).toEqual([]);
    let [cursor, told]: [string | null, number] = [null, 0];
    for (let more = true; more;) {
      const page = await store.sessions.revokedSince(cursor, 300);
      told += page.revocations.length;
      ({ cursor, more } = page);
    }
    expect(told).toBe(20 * 100);
  });

  it("race a sign-out against every other write: in 500 rounds no session lives on", async () => {
    const store = await sharedStore();
    const others: readonly WriteVerb[] = ["touch", "setData", "rotate", "update"];
    const wrong: unknown[] = [];
    for (let round = 0; round < 500; round += 1) {
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
  });

  it("take what a session holds: in each of 100 rounds exactly one of 40 gets it", async () => {
    const store = await sharedStore();
    const record = sampleSession();
    await store.sessions.create(record, null);
    const winners: number[] = [];
    for (let round = 0; round < 100; round += 1) {
      await store.sessions.setData(record.sid, "flash", round, start, 1000);
      winners.push(total(await askAll(() => ({ do: "takeData", sid: record.sid, key: "flash", times: 10 }))));
    }
    expect(winners).toEqual(Array.from({ length: 100 }, () => 1));
    expect((await store.sessions.find(record.sid))?.record.data).toEqual({});
  });

  it("add, replace and take small records: in each of 50 rounds exactly one of 40 does", async () => {
    const store = await sharedStore();
    const winners: Record<EntryVerb, number[]> = { add: [], replace: [], take: [] };
    for (let round = 0; round < 50; round += 1) {
      const key = `key-${round}`;
      for (const verb of ["add", "replace", "take"] as const)
        winners[verb].push(total(await askAll(() => ({ do: "entry", verb, key, times: 10 }))));
    }
    const one = Array.from({ length: 50 }, () => 1);
    expect(winners).toEqual({ add: one, replace: one, take: one });
    const page = { limit: 10, after: null };
    expect(await store.entries?.list("races", null, start, page)).toEqual([]);
    expect(await store.entries?.list("races", "user-1", start, page)).toEqual([]);
  });

  it("add and take records of one owner: what is left is what the lists say", async () => {
    const { entries } = await sharedStore();
    for (let round = 0; round < 20; round += 1) {
      await askAll((at) => ({
        do: "entry",
        verb: (at + round) % 2 === 0 ? "add" : "take",
        key: "key",
        times: 10,
      }));
      const left = await entries!.get("races", "key", start);
      for (const owner of [null, "user-1"]) {
        const listed = await entries!.list("races", owner, start, { limit: 10, after: null });
        expect(listed).toEqual(left === null ? [] : [left]);
      }
    }
  });
});
