import { describe, expect, it } from "vitest";
import type { SessionStore } from "../ports/session-store.ts";
import { SojournError } from "../domain/errors.ts";
import { memory } from "../stores/memory/index.ts";
import { type FakeClock, fakeClock, sampleSession, seededRandom } from "../testing/index.ts";
import { type Clean, cleaningOf } from "./cleaning.ts";
import { Sweeper } from "./sweeper.ts";

const hour = 3_600_000;
const minute = 60_000;

async function overSessions(clock: FakeClock, count: number): Promise<SessionStore> {
  const store = memory().sessions;
  for (let at = 0; at < count; at += 1)
    await store.create(sampleSession({ createdAt: clock.now(), expiresAt: clock.now() + minute }), null);
  return store;
}

function sweeping(sessions: SessionStore, clock: FakeClock, failures: unknown[] = [], seed = 1): Sweeper {
  const clean = cleaningOf({ sessions, entries: null }, clock, hour) as Clean;
  return new Sweeper(clean, clock, seededRandom(seed), (error) => void failures.push(error));
}

/** Notes how each call to remove went. */
function watched(
  store: SessionStore,
  wrap: (removed: number) => number | Promise<number>,
): {
  sessions: SessionStore;
  steps: { limit: number; removed: number }[];
} {
  const steps: { limit: number; removed: number }[] = [];
  const deleteExpired = (before: number, limit: number): number | Promise<number> => {
    const removed = store.deleteExpired(before, limit) as number;
    steps.push({ limit, removed });
    return wrap(removed);
  };
  return { sessions: { deleteExpired } as unknown as SessionStore, steps };
}

describe("the sweeper", () => {
  it("removes what has been over for the retention, by itself", async () => {
    const clock = fakeClock();
    const store = await overSessions(clock, 120);
    const { sessions, steps } = watched(store, (removed) => removed);
    const sweeper = sweeping(sessions, clock);
    sweeper.start();
    await clock.advance(hour);
    expect(steps.every(({ removed }) => removed === 0)).toBe(true);
    expect(steps.length).toBeGreaterThanOrEqual(hour / (2 * minute) - 1);
    expect(steps.length).toBeLessThanOrEqual(hour / minute);
    await clock.advance(4 * minute);
    expect(steps.map(({ removed }) => removed).filter((removed) => removed > 0)).toEqual([50, 50, 20]);
    sweeper.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("takes small steps in the process, and larger ones where the store works elsewhere", async () => {
    const clock = fakeClock();
    const inProcess = watched(await overSessions(clock, 60), (removed) => removed);
    const elsewhere = watched(await overSessions(clock, 600), async (removed) => removed);
    const sweepers = [sweeping(inProcess.sessions, clock), sweeping(elsewhere.sessions, clock)];
    for (const sweeper of sweepers) sweeper.start();
    await clock.advance(2 * hour);
    expect(new Set(inProcess.steps.map(({ limit }) => limit))).toEqual(new Set([50]));
    expect(Math.max(...elsewhere.steps.slice(1).map(({ limit }) => limit))).toBe(500);
    for (const sweeper of sweepers) sweeper.stop();
  });

  it("rests four times as long as a store elsewhere worked", async () => {
    const clock = fakeClock();
    const calls: number[] = [];
    const slow = {
      deleteExpired: (_before: number, limit: number) => {
        calls.push(clock.now());
        return new Promise<number>((resolve) => clock.setTimer(300, () => resolve(limit)));
      },
    } as unknown as SessionStore;
    const sweeper = sweeping(slow, clock);
    sweeper.start();
    await clock.advance(5 * minute);
    expect((calls[1] ?? 0) - (calls[0] ?? 0)).toBe(300 + 4 * 300);
    sweeper.stop();
  });

  it("goes on once after it was stopped and started again in the middle of a step", async () => {
    const clock = fakeClock();
    let finish = (_removed: number): void => {};
    const slow = {
      deleteExpired: () => new Promise<number>((resolve) => (finish = resolve)),
    } as unknown as SessionStore;
    const sweeper = sweeping(slow, clock);
    sweeper.start();
    await clock.advance(2 * minute);
    sweeper.stop();
    sweeper.start();
    finish(0);
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(1);
    sweeper.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("outlives a store that fails", async () => {
    const clock = fakeClock();
    const failures: unknown[] = [];
    const down = {
      deleteExpired: () => Promise.reject(new SojournError("store_unavailable")),
    } as unknown as SessionStore;
    const sweeper = sweeping(down, clock, failures);
    sweeper.start();
    await clock.advance(10 * minute);
    expect(failures.length).toBeGreaterThanOrEqual(4);
    sweeper.stop();
  });

  it("keeps nodes that began together from sweeping in one instant", async () => {
    const clock = fakeClock();
    const times: number[] = [];
    const store = { deleteExpired: () => (times.push(clock.now()), 0) } as unknown as SessionStore;
    const sweepers = Array.from({ length: 20 }, (_, seed) => sweeping(store, clock, [], seed));
    for (const sweeper of sweepers) sweeper.start();
    await clock.advance(2 * minute);
    expect(new Set(times).size).toBeGreaterThan(15);
    for (const sweeper of sweepers) sweeper.stop();
  });
});
