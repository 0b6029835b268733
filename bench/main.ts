import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type BenchDatabase, openDatabase } from "./database.ts";
import { describeMachine, makeReport, tableOf, verdictsOf } from "./report.ts";
import { measure, type RunOptions } from "./runner.ts";
import type { Suite } from "./suite.ts";
import { edgeSuites } from "./suites/edge.ts";
import { refreshSuites } from "./suites/refresh.ts";
import { sqliteChanges } from "./suites/sqlite-changes.ts";
import { sqliteChecks } from "./suites/sqlite-checks.ts";
import { tokenSuites } from "./suites/tokens.ts";
import { judge, type SuiteResult } from "./targets.ts";

/*
 * `npm run bench`: what checking and changing sessions costs, beside the least that it can cost.
 *   --quick          5 rounds instead of 15
 *   --rounds <n>     that many
 *   --filter <text>  only suites with this in their name
 *   --json <file>    everything, for machines
 *   --gate           fail when a target is missed
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    filter: { type: "string", default: "" },
    json: { type: "string" },
    gate: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 5 : 15));
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds wants a whole number of at least 1.");
const options: RunOptions = { rounds, roundTime: 60, warmUpTime: 300 };

let opened: Promise<BenchDatabase> | null = null;
const database = (): Promise<BenchDatabase> => (opened ??= openDatabase());
const suites: readonly Suite[] = [
  ...tokenSuites,
  ...edgeSuites,
  ...sqliteChecks(database),
  ...sqliteChanges(database),
  ...refreshSuites(database),
].filter(({ name }) => name.toLowerCase().includes(values.filter.toLowerCase()));

console.log(`Node ${process.version}, ${describeMachine()}; ${rounds} rounds.`);
console.log(
  "x: how many times as long as the first line, the median of the rounds. Times differ with the machine and the hour.",
);

const results: SuiteResult[] = [];
for (const suite of suites) {
  const { variants, close } = await suite.open();
  const { name, about, base } = suite;
  const result = { name, about, base, measurements: await measure(variants, options) };
  await close?.();
  results.push(result);
  console.log(tableOf(result));
}
await (opened as Promise<BenchDatabase> | null)?.then((open) => open.close());

const verdicts = judge(results);
console.log(verdictsOf(verdicts));
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify(makeReport(results, verdicts, rounds), null, 2)}\n`);
}
if (values.gate && verdicts.some(({ met }) => met === false)) process.exitCode = 1;
