import { describe, expect, it } from "vitest";
import { SojournError } from "../domain/errors.ts";
import type { SessionStore, Touch } from "../ports/session-store.ts";
import { type FakeClock, fakeClock } from "../testing/index.ts";
import { LastSeen } from "./last-seen.ts";

function recording(): {
  clock: FakeClock;
  writes: (readonly Touch[])[];
  failing: { on: boolean };
  failures: unknown[];
  lastSeen: LastSeen;
} {
  const clock = fakeClock(1_000_000);
  const writes: (readonly Touch[])[] = [];
  const failures: unknown[] = [];
  const failing = { on: false };
  const store = {
    touch: (touches: readonly Touch[]) => {
      if (failing.on) throw new SojournError("store_unavailable");
      writes.push(touches);
      return touches.length;
    },
  } as unknown as SessionStore;
  return {
    clock,
    writes,
    failing,
    failures,
    lastSeen: new LastSeen(store, clock, (error) => void failures.push(error)),
  };
}

describe("last-seen times, written behind", () => {
  it("go together in one write, a moment later", async () => {
    const { clock, writes, lastSeen } = recording();
    for (let n = 0; n < 50; n += 1) lastSeen.saw(`s${n}`, clock.now());
    expect(writes).toEqual([]);
    await clock.advance(1000);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toHaveLength(50);
  });

  it("make one entry of several for one session: the latest time, the highest counter", async () => {
    const { clock, writes, lastSeen } = recording();
    lastSeen.saw("a", 5);
    lastSeen.confirm("a", 3, 6);
    lastSeen.saw("a", 4);
    await clock.advance(1000);
    expect(writes).toEqual([[{ sid: "a", seenAt: 5, now: 6, counter: 3 }]]);
  });

  it("write a confirmation promptly, and each counter once", async () => {
    const { clock, writes, lastSeen } = recording();
    lastSeen.saw("b", clock.now());
    lastSeen.confirm("a", 1, clock.now());
    await clock.advance(20);
    expect(writes).toHaveLength(1);
    lastSeen.confirm("a", 1, clock.now());
    lastSeen.confirm("a", 0, clock.now());
    await clock.advance(2000);
    expect(writes).toHaveLength(1);
    lastSeen.confirm("a", 2, clock.now());
    await clock.advance(20);
    expect(writes).toHaveLength(2);
  });

  it("are kept through an outage and written after it", async () => {
    const { clock, writes, failing, failures, lastSeen } = recording();
    failing.on = true;
    lastSeen.saw("a", clock.now());
    await clock.advance(3500);
    expect(failures.length).toBeGreaterThanOrEqual(3);
    failing.on = false;
    await clock.advance(1000);
    expect(writes.flat().map(({ sid }) => sid)).toEqual(["a"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("are written at close, without waiting", async () => {
    const { clock, writes, lastSeen } = recording();
    lastSeen.saw("a", clock.now());
    await lastSeen.close();
    expect(writes).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
