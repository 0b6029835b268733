import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findChromium } from "../e2e/chromium.ts";
import { root } from "./entry-points.ts";

/*
 * `npm test`: the unit tests, fleets on real servers, and where there is a browser the e2e tests and the apps of frameworks.
 * Arguments go on to vitest: `npm test -- rotation`.
 */
const browser = findChromium();
if (browser === null) {
  const how =
    "On Debian: apt-get install chromium. Elsewhere: set CHROMIUM to the path of a Chromium or Chrome.";
  console.error(`\n!!! NO CHROMIUM FOUND: THE BROWSER TESTS (e2e) ARE NOT RUN. ${how}\n`);
  // On a build machine a test that was silently left out is worse than a failed one.
  if (process.env["CI"] === "true") process.exit(1);
}

const projects = browser === null ? ["unit", "services"] : ["unit", "e2e", "services", "frameworks"];
const { status } = spawnSync(
  "vitest",
  [
    "run",
    ...projects.flatMap((project) => ["--project", project]),
    "--reporter=default",
    `--reporter=${join(root, "tools/count-reporter.ts")}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit", shell: process.platform === "win32" },
);
process.exitCode = status ?? 1;
