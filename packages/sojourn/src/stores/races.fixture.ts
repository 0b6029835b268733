import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Store } from "../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../testing/index.ts";
import { calls, Crew, newSids, processes, start } from "./race-crew.fixture.ts";
import { feedCases, onceCases } from "./races-once.fixture.ts";
import type { RaceAnswer, RaceTarget, RaceVerb } from "./races.worker.ts";

const wholeList = { limit: 1000, offset: 0 };

/** A place that several processes may open as one store. */
export interface RacePlace {
  readonly target: RaceTarget;
  /** Opens it in this process. */
  open(): Promise<Store> | Store;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/** How a store is raced. */
export interface RaceOptions {
  readonly name: string;
  readonly describe: (name: string, options: { timeout: number }, body: () => void) => unknown;
  place(): Promise<RacePlace>;
  /** How many rounds of a hundred rotations. */
  readonly rotations: number;
  /** How many rounds of a sign-out against every other write. */
  readonly signOuts: number;
  /** How many rounds of what only one of a hundred may do. */
  readonly once: number;
  /** Where the store itself contradicts itself; asked after a process was killed. */
  inconsistencies?(place: RacePlace): Promise<unknown[]>;
}

/** Races on one store from several processes at once: what no contract within one process can show. */
export function raceSuite(options: RaceOptions): void {
  options.describe(`${processes} processes on one ${options.name} store`, { timeout: 180_000 }, () => {
    const crew = new Crew();
    let place: RacePlace;
    let store: Store;
    beforeAll(() => crew.start());
    afterAll(() => crew.end());
    beforeEach(async () => {
      place = await options.place();
      // All of them find it empty: its tables are made once.
      const opened = await crew.askAll(() => ({ do: "open", target: place.target }));
      expect(opened.map(({ count }) => count)).toEqual(Array(processes).fill(1));
      store = await place.open();
      await store.migrate();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    it(`rotate one counter: of a hundred calls at once exactly one wins, ${options.rotations} times`, async () => {
      const record = sampleSession({ refresh: sampleLineage() });
      await store.sessions.create(record, null);
      const winners: number[] = [];
      for (let round = 0; round < options.rotations; round += 1) {
        const answers = await crew.askAll(() => ({
          do: "rotate",
          sid: record.sid,
          fromCounter: round,
          times: calls,
        }));
        winners.push(sum(answers));
      }
      expect(winners).toEqual(Array(options.rotations).fill(1));
      expect((await store.sessions.find(record.sid))?.record.refresh?.counter).toBe(options.rotations);
    });

    it(`race a sign-out against every other write: ${options.signOuts} times no session lives on`, async () => {
      expect(await raceSignOuts(crew, store, options.signOuts)).toEqual([]);
      expect(await store.sessions.listByUser("user-1", start, wholeList)).toEqual([]);
      const { revocations } = await store.sessions.revokedSince(null, options.signOuts * 2);
      expect(revocations).toHaveLength(options.signOuts);
      expect(new Set(revocations.map(({ sid }) => sid)).size).toBe(options.signOuts);
    });

    it.each(["evict-oldest", "deny"] as const)(
      "sign one user in a hundred times at once: the limit holds (%s)",
      async (onExceed) => {
        const limit = { max: 5, onExceed };
        const answers = await crew.askAll(() => ({
          do: "signIn",
          userId: "ada",
          sids: newSids(calls),
          limit,
        }));
        const alive = (await store.sessions.listByUser("ada", start, wholeList)).map(({ sid }) => sid);
        expect(alive).toHaveLength(5);
        const evicted = answers.flatMap(({ sids }) => sids);
        const created = answers.flatMap((answer) => answer.created);
        expect(created).toHaveLength(onExceed === "deny" ? 5 : processes * calls);
        expect(new Set(evicted).size).toBe(evicted.length);
        expect([...alive, ...evicted].toSorted()).toEqual(created.toSorted());
      },
    );

    it("end everything of a user while a hundred sign-ins are under way: none from before lives on", async () => {
      for (let round = 0; round < 5; round += 1) {
        const userId = `user-${round}`;
        const before = newSids(20);
        for (const sid of before) await store.sessions.create(sampleSession({ sid, userId }), null);
        const [ending, ...signingIn] = await crew.askAll((index) =>
          index === 0
            ? { do: "endAll", userId, now: start + 1 }
            : { do: "signIn", userId, sids: newSids(33), limit: null },
        );
        const alive = (await store.sessions.listByUser(userId, start, wholeList)).map(({ sid }) => sid);
        expect(before.filter((sid) => alive.includes(sid))).toEqual([]);
        // What was made meanwhile is either ended, and said to be, or alive.
        const made = [...before, ...signingIn.flatMap(({ created }) => created)];
        expect([...(ending?.sids ?? []), ...alive].toSorted()).toEqual(made.toSorted());
      }
    });

    onceCases(crew, options.once, () => store);
    feedCases(crew, () => store);

    it("are killed while they write: all that was acknowledged is there, and the rest goes on", async () => {
      for (const acknowledgements of [1, 25, 80]) {
        const done = await crew.killWhileWriting(place.target, acknowledgements);
        expect((await options.inconsistencies?.(place)) ?? []).toEqual([]);
        const evicted = new Set(done.flatMap((step) => step.evicted));
        for (const { acknowledged, ended } of done) {
          const record = (await store.sessions.find(acknowledged))?.record;
          expect([record?.refresh?.counter, Object.keys(record?.data ?? {})]).toEqual([1, ["round"]]);
          if (ended) expect(record?.endReason).toBe("signed_out");
          else if (evicted.has(acknowledged)) expect(record?.endReason).toBe("limit");
        }
        // Nothing that the dead process held stands in the way.
        expect((await store.sessions.revokeByUser("user-0", start, "revoked", null)).length).toBeLessThan(4);
        expect(
          await store.sessions.create(sampleSession({ userId: "user-0" }), { max: 1, onExceed: "deny" }),
        ).toMatchObject({ created: true });
        await store.sessions.revokeByUser("user-0", start, "revoked", null);
      }
    });
  });
}

/** @returns the sessions that were not as they should be afterwards. */
async function raceSignOuts(crew: Crew, store: Store, rounds: number): Promise<unknown[]> {
  const others: readonly RaceVerb[] = ["touch", "setData", "rotate", "update"];
  const wrong: unknown[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const record = sampleSession({ refresh: sampleLineage() });
    await store.sessions.create(record, null);
    const now = start + 1000 + round;
    const revoker = round % processes;
    const answers = await crew.askAll((index) => ({
      do: "write",
      sid: record.sid,
      verb: index === revoker ? "revoke" : (others[(index + round) % others.length] as RaceVerb),
      now,
    }));
    const after = (await store.sessions.find(record.sid))?.record;
    const isRight =
      answers[revoker]?.count === 1 && after?.endReason === "signed_out" && after.endedAt === now;
    if (!isRight) wrong.push(after);
  }
  return wrong;
}

const sum = (answers: readonly RaceAnswer[]): number =>
  answers.reduce((total, { count }) => total + count, 0);
