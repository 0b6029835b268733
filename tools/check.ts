import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./entry-points.ts";

/*
 * `npm run check`: every script of package.json whose name begins with `check:`, in the order in
 * which they stand there, until one fails. `npm run check -- lint types` runs those two.
 */
interface Scripts {
  readonly scripts: Readonly<Record<string, string>>;
}
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Scripts;
const all = Object.keys(scripts).flatMap((name) =>
  name.startsWith("check:") ? [name.slice("check:".length)] : [],
);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no check named ${unknown.join(", ")}. There are: ${all.join(", ")}.`);
  process.exit(2);
}

const steps = all.filter((name) => wanted.length === 0 || wanted.includes(name));
for (const [index, name] of steps.entries()) {
  console.log(`\n[${index + 1}/${steps.length}] ${name}: ${scripts[`check:${name}`]}`);
  const start = performance.now();
  const { status } = spawnSync(process.execPath, ["--run", `check:${name}`], { cwd: root, stdio: "inherit" });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`\nCHECK FAILED: ${name} (${seconds} s). Again, alone: npm run check -- ${name}`);
    process.exit(1);
  }
  console.log(`ok: ${name} (${seconds} s)`);
}
console.log(`\nAll ${steps.length} checks passed.`);
