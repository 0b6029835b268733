import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildPackage } from "./build.ts";
import { root } from "./entry-points.ts";

/* Builds the library and starts an example: `npm run example -- express`. */
const [name] = process.argv.slice(2);
const folder = join(root, "examples");
const names = readdirSync(folder).filter((one) => existsSync(join(folder, one, "README.md")));
if (name === undefined || !names.includes(name)) {
  console.error(`Which example? One of: ${names.join(", ")}.`);
  process.exitCode = 1;
} else {
  buildPackage();
  const { status } = spawnSync("npm", ["--silent", "start"], {
    cwd: join(folder, name),
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  process.exitCode = status ?? 1;
}
