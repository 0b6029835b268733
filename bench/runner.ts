import { setImmediate } from "node:timers/promises";

/** One way of doing what a suite measures. */
export interface Variant {
  readonly name: string;
  /**
   * Does it once. A promise is awaited before the next call.
   *
   * @param index counts the calls of this variant, over all rounds.
   */
  run(index: number): unknown;
  /** Whether `run` gives a promise. An `await` costs, so calls that need none are not charged for it. */
  readonly awaited?: boolean;
  /** Makes what the next `calls` calls use up. Not timed. */
  prepare?(calls: number): void | Promise<void>;
  /** The most calls in a round, where they use something up. */
  readonly mostCalls?: number;
}

/** How a suite is run. Times in ms. */
export interface RunOptions {
  readonly rounds: number;
  /** How long each variant runs in each round, about. */
  readonly roundTime: number;
  /** How long each variant runs before the first round, at least. */
  readonly warmUpTime: number;
  /** For tests; default the process's monotonic clock. */
  readonly clock?: () => number;
  /** From 0 to 1, for the order; for tests. */
  readonly random?: () => number;
}

/** What a variant took: microseconds per call, a mean for each round. */
export interface Measurement {
  readonly name: string;
  readonly rounds: readonly number[];
}

/**
 * Runs every variant once in every round, in a new order each time. What disturbs the machine for a
 * while so disturbs all variants alike, and the ratio within a round stays true where a time does not.
 */
export async function measure(variants: readonly Variant[], options: RunOptions): Promise<Measurement[]> {
  const { rounds, random = Math.random, clock = () => performance.now() } = options;
  const runs = variants.map((variant) => ({ variant, calls: 0, done: 0, means: [] as number[] }));
  for (const run of runs) run.calls = await warmUp(run, options, clock);
  for (let round = 0; round < rounds; round += 1) {
    for (const run of shuffled(runs, random)) {
      run.means.push(((await timed(run, run.calls, clock)) / run.calls) * 1000);
    }
  }
  return runs.map(({ variant, means }) => ({ name: variant.name, rounds: means }));
}

interface Run {
  readonly variant: Variant;
  done: number;
}

const firstCalls = 16;

/** Lets the compiler see the code at work. @returns how many calls fill a round. */
async function warmUp(run: Run, { roundTime, warmUpTime }: RunOptions, clock: () => number): Promise<number> {
  const most = run.variant.mostCalls ?? Number.MAX_SAFE_INTEGER;
  let calls = Math.min(firstCalls, most);
  for (let total = 0; ;) {
    const time = await timed(run, calls, clock);
    total += time;
    const perCall = Math.max(time / calls, 1e-6);
    if (total >= warmUpTime) return clamp(Math.round(roundTime / perCall), most);
    calls = clamp(Math.min(calls * 2, Math.ceil(warmUpTime / perCall)), most);
  }
}

/** How long this many calls take, in ms. */
async function timed(run: Run, calls: number, clock: () => number): Promise<number> {
  const { variant } = run;
  await variant.prepare?.(calls);
  // A row of synchronous calls starves timers, which a server between two requests does not.
  await setImmediate();
  const end = run.done + calls;
  const start = clock();
  if (variant.awaited === true) for (let index = run.done; index < end; index += 1) await variant.run(index);
  else for (let index = run.done; index < end; index += 1) variant.run(index);
  const time = clock() - start;
  run.done = end;
  return time;
}

/** Microseconds per call in the best round: what the code itself costs, with the least disturbance. */
export function fastest({ rounds }: Measurement): number {
  return Math.min(...rounds);
}

/** Microseconds per call in the middle round. */
export function typical({ rounds }: Measurement): number {
  return median(rounds);
}

/** How many times as long as `base`: the median over the rounds of the ratio within a round. */
export function ratio(measurement: Measurement, base: Measurement): number {
  return median(measurement.rounds.map((time, round) => time / (base.rounds[round] ?? Number.NaN)));
}

/** The middle value; between the two middle ones where their number is even. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const below = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const above = sorted[Math.floor(middle)] ?? Number.NaN;
  return (below + above) / 2;
}

/** A copy in random order (Fisher and Yates). */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}

function clamp(calls: number, most: number): number {
  return Math.max(1, Math.min(calls, most));
}
