import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Runs once before the e2e tests: what they drive imports the built package, as an app does. */
export default function buildLibrary(): void {
  const root = join(import.meta.dirname, "..");
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", "packages/sojourn/tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
}
