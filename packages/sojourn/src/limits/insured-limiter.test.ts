import { describe, expect, it } from "vitest";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import { type FakeClock, fakeClock } from "../testing/index.ts";
import { InsuredLimiter } from "./insured-limiter.ts";
import { MemoryLimiter } from "./memory-limiter.ts";

const limit = { points: 3, windowMs: 3_600_000 };

/** A limiter elsewhere, that a test takes down. */
class Elsewhere implements RateLimiter {
  asked = 0;
  state: "up" | "down" | "silent" = "up";
  readonly #counts: MemoryLimiter;

  constructor(clock: FakeClock) {
    this.#counts = new MemoryLimiter(clock);
  }

  consume: RateLimiter["consume"] = (key, of, points) =>
    this.#answer(() => this.#counts.consume(key, of, points));
  giveBack: RateLimiter["giveBack"] = (key, of, points) =>
    this.#answer(() => this.#counts.giveBack(key, of, points));
  used: RateLimiter["used"] = (key) => this.#answer(() => this.#counts.used(key));

  #answer<Result>(answer: () => Result): Promise<Result> {
    this.asked += 1;
    if (this.state === "silent") return new Promise(() => undefined);
    // As some clients do, and not by a promise.
    if (this.state === "down") throw new Error("ECONNREFUSED");
    return Promise.resolve(answer());
  }
}

function insured() {
  const clock = fakeClock();
  const elsewhere = new Elsewhere(clock);
  const failures: unknown[] = [];
  const limiter = new InsuredLimiter(elsewhere, new MemoryLimiter(clock), clock, (error) =>
    failures.push(error),
  );
  return { clock, elsewhere, failures, limiter };
}

const attempts = async (limiter: RateLimiter, many: number): Promise<boolean[]> => {
  const answers = [];
  for (let at = 0; at < many; at += 1) answers.push((await limiter.consume("key", limit)).allowed);
  return answers;
};

describe("a limiter elsewhere", () => {
  it("is asked while it answers", async () => {
    const { limiter, elsewhere, failures } = insured();
    expect(await attempts(limiter, 4)).toEqual([true, true, true, false]);
    await limiter.giveBack("key", limit, 1);
    expect(await limiter.used("key", limit)).toBe(2);
    expect([elsewhere.asked, failures]).toEqual([6, []]);
  });

  it("is replaced by one in the process when it fails: never a failure, and never without a limit", async () => {
    const { limiter, elsewhere, failures } = insured();
    elsewhere.state = "down";
    expect(await attempts(limiter, 5)).toEqual([true, true, true, false, false]);
    await limiter.giveBack("key", limit, 2);
    expect(await limiter.used("key", limit)).toBe(1);
    expect(failures).toHaveLength(1);
  });

  it("keeps nobody waiting that hangs, and those after them not at all", async () => {
    const { limiter, elsewhere, failures, clock } = insured();
    elsewhere.state = "silent";
    const first = Promise.all([attempts(limiter, 1), attempts(limiter, 1)]);
    await clock.advance(500);
    expect(await first).toEqual([[true], [true]]);
    expect(await attempts(limiter, 3)).toEqual([true, false, false]);
    expect([elsewhere.asked, failures.length]).toEqual([2, 1]);
  });

  it("is asked again after a while, and goes on where it stopped", async () => {
    const { limiter, elsewhere, failures, clock } = insured();
    expect(await attempts(limiter, 2)).toEqual([true, true]);
    elsewhere.state = "down";
    expect(await attempts(limiter, 2)).toEqual([true, true]);
    elsewhere.state = "up";
    await clock.advance(4999);
    expect(await attempts(limiter, 1)).toEqual([true]);
    await clock.advance(1);
    expect(await attempts(limiter, 2)).toEqual([true, false]);
    expect(failures).toHaveLength(1);
  });

  it("leaves no timer behind", async () => {
    const { limiter, clock } = insured();
    await attempts(limiter, 3);
    expect(clock.pendingTimers).toBe(0);
  });
});
