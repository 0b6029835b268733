import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Lag, lagTable, measureLag, promisedLag } from "./fleet/revocation-lag.ts";
import { describeMachine } from "./report.ts";
import { postgresUrl } from "./services.ts";

/*
 * `npm run bench:fleet`: how long it takes until every node knows that a session was ended.
 *   --gate   fail when a target is missed
 */
const here = (file: string): string => join(import.meta.dirname, "fleet", file);
console.log(`Node ${process.version}, ${describeMachine()}.`);

const lags: Lag[] = [
  await inFolder((folder) =>
    measureLag({
      name: "SQLite, asked",
      module: here("open-sqlite.ts"),
      where: join(folder, "fleet.db"),
      p99: null,
    }),
  ),
  await inSchema((url) =>
    measureLag({ name: "PostgreSQL, listening", module: here("open-postgres.ts"), where: url, p99: 100 }),
  ),
  await inSchema((url) =>
    measureLag({
      name: "PostgreSQL, asked (the feed is cut)",
      module: here("open-postgres.ts"),
      where: `${url}#deaf`,
      p99: null,
    }),
  ),
];
console.log(lagTable(lags));
let missed = false;
for (const { name, p99, max, target } of lags) {
  const met = max <= promisedLag && (target === null || p99 <= target);
  missed ||= !met;
  const says = target === null ? "" : `p99 at most ${target} ms, and `;
  console.log(`  ${met ? "met   " : "MISSED"}  ${name}: ${says}never above ${promisedLag} ms`);
}
process.exit(missed && process.argv.includes("--gate") ? 1 : 0);

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-fleet-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inSchema<Result>(work: (url: string) => Promise<Result>): Promise<Result> {
  const schema = `sojourn_fleet_${randomBytes(4).toString("hex")}`;
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  const url = new URL(postgresUrl);
  url.searchParams.set("options", `-c search_path=${schema}`);
  try {
    await client.query(`CREATE SCHEMA ${schema}`);
    return await work(url.href);
  } finally {
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
  }
}
