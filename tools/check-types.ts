import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./entry-points.ts";

/* Type-checks every folder that has a tsconfig.json, so that a new workspace is checked from its first day. */
const exclude = ["**/node_modules", "**/dist"];
const folders = globSync("**/tsconfig.json", { cwd: root, exclude }).map(dirname).toSorted();
const failed = folders.filter((folder) => {
  // The compiler calls a project without a file an error; a folder that waits for its first is none.
  if (globSync("**/*.{ts,tsx}", { cwd: join(root, folder), exclude }).length === 0) return false;
  const { status } = spawnSync("tsc", ["-p", folder], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  console.log(
    `${status === 0 ? "ok  " : "FAIL"} ${relative(root, join(root, folder)) || "root: tools, docs"}`,
  );
  return status !== 0;
});
if (failed.length > 0) process.exitCode = 1;
