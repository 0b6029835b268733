import { describe, expect, it } from "vitest";
import { fakeClock } from "../testing/index.ts";
import { limiterCases } from "./limiter-cases.fixture.ts";
import { MemoryLimiter } from "./memory-limiter.ts";

const minute = 60_000;
const limit = { points: 3, windowMs: minute };

limiterCases("in the process", describe, async () => {
  const clock = fakeClock();
  return { limiter: new MemoryLimiter(clock), expire: (_, { windowMs }) => clock.advance(windowMs) };
});

describe("the limiter in the process", () => {
  it("allows as many as the limit has points, and says when it begins anew", async () => {
    const clock = fakeClock();
    const limiter = new MemoryLimiter(clock);
    expect(limiter.consume("a", limit)).toEqual({ allowed: true, remaining: 2, retryAfterMs: minute });
    await clock.advance(1000);
    expect(limiter.consume("a", limit).remaining).toBe(1);
    expect(limiter.consume("a", limit).remaining).toBe(0);
    expect(limiter.consume("a", limit)).toEqual({
      allowed: false,
      remaining: 0,
      retryAfterMs: minute - 1000,
    });
    expect(limiter.consume("b", limit).allowed).toBe(true);
  });

  it("begins anew when the time has passed since the first, to the millisecond, however often it refused meanwhile", async () => {
    const clock = fakeClock();
    const limiter = new MemoryLimiter(clock);
    for (let at = 0; at < 50; at += 1) limiter.consume("a", limit);
    await clock.advance(minute - 1);
    expect(limiter.consume("a", limit)).toEqual({ allowed: false, remaining: 0, retryAfterMs: 1 });
    await clock.advance(1);
    expect(limiter.consume("a", limit)).toEqual({ allowed: true, remaining: 2, retryAfterMs: minute });
  });

  it("takes back what is given back, and no more than there was", () => {
    const limiter = new MemoryLimiter(fakeClock());
    for (let at = 0; at < 3; at += 1) limiter.consume("a", limit);
    limiter.giveBack("a", limit, 2);
    expect(limiter.used("a")).toBe(1);
    limiter.giveBack("a", limit, 7);
    expect(limiter.used("a")).toBe(0);
    limiter.giveBack("never seen", limit, 5);
    for (const key of ["a", "never seen"])
      expect(Array.from({ length: 4 }, () => limiter.consume(key, limit).allowed)).toEqual([
        true,
        true,
        true,
        false,
      ]);
  });

  it("counts nothing when it is asked how much was used", () => {
    const limiter = new MemoryLimiter(fakeClock());
    limiter.consume("a", limit, 2);
    for (let at = 0; at < 5; at += 1) expect(limiter.used("a")).toBe(2);
    expect(limiter.used("b")).toBe(0);
  });

  it("holds no more keys than it may, and those that are in use it keeps", () => {
    const limiter = new MemoryLimiter(fakeClock(), 100);
    for (let at = 0; at < 3; at += 1) limiter.consume("guessed at", limit);
    for (let at = 0; at < 10_000; at += 1) {
      limiter.consume(`made up ${at}`, limit);
      if (at % 50 === 0) expect(limiter.consume("guessed at", limit).allowed).toBe(false);
    }
    expect(limiter.size).toBe(100);
  });

  it("forgets what is over while it is used, without a timer", async () => {
    const clock = fakeClock();
    const limiter = new MemoryLimiter(clock);
    for (let at = 0; at < 1000; at += 1) limiter.consume(`old ${at}`, limit);
    await clock.advance(minute);
    for (let at = 0; at < 600; at += 1) limiter.consume("new", limit);
    expect(limiter.size).toBe(1);
  });

  it("makes nobody wait for longer because a clock was put back", () => {
    const clock = fakeClock();
    const limiter = new MemoryLimiter(clock);
    for (let at = 0; at < 3; at += 1) limiter.consume("a", limit);
    clock.jumpTo(clock.now() - 60 * minute);
    expect(limiter.consume("a", limit).retryAfterMs).toBe(minute);
  });
});
