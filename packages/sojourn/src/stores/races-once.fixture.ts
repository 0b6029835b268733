import { expect, it } from "vitest";
import type { EntryStore } from "../ports/entry-store.ts";
import type { Store } from "../ports/session-store.ts";
import { sampleSession } from "../testing/index.ts";
import { calls, type Crew, newSids, processes, start } from "./race-crew.fixture.ts";
import type { OnceVerb } from "./races.worker.ts";

const entriesOf = (store: Store): EntryStore => store.entries as EntryStore;

async function newEntry(store: Store, key: string, from: number, expiresAt: number | null): Promise<string> {
  await entriesOf(store).add({ space: "races", key, owner: null, value: 1, expiresAt }, from);
  return key;
}

interface Once {
  readonly verb: OnceVerb;
  /** What a hundred calls do with one thing. */
  readonly title: string;
  /** Makes the thing. @returns what it is called. */
  prepare(store: Store, round: number): Promise<string>;
}

const once: readonly Once[] = [
  {
    verb: "takeData",
    title: "take one value of a session's data",
    async prepare(store) {
      const record = sampleSession({ data: { key: "value", other: 1 } });
      await store.sessions.create(record, null);
      return record.sid;
    },
  },
  { verb: "add", title: "add one entry", prepare: async (_, round) => `new-${round}` },
  {
    verb: "add",
    title: "renew one entry that is over",
    prepare: (store, round) => newEntry(store, `old-${round}`, start - 2, start - 1),
  },
  {
    verb: "replace",
    title: "replace one version of an entry",
    prepare: (store, round) => newEntry(store, `entry-${round}`, start, null),
  },
  {
    verb: "take",
    title: "take one entry",
    prepare: (store, round) => newEntry(store, `entry-${round}`, start, null),
  },
];

/** What of any number of calls at once exactly one may do. @param rounds how many times each is tried. */
export function onceCases(crew: Crew, rounds: number, storeNow: () => Store): void {
  it.each(once)("$title: of a hundred calls at once exactly one does, again and again", async (race) => {
    const winners: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const name = await race.prepare(storeNow(), round);
      const answers = await crew.askAll(() => ({ do: "once", verb: race.verb, name, times: calls }));
      winners.push(answers.reduce((total, { count }) => total + count, 0));
    }
    expect(winners).toEqual(Array(rounds).fill(1));
  });

  // Few at a time: those who add in the moment after one was taken may deadlock in MySQL, and are tried again.
  it("add and take one entry in turns: there is never one more or less than was added", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const name = `both-${round}`;
      const adds = (index: number): boolean => index % 2 === 0;
      const answers = await crew.askAll((index) => ({
        do: "once",
        verb: adds(index) ? "add" : "take",
        name,
        times: 5,
      }));
      const sumOf = (which: boolean): number =>
        answers.reduce((total, { count }, index) => total + (adds(index) === which ? count : 0), 0);
      const left = (await entriesOf(storeNow()).get("races", name, start)) === null ? 0 : 1;
      expect(sumOf(true)).toBe(sumOf(false) + left);
    }
  });

  it("set values of a session's data that others take: each is taken by one of them, or is still there", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const record = sampleSession();
      await storeNow().sessions.create(record, null);
      const names = newSids(calls);
      const answers = await crew.askAll((index) =>
        index === 0
          ? { do: "setData", sid: record.sid, values: names }
          : { do: "takeData", sid: record.sid, times: calls },
      );
      const taken = answers.flatMap(({ sids }) => sids);
      expect(new Set(taken).size).toBe(taken.length);
      expect(names).toEqual(expect.arrayContaining(taken));
    }
  });
}

/** The feed, while it is written to and read at once. */
export function feedCases(crew: Crew, storeNow: () => Store): void {
  it("announce and end while another reads on: each notice and each end comes once", async () => {
    const { sessions } = storeNow();
    const told: string[] = [];
    let cursor: string | null = null;
    const readOn = async (): Promise<void> => {
      for (let more = true; more;) {
        const page = await sessions.revokedSince(cursor, 7);
        told.push(...page.revocations.map(({ sid }) => sid), ...page.notices.map(({ subject }) => subject));
        ({ cursor, more } = page);
      }
    };
    const expected: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const sids = newSids(20);
      const subjects = Array.from({ length: processes }, () => newSids(calls));
      for (const sid of sids) await sessions.create(sampleSession({ sid, userId: `user-${round}` }), null);
      expected.push(...sids, ...subjects.slice(1).flat());
      let isOver = false;
      const writing = crew
        .askAll((index) =>
          index === 0
            ? { do: "endAll", userId: `user-${round}`, now: start + 1 }
            : { do: "announce", subjects: subjects[index] ?? [] },
        )
        .finally(() => (isOver = true));
      while (!isOver) {
        await readOn();
        // A store in this process would otherwise keep the answers of the others from coming in.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      await readOn();
    }
    expect(told.toSorted()).toEqual(expected.toSorted());
  });
}
