import { parseArgs } from "node:util";
import { describeMachine, tableOf } from "./report.ts";
import { measure } from "./runner.ts";
import { fillPostgres } from "./scale/filled-postgres.ts";
import { fillSqlite } from "./scale/filled-sqlite.ts";
import type { FilledStore } from "./scale/filled-store.ts";
import { scaleSuites } from "./scale/suites.ts";
import { measureSweeping, sweepingText } from "./scale/sweeping.ts";
import { postgresUrl } from "./services.ts";

/*
 * `npm run bench:scale`: what sessions cost as they become many, and what cleaning does to those who wait.
 * Takes some minutes, and a few gigabytes of the folder for temporary files and of PostgreSQL's.
 *   --sizes <list>   default 10000,100000,1000000
 *   --rounds <n>     default 11
 *   --only <text>    sqlite or postgres
 */
const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "10000,100000,1000000" },
    rounds: { type: "string", default: "11" },
    only: { type: "string", default: "" },
  },
});
const sizes = values.sizes.split(",").map(Number);
const rounds = Number(values.rounds);
if (![...sizes, rounds].every((number) => Number.isInteger(number) && number > 0))
  throw new Error("--sizes and --rounds want whole numbers above 0.");

const databases: readonly { readonly name: string; fill(sessions: number): Promise<FilledStore> }[] = [
  { name: "SQLite", fill: fillSqlite },
  { name: "PostgreSQL", fill: (sessions: number) => fillPostgres(postgresUrl, sessions) },
].filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase()));

console.log(`Node ${process.version}, ${describeMachine()}; ${rounds} rounds.`);
console.log("x: how many times as long as with the size before the largest, the median of the rounds.");
for (const { name, fill } of databases) {
  const stores: FilledStore[] = [];
  for (const size of sizes) {
    const begun = performance.now();
    const filled = await fill(size);
    stores.push(filled);
    const took = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(
      `${name}: ${size.toLocaleString("en")} sessions in ${took} s, ${filled.bytesPerSession.toFixed(0)} bytes each on disk`,
    );
  }
  for (const suite of scaleSuites(name, stores)) {
    const { variants } = await suite.open();
    const measurements = await measure(variants, { rounds, roundTime: 100, warmUpTime: 300 });
    console.log(tableOf({ ...suite, measurements }));
  }
  const middle = stores.at(-2) ?? stores[0];
  if (middle !== undefined) console.log(sweepingText(await measureSweeping(name, middle)));
  for (const filled of stores) await filled.remove();
}
