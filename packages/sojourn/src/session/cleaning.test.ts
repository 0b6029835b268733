import { describe, expect, it } from "vitest";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { SessionStore } from "../ports/session-store.ts";
import { memory } from "../stores/memory/index.ts";
import { fakeClock, sampleSession } from "../testing/index.ts";
import { type Clean, cleaningOf } from "./cleaning.ts";

const hour = 3_600_000;
const minute = 60_000;

/** Adds entries that are over `after` ms from the clock's now on; null for never. */
async function addEntries(entries: EntryStore, now: number, count: number, after: number | null) {
  const expiresAt = after === null ? null : now + after;
  for (let at = 0; at < count; at += 1)
    await entries.add({ space: "things", key: `${after}-${at}`, owner: null, value: at, expiresAt }, now);
}

/** How many entries the store still holds, over or not: those that were live at `then`. */
async function kept(entries: EntryStore, then: number): Promise<number> {
  return (await entries.list("things", null, then, { limit: 1000, after: null })).length;
}

describe("a step of cleaning", () => {
  it("removes no more than its limit, sessions first and small records with what is left", async () => {
    const clock = fakeClock();
    const begun = clock.now();
    const { sessions, entries } = memory();
    for (let at = 0; at < 12; at += 1)
      await sessions.create(sampleSession({ createdAt: begun, expiresAt: begun + minute }), null);
    await addEntries(entries, begun, 13, minute);
    const clean = cleaningOf({ sessions, entries }, clock, hour) as Clean;
    await clock.advance(2 * hour);
    const steps: { removed: number; entries: number }[] = [];
    for (let step = 0; step < 4; step += 1)
      steps.push({ removed: await clean(10), entries: await kept(entries, begun) });
    expect(steps).toEqual([
      { removed: 10, entries: 13 },
      { removed: 10, entries: 5 },
      { removed: 5, entries: 0 },
      { removed: 0, entries: 0 },
    ]);
  });

  it("leaves a small record for a minute after its end, and one without an end for ever", async () => {
    const clock = fakeClock();
    const begun = clock.now();
    const { entries } = memory();
    await addEntries(entries, begun, 1, 1000);
    await addEntries(entries, begun, 1, null);
    const clean = cleaningOf({ sessions: null, entries }, clock, hour) as Clean;
    await clock.advance(1000 + minute);
    expect([clean(10), await kept(entries, begun)]).toEqual([0, 2]);
    await clock.advance(1);
    expect([clean(10), await kept(entries, begun)]).toEqual([1, 1]);
    await clock.advance(10_000 * hour);
    expect([clean(10), await kept(entries, begun)]).toEqual([0, 1]);
  });

  it("goes one after the other where the store works elsewhere, and fails with it", async () => {
    const calls: string[] = [];
    const part = (
      name: string,
      answer: () => MaybePromise<number>,
    ): { deleteExpired(): Promise<number> } => ({
      deleteExpired: async () => (calls.push(name), answer()),
    });
    const sessions = part("sessions", () => 3) as unknown as SessionStore;
    const entries = part("entries", () => 4) as unknown as EntryStore;
    expect(await cleaningOf({ sessions, entries }, fakeClock(), hour)?.(10)).toBe(7);
    expect(calls).toEqual(["sessions", "entries"]);
    const failure = new Error("down");
    const down = part("entries", () => Promise.reject(failure)) as unknown as EntryStore;
    await expect(cleaningOf({ sessions, entries: down }, fakeClock(), hour)?.(10)).rejects.toBe(failure);
  });

  it("is not there where nothing is kept", () => {
    expect(cleaningOf({ sessions: null, entries: null }, fakeClock(), hour)).toBeNull();
  });
});
