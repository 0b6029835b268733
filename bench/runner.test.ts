import { describe, expect, it } from "vitest";
import { fastest, measure, median, ratio, typical, type Variant } from "./runner.ts";

/** A clock that only moves when a variant works, and a log of who ran. */
function workshop(): {
  clock: () => number;
  ran: string[];
  works: (name: string, ms: number | (() => number), more?: Partial<Variant>) => Variant;
  waste: (ms: number) => void;
} {
  let now = 0;
  const ran: string[] = [];
  const works = (name: string, ms: number | (() => number), more: Partial<Variant> = {}): Variant => ({
    name,
    run() {
      now += typeof ms === "number" ? ms : ms();
      ran.push(name);
    },
    ...more,
  });
  return { clock: () => now, ran, works, waste: (ms) => (now += ms) };
}

const options = { rounds: 4, roundTime: 100, warmUpTime: 50 };

/** The names in the order in which they ran, each row of one name told once. */
const turns = (ran: readonly string[]): string[] => ran.filter((name, index) => name !== ran[index - 1]);

describe("the runner", () => {
  it("tells microseconds per call, whatever number of calls fills a round", async () => {
    const { clock, works } = workshop();
    const [slow, quick] = await measure([works("slow", 20), works("quick", 0.5)], { ...options, clock });
    expect(slow).toEqual({ name: "slow", rounds: [20_000, 20_000, 20_000, 20_000] });
    expect(quick?.rounds.map(Math.round)).toEqual([500, 500, 500, 500]);
  });

  it("fills a round with as many calls as fit into its time", async () => {
    const { clock, works } = workshop();
    const asked: number[] = [];
    const prepare = (calls: number): void => void asked.push(calls);
    await measure([works("one", 2, { prepare })], { ...options, rounds: 2, clock });
    expect(asked.slice(-2)).toEqual([50, 50]);
  });

  it("runs every variant once in every round", async () => {
    const { clock, works, ran } = workshop();
    const variants = [works("a", 100), works("b", 100), works("c", 100)];
    await measure(variants, { ...options, clock });
    const rounds = ran.slice(-12);
    for (let round = 0; round < 4; round += 1) {
      expect(rounds.slice(round * 3, round * 3 + 3).toSorted()).toEqual(["a", "b", "c"]);
    }
  });

  it("changes the order from round to round", async () => {
    const { clock, works, ran } = workshop();
    const dice = [0.9, 0.9, 0, 0];
    const random = (): number => dice.shift() ?? 0.9;
    const variants = [works("a", 100), works("b", 100), works("c", 100)];
    await measure(variants, { ...options, rounds: 2, clock, random });
    expect(turns(ran.slice(-6)).join("")).toBe("abcbca");
  });

  it("does not count the warm-up, in which code is still slow", async () => {
    const { clock, works } = workshop();
    let calls = 0;
    const warming = works("warming", () => ((calls += 1) <= 16 ? 50 : 1));
    const [measured] = await measure([warming], { ...options, clock });
    expect(measured?.rounds).toEqual([1000, 1000, 1000, 1000]);
  });

  it("prepares before each round, off the clock, and for the calls that follow", async () => {
    const { clock, works, waste } = workshop();
    let supply = 0;
    const prepare = (calls: number): void => {
      waste(1000);
      supply = calls;
    };
    const eats = works(
      "eats",
      () => {
        supply -= 1;
        expect(supply).toBeGreaterThanOrEqual(0);
        return 1;
      },
      { prepare },
    );
    const [measured] = await measure([eats], { ...options, clock });
    expect(measured?.rounds).toEqual([1000, 1000, 1000, 1000]);
    expect(supply).toBe(0);
  });

  it("keeps to the most calls that a variant can serve", async () => {
    const { clock, works } = workshop();
    const asked: number[] = [];
    const prepare = (calls: number): void => void asked.push(calls);
    await measure([works("scarce", 0.1, { prepare, mostCalls: 7 })], { ...options, clock });
    expect(Math.max(...asked)).toBe(7);
  });

  it("waits for each call of a variant that is asynchronous", async () => {
    const { clock, waste } = workshop();
    let running = 0;
    const run = async (): Promise<void> => {
      running += 1;
      expect(running).toBe(1);
      await Promise.resolve();
      waste(10);
      running -= 1;
    };
    const [measured] = await measure([{ name: "later", run, awaited: true }], { ...options, clock });
    expect(measured?.rounds).toEqual([10_000, 10_000, 10_000, 10_000]);
  });

  it("counts a variant's calls through all rounds", async () => {
    const { clock, waste } = workshop();
    const seen: number[] = [];
    const run = (index: number): void => {
      waste(50);
      seen.push(index);
    };
    await measure([{ name: "counted", run }], { ...options, clock });
    expect(seen).toEqual(seen.map((_, index) => index));
  });
});

describe("the figures", () => {
  const base = { name: "base", rounds: [10, 20, 40] };

  it("are the best and the middle round", () => {
    expect(fastest({ name: "a", rounds: [3, 1, 2] })).toBe(1);
    expect(typical({ name: "a", rounds: [30, 1, 2] })).toBe(2);
  });

  it("compare within a round, so that a slow machine slows both sides", () => {
    expect(ratio({ name: "a", rounds: [20, 40, 80] }, base)).toBe(2);
  });

  it("let no single bad round decide", () => {
    expect(ratio({ name: "a", rounds: [10, 2000, 40] }, base)).toBe(1);
  });

  it("take the mean of the two middle values of an even number", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
