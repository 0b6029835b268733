import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { entryPoints, readPackageJson, root } from "./entry-points.ts";
import type { Tarball } from "./pack.ts";
import { run } from "./run.ts";

/**
 * Uses the packed package as an app would, in an empty project beside the tarball: the compiler reads
 * the types of every entry point, strictly and with every declaration file checked, and Node loads
 * each and runs the commands. The package's dependencies are there and its optional peers are not, so
 * an entry point that needs a peer before its first use fails here; only those for React and Next.js have it, and Fastify's its types.
 *
 * @returns for each entry point how long Node took to load it, in ms (median of five fresh processes).
 */
export function tryPackage(tarball: Tarball): Map<string, number> {
  const project = join(dirname(tarball.file), "project");
  install(tarball, project);
  const names = entryPoints().map(({ name }) => name);
  checkTypes(project, names);
  for (const file of Object.values(readPackageJson().bin)) {
    run("node", [join("node_modules/sojourn", file), "--help"], project);
  }
  return new Map(names.map((name) => [name, loadTime(project, name)]));
}

/** By hand and from the tools' own folder: `npm install` would ask the network for what is here. */
function install(tarball: Tarball, project: string): void {
  const modules = join(project, "node_modules");
  mkdirSync(modules, { recursive: true });
  run("tar", ["-xzf", tarball.file, "-C", project]);
  cpSync(join(project, "package"), join(modules, "sojourn"), { recursive: true });
  const others = ["@types/node", "react", "@types/react", "fastify", "next"];
  for (const name of [...Object.keys(readPackageJson().dependencies), ...others]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
}

function checkTypes(project: string, names: readonly string[]): void {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: "NodeNext",
    target: "ES2023",
    lib: ["ES2023"],
    types: ["node"],
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
  const lines = names.map((name, index) => `export * as entry${index} from "${name}";\n`);
  writeFileSync(join(project, "app.ts"), lines.join(""));
  run("tsc", ["-p", project], project);
}

function loadTime(project: string, name: string): number {
  const file = join(project, "load.js");
  const lines = [
    "const start = performance.now();",
    `const loaded = await import("${name}");`,
    'if (Object.keys(loaded).length === 0) throw new Error("it exports nothing");',
    "console.log(performance.now() - start);",
  ];
  writeFileSync(file, lines.join("\n"));
  const times = Array.from({ length: 5 }, () => Number(run("node", [file], project)));
  return times.toSorted((a, b) => a - b)[2] ?? Number.NaN;
}
