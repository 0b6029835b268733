import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { picks } from "../population.ts";
import { type FilledStore, sidOf, today } from "./filled-store.ts";

/** What look-ups took while the store was being cleaned, beside what they take otherwise. */
export interface Sweeping {
  readonly database: string;
  /** Microseconds. */
  readonly idleP99: number;
  readonly sweepingP99: number;
  /** How many sessions were removed while that was measured. */
  readonly removed: number;
  /** The longest that one step held up, in ms. */
  readonly longestStep: number;
}

const expired = 1_000_000;
const measuredFor = 5000;
/** A look-up each millisecond, whether or not the one before is done: those who come during a step wait for its end. */
const lookupsEvery = 1;

/** Adds a million sessions that are over, and looks sessions up while they are swept as the library does it. */
export async function measureSweeping(database: string, filled: FilledStore): Promise<Sweeping> {
  await filled.addExpired(expired);
  // What filling has left to be written would otherwise be written, and waited for, in the middle of it.
  execFileSync("sync");
  await lookUpFor(filled, 1000);
  const idleP99 = await lookUpFor(filled, measuredFor);
  const sweep = { goesOn: true, removed: 0, longestStep: 0 };
  const sweeping = sweepOn(filled, sweep);
  const sweepingP99 = await lookUpFor(filled, measuredFor);
  sweep.goesOn = false;
  await sweeping;
  return { database, idleP99, sweepingP99, removed: sweep.removed, longestStep: sweep.longestStep };
}

/** @returns the 99th percentile from the moment a look-up was due to its answer, in microseconds. */
async function lookUpFor({ store, sessions }: FilledStore, ms: number): Promise<number> {
  const order = picks(100_000, sessions, 7);
  const times: number[] = [];
  const begun = performance.now();
  const underWay: Promise<void>[] = [];
  for (let count = 0; performance.now() - begun < ms;) {
    const due = begun + count * lookupsEvery;
    if (performance.now() < due) {
      await pause(0);
      continue;
    }
    const sid = sidOf(order[count % order.length] ?? 0);
    underWay.push(
      Promise.resolve(store.sessions.find(sid)).then(() => void times.push(performance.now() - due)),
    );
    count += 1;
  }
  await Promise.all(underWay);
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN) * 1000;
}

/** The pace of the library's own sweeper. */
async function sweepOn(
  { store }: FilledStore,
  sweep: { goesOn: boolean; removed: number; longestStep: number },
): Promise<void> {
  let batch = 50;
  while (sweep.goesOn) {
    const begun = performance.now();
    const step = store.sessions.deleteExpired(today, batch);
    const remote = step instanceof Promise;
    if (remote) batch = 500;
    sweep.removed += await step;
    const worked = performance.now() - begun;
    sweep.longestStep = Math.max(sweep.longestStep, worked);
    await pause(remote ? Math.max(20, worked * 4) : Math.max(200, worked * 100));
  }
}

/** The measurement as text, for people. */
export function sweepingText({ database, idleP99, sweepingP99, removed, longestStep }: Sweeping): string {
  const ratio = sweepingP99 / idleP99;
  return (
    `\n${database}: p99 of look-ups while a million sessions that are over are swept: ${sweepingP99.toFixed(0)} us, ` +
    `otherwise ${idleP99.toFixed(0)} us: ${ratio.toFixed(2)} times\n` +
    `  (${removed.toLocaleString("en")} removed meanwhile; the longest step took ${longestStep.toFixed(1)} ms)`
  );
}
