import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../domain/session.ts";
import type { FoundSession, SessionStore, Store } from "../ports/session-store.ts";
import { memory } from "../stores/memory/index.ts";
import { storeContract } from "./store-contract.ts";

/** Runs the contract on a store and gives the names of the tests that failed. */
async function failuresOf(open: () => Store): Promise<string[]> {
  const path: string[] = [];
  const tests: { name: string; body: () => Promise<void> }[] = [];
  storeContract({
    name: "a store",
    open,
    describe(name, body) {
      path.push(name);
      body();
      path.pop();
    },
    it: (name, body) => tests.push({ name: [...path.slice(1), name].join(" "), body }),
  });
  const failed: string[] = [];
  for (const { name, body } of tests) {
    try {
      await body();
    } catch {
      failed.push(name);
    }
  }
  return failed;
}

type Verbs = Partial<SessionStore>;

/** A memory store with a mistake in it. */
const withMistake = (mistake: (right: SessionStore) => Verbs) => (): Store => {
  const store = memory();
  const right = store.sessions;
  const verbs: (keyof SessionStore)[] = [
    "create",
    "find",
    "touch",
    "rotate",
    "update",
    "setData",
    "deleteData",
    "takeData",
    "revoke",
    "revokeByUser",
    "listByUser",
    "announce",
    "revokedSince",
    "deleteExpired",
  ];
  const bound = Object.fromEntries(verbs.map((verb) => [verb, (right[verb] as () => unknown).bind(right)]));
  return { ...store, sessions: { ...(bound as unknown as SessionStore), ...mistake(right) } };
};

const pause = (): Promise<void> => Promise.resolve();
const recordIn = async (store: SessionStore, sid: string): Promise<SessionRecord | undefined> =>
  (await store.find(sid))?.record;

/** Mistakes that stores have really made, and a test of the contract that has to notice. */
const mistakes: Readonly<
  Record<string, { readonly noticedBy: RegExp; readonly mistake: (right: SessionStore) => Verbs }>
> = {
  "loses a field": {
    noticedBy: /give back a session with everything/,
    mistake: (right) => ({ create: (record, limit) => right.create({ ...record, acr: null }, limit) }),
  },
  "finds a sid in any case": {
    noticedBy: /another spelling/,
    mistake: (right) => ({ find: (sid) => right.find(sid.toLowerCase().trim()) }),
  },
  "cuts long texts": {
    noticedBy: /8 KB unchanged/,
    mistake: (right) => ({
      create: (record, limit) =>
        right.create({ ...record, userAgent: record.userAgent?.slice(0, 255) ?? null }, limit),
    }),
  },
  "cuts a text at U+0000": {
    noticedBy: /a NUL in userId whole or refuse it/,
    mistake: (right) => ({
      create: (record, limit) =>
        right.create({ ...record, userId: record.userId.split("\0")[0] ?? "" }, limit),
    }),
  },
  "hides sessions that are over": {
    noticedBy: /whatever state/,
    mistake: (right) => ({
      async find(sid) {
        const found = await right.find(sid);
        return found !== null && found.record.expiresAt < 1000 ? null : found;
      },
    }),
  },
  "checks the counter before it rotates, not while": {
    noticedBy: /exactly one of many win/,
    mistake: (right) => ({
      async rotate(sid, fromCounter, now, keyId) {
        const record = await recordIn(right, sid);
        if (record?.refresh?.counter !== fromCounter) return null;
        await pause();
        // Whatever it has become: the memory store answers at once, so nothing comes in between here.
        const head = (right.find(sid) as FoundSession | null)?.record.refresh?.counter ?? fromCounter;
        return right.rotate(sid, head, now, keyId);
      },
    }),
  },
  "slides the session when it rotates": {
    noticedBy: /changes nothing else/,
    mistake: (right) => ({
      async rotate(sid, fromCounter, now, keyId) {
        if ((await right.rotate(sid, fromCounter, now, keyId)) === null) return null;
        await right.touch([{ sid, seenAt: now, now, counter: null }]);
        return (await recordIn(right, sid)) ?? null;
      },
    }),
  },
  "is alive one millisecond too long": {
    noticedBy: /no longer for setData at its idle timeout/,
    mistake: (right) => ({
      setData: (sid, key, value, now, maxBytes) => right.setData(sid, key, value, now - 1, maxBytes),
    }),
  },
  "moves last-seen back": {
    noticedBy: /never moves last-seen back/,
    mistake(right) {
      const seen = new Map<string, number>();
      return {
        async touch(touches) {
          for (const { sid, seenAt } of touches) if (seenAt !== null) seen.set(sid, seenAt);
          return right.touch(touches);
        },
        async find(sid) {
          const found = await right.find(sid);
          return (
            found && {
              ...found,
              record: { ...found.record, lastSeenAt: seen.get(sid) ?? found.record.lastSeenAt },
            }
          );
        },
      };
    },
  },
  "reads the data, changes it and writes it back": {
    noticedBy: /lose nothing when many write/,
    mistake(right) {
      const dataOf = new Map<string, SessionRecord["data"]>();
      return {
        async setData(sid, key, value, now, maxBytes) {
          const data = dataOf.get(sid) ?? {};
          await pause();
          dataOf.set(sid, { ...data, [key]: value });
          return right.setData(sid, key, value, now, maxBytes);
        },
        async find(sid) {
          const found = await right.find(sid);
          return (
            found && { ...found, record: { ...found.record, data: dataOf.get(sid) ?? found.record.data } }
          );
        },
      };
    },
  },
  "measures data in characters": {
    noticedBy: /exactly the allowed size/,
    mistake: (right) => ({
      setData: (sid, key, value, now, maxBytes) => right.setData(sid, key, value, now, maxBytes + 9),
    }),
  },
  "reads the list of a user's sessions, adds one and writes it back": {
    noticedBy: /misses no session/,
    mistake(right) {
      const sidsOf = new Map<string, readonly string[]>();
      return {
        async create(record, limit) {
          const sids = sidsOf.get(record.userId) ?? [];
          await pause();
          sidsOf.set(record.userId, [...sids, record.sid]);
          return right.create(record, limit);
        },
        async revokeByUser(userId, now, reason, exceptSid) {
          const ended: string[] = [];
          for (const sid of sidsOf.get(userId) ?? []) {
            if (sid !== exceptSid && (await right.revoke(sid, now, reason)) !== null) ended.push(sid);
          }
          return ended;
        },
      };
    },
  },
  "counts before it adds, not while": {
    noticedBy: /denies .* 100 sign-ins at once/,
    mistake: (right) => ({
      async create(record, limit) {
        const alive = await right.listByUser(record.userId, record.createdAt, { limit: 1000, offset: 0 });
        await pause();
        if (limit?.onExceed !== "deny") return right.create(record, limit);
        return alive.length < limit.max ? right.create(record, null) : { created: false, evicted: [] };
      },
    }),
  },
  "evicts one too few": {
    noticedBy: /evicts .* 100 sign-ins at once/,
    mistake: (right) => ({
      create: (record, limit) => right.create(record, limit && { ...limit, max: limit.max + 1 }),
    }),
  },
  "overwrites a session whose sid is there": {
    noticedBy: /whose sid is there already/,
    mistake: (right) => ({
      async create(record, limit) {
        const { created, evicted } = await right.create(record, limit);
        if (!created) await right.update(record.sid, 0, { acr: "overwritten" }, record.createdAt);
        return { created, evicted };
      },
    }),
  },
  "tells the feed once only": {
    noticedBy: /to each reader/,
    mistake: (right) => {
      const told = new Set<string>();
      return {
        async revokedSince(cursor, limit) {
          const page = await right.revokedSince(cursor, limit);
          const revocations = page.revocations.filter(({ sid }) => !told.has(sid));
          for (const { sid } of revocations) told.add(sid);
          return { ...page, revocations };
        },
      };
    },
  },
  "never says that there is more": {
    noticedBy: /another page is waiting/,
    mistake: (right) => ({
      revokedSince: async (cursor, limit) => ({ ...(await right.revokedSince(cursor, limit)), more: false }),
    }),
  },
  "deletes the feed with the session": {
    noticedBy: /outlives the sessions/,
    mistake: (right) => ({
      deleteExpired: async (before, limit) => (
        await right.deleteExpired(before + 1, limit),
        right.deleteExpired(before, limit)
      ),
    }),
  },
  "deletes without a limit": {
    noticedBy: /no more than it is allowed/,
    mistake: (right) => ({ deleteExpired: (before) => right.deleteExpired(before, 1000) }),
  },
  "takes a value by reading it and removing it": {
    noticedBy: /gives a value to one of many/,
    mistake: (right) => ({
      async takeData(sid, key, now) {
        const value = (await recordIn(right, sid))?.data[key];
        await pause();
        await right.deleteData(sid, key, now);
        return value;
      },
    }),
  },
  "tells only of ends": {
    noticedBy: /announce tells every reader/,
    mistake: () => ({ announce: () => undefined }),
  },
  "hands out the hash with the user": {
    noticedBy: /without any trace of a password/,
    mistake: (right) => ({
      async find(sid) {
        const found = await right.find(sid);
        return found && { ...found, user: found.user && { ...found.user, passwordHash: "$marked-hash$" } };
      },
    }),
  },
};

describe("the store contract", () => {
  it("passes a right store", async () => {
    expect(await failuresOf(withMistake(() => ({})))).toEqual([]);
  });

  for (const [name, { noticedBy, mistake }] of Object.entries(mistakes)) {
    it(`notices a store that ${name}`, async () => {
      expect(await failuresOf(withMistake(mistake))).toContainEqual(expect.stringMatching(noticedBy));
    });
  }
});
