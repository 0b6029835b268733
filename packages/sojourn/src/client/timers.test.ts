import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { at, pause } from "./timers.ts";

const minute = 60_000;
const day = 86_400_000;

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

describe("a timer", () => {
  it("fires at its time, also when that is months away", async () => {
    const fired = vi.fn<() => void>();
    at(60 * day, fired);
    await vi.advanceTimersByTimeAsync(60 * day - 1);
    expect(fired).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("fires soon after a machine wakes that did not count its sleep", async () => {
    const fired = vi.fn<() => void>();
    at(60 * minute, fired);
    vi.setSystemTime(90 * minute);
    await vi.advanceTimersByTimeAsync(30_001);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("fires where the clock was set back, rather than hours late", async () => {
    vi.setSystemTime(10 * day);
    const fired = vi.fn<() => void>();
    at(10 * day + 5 * minute, fired);
    vi.setSystemTime(9 * day);
    await vi.advanceTimersByTimeAsync(30_001);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("can be cancelled, at first and later", async () => {
    const fired = vi.fn<() => void>();
    at(minute, fired)();
    const cancel = at(10 * minute, fired);
    await vi.advanceTimersByTimeAsync(5 * minute);
    cancel();
    await vi.advanceTimersByTimeAsync(10 * minute);
    expect([fired.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe("a pause", () => {
  it("lasts as long as it should, or until it is called off", async () => {
    const over = vi.fn<() => void>();
    void pause(1000, new AbortController().signal).then(over);
    await vi.advanceTimersByTimeAsync(999);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
    const stop = new AbortController();
    const stopped = pause(60_000, stop.signal);
    stop.abort();
    await stopped;
    expect(vi.getTimerCount()).toBe(0);
  });
});
