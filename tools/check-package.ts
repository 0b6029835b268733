import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { entryPoints, packageFolder, readPackageJson, root } from "./entry-points.ts";
import { pack, type Tarball } from "./pack.ts";
import { run } from "./run.ts";
import { tryPackage } from "./try-package.ts";

/* Checks the package as it would be published: what is in it, and that an app can use all of it. */
const folder = mkdtempSync(join(tmpdir(), "sojourn-package-"));
try {
  refuseMissingSources();
  const tarball = pack(folder);
  checkContents(tarball);
  run("publint", ["run", tarball.file, "--strict"]);
  console.log("publint: nothing to say");
  // A stylesheet has no types.
  run("attw", [
    tarball.file,
    "--profile",
    "esm-only",
    "--no-emoji",
    "--exclude-entrypoints",
    "react/styles.css",
  ]);
  console.log("attw: every entry point's types resolve");
  const times = tryPackage(tarball);
  console.log("an empty project compiles against and loads every entry point:");
  for (const [name, ms] of times) console.log(`  ${name.padEnd(24)} ${ms.toFixed(1).padStart(6)} ms to load`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function refuseMissingSources(): void {
  const missing = entryPoints().filter(({ source }) => !existsSync(join(packageFolder, source)));
  if (missing.length === 0) return;
  const list = missing.map(({ name, source }) => `  ${name}: ${source}`).join("\n");
  throw new Error(`These entry points of packages/sojourn/package.json have no source:\n${list}`);
}

function checkContents({ paths, size, unpackedSize }: Tarball): void {
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(`tarball: ${paths.length} files, ${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)}`);

  const expected = /^(?:package\.json|LICENSE|README\.md|dist\/.+\.(?:js|d\.ts|css))$/;
  const forTests = /\.(?:test|fixture|worker|e2e)\./;
  const wrong = paths.filter((path) => !expected.test(path) || forTests.test(path));
  if (wrong.length > 0) throw new Error(`These files do not belong in the package:\n  ${wrong.join("\n  ")}`);

  const named = [...entryPoints().flatMap(({ targets }) => targets), ...Object.values(readPackageJson().bin)];
  const promised = named.map((target) => target.replace("./", ""));
  // The package's page on npm is its README; it is due as soon as the project has one.
  if (existsSync(join(root, "README.md"))) promised.push("README.md");
  const missing = [...promised, "LICENSE"].filter((path) => !paths.includes(path));
  if (missing.length > 0)
    throw new Error(`These files are missing from the package:\n  ${missing.join("\n  ")}`);

  const licences = [root, packageFolder].map((at) => readFileSync(join(at, "LICENSE"), "utf8"));
  if (licences[0] !== licences[1]) throw new Error("LICENSE and packages/sojourn/LICENSE differ.");
}
