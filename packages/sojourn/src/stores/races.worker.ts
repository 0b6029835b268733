import { flushCompileCache } from "node:module";
import type { SessionLimit } from "../domain/policy.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { Store } from "../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../testing/index.ts";

/** How a process opens the store that the test has open too. */
export interface RaceTarget {
  /** A module whose `open` makes the store, as a URL. */
  readonly module: string;
  /** What `open` is called with. */
  readonly where: string;
}

/** What a module of {@link RaceTarget} gives. */
export interface OpensStore {
  open(where: string): Promise<Store> | Store;
}

/** What the test asks of this process. Everything in one task happens at once. */
export type RaceTask =
  | { readonly do: "open"; readonly target: RaceTarget }
  | { readonly do: "rotate"; readonly sid: string; readonly fromCounter: number; readonly times: number }
  | { readonly do: "write"; readonly sid: string; readonly verb: RaceVerb; readonly now: number }
  | {
      readonly do: "signIn";
      readonly userId: string;
      readonly sids: readonly string[];
      readonly limit: SessionLimit | null;
    }
  | { readonly do: "endAll"; readonly userId: string; readonly now: number }
  | { readonly do: "once"; readonly verb: OnceVerb; readonly name: string; readonly times: number }
  | { readonly do: "setData"; readonly sid: string; readonly values: readonly string[] }
  | { readonly do: "takeData"; readonly sid: string; readonly times: number }
  | { readonly do: "announce"; readonly subjects: readonly string[] }
  | { readonly do: "writeOn" };

/** A verb that races a sign-out. */
export type RaceVerb = "revoke" | "touch" | "setData" | "rotate" | "update";

/** A verb that only one of many callers does: with a session's data, or with an entry. */
export type OnceVerb = "takeData" | "add" | "replace" | "take";

/** How often a task succeeded, and the sids, or the taken values, that it has to tell. */
export interface RaceAnswer {
  readonly count: number;
  readonly sids: readonly string[];
  readonly created: readonly string[];
}

/** One acknowledged step of `writeOn`. */
export interface RaceStep {
  readonly acknowledged: string;
  readonly ended: boolean;
  readonly evicted: readonly string[];
}

/** When the sessions of a race are signed in. */
export const raceStart: number = Date.UTC(2030, 0, 1);

let store: Store | null = null;
const sessions = (): Store["sessions"] => (store as Store).sessions;
const answer = (
  count: number,
  sids: readonly string[] = [],
  created: readonly string[] = [],
): RaceAnswer => ({
  count,
  sids,
  created,
});

const writers: Readonly<Record<RaceVerb, (sid: string, now: number) => Promise<boolean>>> = {
  revoke: async (sid, now) => (await sessions().revoke(sid, now, "signed_out")) !== null,
  touch: async (sid, now) => (await sessions().touch([{ sid, seenAt: now, now, counter: 0 }])) > 0,
  setData: async (sid, now) => (await sessions().setData(sid, "key", now, now, 1000)) === "stored",
  rotate: async (sid, now) => (await sessions().rotate(sid, 0, now, "key-2")) !== null,
  update: async (sid, now) =>
    (await sessions().update(sid, 0, { lastSeenAt: now, authTime: now }, now)) !== null,
};

const entries = (): EntryStore => (store as Store).entries as EntryStore;
const space = "races";
const lasting = { value: 1, expiresAt: null };

/** @returns whether it was this call that did it. */
const once: Readonly<Record<OnceVerb, (name: string) => Promise<boolean>>> = {
  takeData: async (sid) => (await sessions().takeData(sid, "key", raceStart)) !== undefined,
  add: async (key) => entries().add({ space, key, owner: null, ...lasting }, raceStart),
  replace: async (key) => entries().replace(space, key, 0, lasting, raceStart),
  take: async (key) => (await entries().take(space, key, raceStart)) !== null,
};

const atOnce = <Done>(times: number, call: () => Promise<Done>): Promise<Done[]> =>
  Promise.all(Array.from({ length: times }, call));

async function perform(task: RaceTask): Promise<RaceAnswer> {
  switch (task.do) {
    case "open": {
      await store?.close();
      const opener = (await import(task.target.module)) as OpensStore;
      store = await opener.open(task.target.where);
      await store.migrate();
      // It will be killed, and could leave nothing to the next then.
      flushCompileCache();
      return answer(1);
    }
    case "rotate": {
      const tried = await atOnce(task.times, async () =>
        sessions().rotate(task.sid, task.fromCounter, raceStart, "key-1"),
      );
      return answer(tried.filter((record) => record !== null).length);
    }
    case "write":
      return answer((await writers[task.verb](task.sid, task.now)) ? 1 : 0);
    case "signIn": {
      const made = await Promise.all(
        task.sids.map(async (sid) => ({
          sid,
          ...(await sessions().create(sampleSession({ sid, userId: task.userId }), task.limit)),
        })),
      );
      const created = made.filter((one) => one.created).map(({ sid }) => sid);
      return answer(
        created.length,
        made.flatMap(({ evicted }) => evicted),
        created,
      );
    }
    case "endAll":
      return answer(1, await sessions().revokeByUser(task.userId, task.now, "revoked", null));
    case "once": {
      const tried = await atOnce(task.times, () => once[task.verb](task.name));
      return answer(tried.filter(Boolean).length);
    }
    case "setData":
      for (const value of task.values) await sessions().setData(task.sid, "key", value, raceStart, 1000);
      return answer(task.values.length);
    case "takeData": {
      const taken = await atOnce(task.times, async () => sessions().takeData(task.sid, "key", raceStart));
      return answer(
        taken.length,
        taken.flatMap((value) => (typeof value === "string" ? [value] : [])),
      );
    }
    case "announce":
      await Promise.all(task.subjects.map(announce));
      return answer(task.subjects.length);
    case "writeOn":
      return writeOn();
  }
}

async function announce(subject: string): Promise<void> {
  await sessions().announce({ topic: "user", subject, at: raceStart, expiresAt: raceStart + 60_000 });
}

/** Signs in, changes and signs out until the process is killed, and says after each step what is done. */
async function writeOn(): Promise<never> {
  for (let round = 0; ; round += 1) {
    const record = sampleSession({
      sid: crypto.randomUUID(),
      userId: `user-${round % 3}`,
      refresh: sampleLineage(),
    });
    const { evicted } = await sessions().create(record, { max: 3, onExceed: "evict-oldest" });
    await sessions().rotate(record.sid, 0, raceStart, "key-2");
    await sessions().setData(record.sid, "round", round, raceStart, 1000);
    const ended = round % 4 === 0;
    if (ended) await sessions().revoke(record.sid, raceStart, "signed_out");
    await tell({ acknowledged: record.sid, ended, evicted });
  }
}

function tell(message: object): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

process.on("message", (task: RaceTask) => {
  perform(task).then(
    (done) => tell(done),
    // The test hears why, cause and all, rather than waiting for an answer.
    (error: unknown) => tell({ failed: String(error instanceof Error ? (error.cause ?? error) : error) }),
  );
});
