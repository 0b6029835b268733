import { describe, expect, it } from "vitest";
import { fakeClock } from "./fake-clock.ts";

describe("the fake clock", () => {
  it("stands still until it is moved", async () => {
    const clock = fakeClock(1000);
    expect(clock.now()).toBe(1000);
    await clock.advance(250);
    expect(clock.now()).toBe(1250);
  });

  it("fires what falls due, in order and at its own moment", async () => {
    const clock = fakeClock(0);
    const fired: string[] = [];
    for (const [name, ms] of [
      ["c", 30],
      ["a", 10],
      ["later", 31],
      ["b", 20],
      ["b too", 20],
    ] as const) {
      clock.setTimer(ms, () => fired.push(`${name} at ${clock.now()}`));
    }
    await clock.advance(30);
    expect(fired).toEqual(["a at 10", "b at 20", "b too at 20", "c at 30"]);
    expect(clock.pendingTimers).toBe(1);
  });

  it("fires nothing that was cancelled", async () => {
    const clock = fakeClock();
    let fired = 0;
    const cancel = clock.setTimer(10, () => (fired += 1));
    cancel();
    cancel();
    await clock.advance(100);
    expect([fired, clock.pendingTimers]).toEqual([0, 0]);
  });

  it("lets a timer set the next one, also after it has waited for something", async () => {
    const clock = fakeClock(0);
    const at: number[] = [];
    const tick = async (): Promise<void> => {
      at.push(clock.now());
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      clock.setTimer(10, () => void tick());
    };
    clock.setTimer(10, () => void tick());
    await clock.advance(45);
    expect(at).toEqual([10, 20, 30, 40]);
  });

  it("fires a timer that is due at once without moving", async () => {
    const clock = fakeClock(5);
    let firedAt = 0;
    clock.setTimer(-1, () => (firedAt = clock.now()));
    await clock.advance(0);
    expect(firedAt).toBe(5);
  });

  it("can be set back, and fires then what falls due by its new time", async () => {
    const clock = fakeClock(1000);
    let fired = false;
    clock.setTimer(10, () => (fired = true));
    clock.jumpTo(0);
    expect(clock.now()).toBe(0);
    await clock.advance(1009);
    expect(fired).toBe(false);
    await clock.advance(1);
    expect(fired).toBe(true);
  });
});
