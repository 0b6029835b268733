import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageFolder } from "./entry-points.ts";
import { run } from "./run.ts";

/** What goes into the package as it stands, under `src/` as under `dist/`. */
const asTheyAre = ["react/styles.css"];

/** Builds the package. @param target where to. */
export function buildPackage(target: string = join(packageFolder, "dist")): void {
  run("tsc", ["-p", join(packageFolder, "tsconfig.build.json"), "--outDir", target]);
  for (const file of asTheyAre) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    copyFileSync(join(packageFolder, "src", file), join(target, file));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    buildPackage();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
