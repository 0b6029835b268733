import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AdaptiveLookup } from "./adaptive-lookup.ts";

/** A database that answers when a test says so. */
function database(lanes = 1): {
  lookup: AdaptiveLookup<string>;
  trips: { keys: readonly string[]; answer(): void; fail(error: unknown): void }[];
  contents: Map<string, string>;
} {
  const contents = new Map<string, string>();
  const trips: { keys: readonly string[]; answer(): void; fail(error: unknown): void }[] = [];
  const trip = <Result>(keys: readonly string[], read: () => Result): Promise<Result> =>
    new Promise((resolve, reject) => {
      // What a database reads, it reads when it is asked, not when the answer arrives.
      const result = read();
      trips.push({ keys, answer: () => resolve(result), fail: reject });
    });
  const lookup = new AdaptiveLookup<string>(
    {
      one: (key) => trip([key], () => contents.get(key) ?? null),
      many: (keys) => trip(keys, () => new Map([...contents].filter(([key]) => keys.includes(key)))),
    },
    lanes,
  );
  return { lookup, trips, contents };
}

describe("an adaptive look-up", () => {
  it("goes at once when nothing is under way", () => {
    const { lookup, trips } = database();
    void lookup.find("a");
    expect(trips.map(({ keys }) => keys)).toEqual([["a"]]);
  });

  it("takes what came meanwhile along in one trip, each its own answer", async () => {
    const { lookup, trips, contents } = database();
    for (const key of ["a", "b", "d"]) contents.set(key, key.toUpperCase());
    const answers = ["a", "b", "c", "d"].map((key) => lookup.find(key));
    trips[0]?.answer();
    await nextTurn();
    expect(trips.map(({ keys }) => keys)).toEqual([["a"], ["b", "c", "d"]]);
    trips[1]?.answer();
    expect(await Promise.all(answers)).toEqual(["A", "B", null, "D"]);
    void lookup.find("e");
    expect(trips).toHaveLength(3);
  });

  it("lets many who wait for one key share a single look-up", async () => {
    const { lookup, trips, contents } = database();
    contents.set("a", "A");
    const answers = Array.from({ length: 16 }, () => lookup.find("a"));
    trips[0]?.answer();
    await nextTurn();
    expect(trips.map(({ keys }) => keys)).toEqual([["a"], ["a"]]);
    trips[1]?.answer();
    expect(await Promise.all(answers)).toEqual(Array(16).fill("A"));
  });

  it("never joins a look-up that has left: what changed since must be seen", async () => {
    const { lookup, trips, contents } = database();
    contents.set("a", "alive");
    const before = lookup.find("a");
    contents.set("a", "ended");
    const after = lookup.find("a");
    trips[0]?.answer();
    await nextTurn();
    trips[1]?.answer();
    expect([await before, await after]).toEqual(["alive", "ended"]);
  });

  it("fails those alone whose trip failed, and goes on", async () => {
    const { lookup, trips, contents } = database();
    contents.set("d", "D");
    const answers = ["a", "b", "c"].map((key) => lookup.find(key).catch((error: unknown) => error));
    trips[0]?.answer();
    await nextTurn();
    const late = lookup.find("d");
    trips[1]?.fail(new Error("cut"));
    await nextTurn();
    trips[2]?.answer();
    expect(await Promise.all([...answers, late])).toEqual([null, new Error("cut"), new Error("cut"), "D"]);
  });

  it("lets nobody wait for longer than two trips, however many wait on a database that does not answer", async () => {
    const { lookup, trips } = database();
    const outcomes = new Map<string, unknown>();
    const ask = (key: string): void =>
      void lookup.find(key).then(
        (found) => outcomes.set(key, found),
        (error: unknown) => outcomes.set(key, error),
      );
    for (let at = 0; at < 1000; at += 1) ask(`early-${at}`);
    trips[0]?.fail(new Error("late"));
    await nextTurn();
    // The first 256 of those who waited are under way; who comes now waits for them.
    for (let at = 0; at < 300; at += 1) ask(`later-${at}`);
    trips[1]?.fail(new Error("late"));
    await nextTurn();
    const early = [...outcomes.keys()].filter((key) => key.startsWith("early"));
    expect(early).toHaveLength(1000);
    trips[2]?.fail(new Error("late"));
    await nextTurn();
    expect(outcomes.size).toBe(1300);
    expect(trips).toHaveLength(3);
    ask("after");
    trips[3]?.answer();
    await nextTurn();
    expect(outcomes.get("after")).toBeNull();
  });

  it("goes on by its other lane while one is stuck, and fails nobody who came since", async () => {
    const { lookup, trips, contents } = database(2);
    contents.set("b", "B").set("c", "C");
    const stuck = lookup.find("a").catch((error: unknown) => error);
    const second = lookup.find("b");
    const third = lookup.find("c");
    trips[0]?.fail(new Error("late"));
    await nextTurn();
    for (const trip of trips.slice(1)) trip.answer();
    await nextTurn();
    for (const trip of trips.slice(2)) trip.answer();
    expect(await Promise.all([stuck, second, third])).toEqual([new Error("late"), "B", "C"]);
  });

  it("goes on after a first look-up that failed", async () => {
    const { lookup, trips } = database();
    const first = lookup.find("a").catch((error: unknown) => error);
    const second = lookup.find("b");
    trips[0]?.fail(new Error("cut"));
    await nextTurn();
    trips[1]?.answer();
    expect([await first, await second]).toEqual([new Error("cut"), null]);
  });

  it("opens as many lanes as it may, and bounds a trip", async () => {
    const { lookup, trips } = database(2);
    const answers = Array.from({ length: 602 }, (_, at) => lookup.find(`key-${at}`));
    expect(trips).toHaveLength(2);
    for (let at = 0; at < 5; at += 1) {
      trips[at]?.answer();
      await nextTurn();
    }
    expect(trips.map(({ keys }) => keys.length)).toEqual([1, 1, 256, 256, 88]);
    expect(await Promise.all(answers)).toHaveLength(602);
  });
});
