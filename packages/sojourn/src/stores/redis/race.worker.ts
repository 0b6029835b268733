import { Cluster, Redis } from "ioredis";
import type { SessionLimit } from "../../domain/policy.ts";
import type { EntryStore } from "../../ports/entry-store.ts";
import type { Store } from "../../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";

/** What the test asks of this process. Everything in one task is asked of Redis at once. */
export type Task =
  | { readonly do: "open"; readonly port: number; readonly cluster: boolean; readonly prefix: string }
  | { readonly do: "rotate"; readonly sid: string; readonly fromCounter: number; readonly times: number }
  | {
      readonly do: "signIn";
      readonly userId: string;
      readonly sids: readonly string[];
      readonly limit: SessionLimit | null;
    }
  | { readonly do: "revokeByUser"; readonly userId: string }
  | { readonly do: "takeData"; readonly sid: string; readonly key: string; readonly times: number }
  | { readonly do: "entry"; readonly verb: EntryVerb; readonly key: string; readonly times: number }
  | { readonly do: "write"; readonly sid: string; readonly verb: WriteVerb; readonly now: number };

export type WriteVerb = "revoke" | "touch" | "setData" | "rotate" | "update";

export type EntryVerb = "add" | "replace" | "take";

/** The answer to one task: how often it succeeded, and the sids it has to tell. */
export interface Answer {
  readonly count: number;
  readonly sids: readonly string[];
}

const start = Date.UTC(2030, 0, 1);
let store: Store;

const writers: Readonly<Record<WriteVerb, (sid: string, now: number) => Promise<boolean>>> = {
  revoke: async (sid, now) => (await store.sessions.revoke(sid, now, "signed_out")) !== null,
  touch: async (sid, now) => (await store.sessions.touch([{ sid, seenAt: now, now, counter: 0 }])) > 0,
  setData: async (sid, now) => (await store.sessions.setData(sid, "key", now, now, 1000)) === "stored",
  rotate: async (sid, now) => (await store.sessions.rotate(sid, 0, now, "key-2")) !== null,
  update: async (sid, now) =>
    (await store.sessions.update(sid, 0, { lastSeenAt: now, authTime: now }, now)) !== null,
};

const recorders: Readonly<Record<EntryVerb, (entries: EntryStore, key: string) => Promise<boolean>>> = {
  add: async (entries, key) =>
    entries.add({ space: "races", key, owner: "user-1", value: process.pid, expiresAt: null }, start),
  replace: async (entries, key) => entries.replace("races", key, 0, { value: 1, expiresAt: null }, start),
  take: async (entries, key) => (await entries.take("races", key, start)) !== null,
};

async function wins(times: number, attempt: () => Promise<boolean>): Promise<Answer> {
  const results = await Promise.all(Array.from({ length: times }, attempt));
  return { count: results.filter(Boolean).length, sids: [] };
}

async function perform(task: Task): Promise<Answer> {
  switch (task.do) {
    case "open": {
      const at = { host: "127.0.0.1", port: task.port };
      store = redis(task.cluster ? new Cluster([at]) : new Redis(at), { prefix: task.prefix });
      await store.migrate();
      return { count: 1, sids: [] };
    }
    case "rotate": {
      const { sid, fromCounter } = task;
      return wins(
        task.times,
        async () => (await store.sessions.rotate(sid, fromCounter, start, "key-1")) !== null,
      );
    }
    case "takeData":
      return wins(
        task.times,
        async () => (await store.sessions.takeData(task.sid, task.key, start)) !== undefined,
      );
    case "entry": {
      const { entries } = store;
      if (entries === undefined) throw new Error("This store keeps no entries.");
      return wins(task.times, () => recorders[task.verb](entries, task.key));
    }
    case "signIn": {
      const made = task.sids.map(async (sid) => {
        const record = sampleSession({ sid, userId: task.userId, refresh: sampleLineage() });
        return { sid, ...(await store.sessions.create(record, task.limit)) };
      });
      const created = (await Promise.all(made)).filter((one) => one.created);
      return { count: created.length, sids: created.flatMap(({ evicted }) => evicted) };
    }
    case "revokeByUser":
      return { count: 0, sids: await store.sessions.revokeByUser(task.userId, start, "revoked", null) };
    case "write":
      return { count: (await writers[task.verb](task.sid, task.now)) ? 1 : 0, sids: [] };
  }
}

process.on("message", (task: Task) => {
  perform(task).then(
    (answer) => process.send?.(answer),
    // The test hears why, cause and all, rather than waiting for an answer.
    (error: unknown) =>
      process.send?.({ failed: String(error instanceof Error ? (error.cause ?? error) : error) }),
  );
});
