import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildPackage } from "./build.ts";
import { packageFolder } from "./entry-points.ts";
import { run } from "./run.ts";

/** The package as npm would publish it. */
export interface Tarball {
  /** Where it lies. */
  readonly file: string;
  /** What is in it, by path. */
  readonly paths: readonly string[];
  /** Compressed and unpacked, in bytes. */
  readonly size: number;
  readonly unpackedSize: number;
}

/** Builds and packs the package in a folder of its own, so that the working tree stays as it is. */
export function pack(folder: string): Tarball {
  const stage = join(folder, "stage");
  mkdirSync(stage, { recursive: true });
  for (const name of ["package.json", "README.md", "LICENSE"]) {
    if (existsSync(join(packageFolder, name))) copyFileSync(join(packageFolder, name), join(stage, name));
  }
  buildPackage(join(stage, "dist"));
  const report = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], stage);
  const [packed] = JSON.parse(report) as [PackReport];
  return {
    file: join(folder, packed.filename),
    paths: packed.files.map(({ path }) => path),
    size: packed.size,
    unpackedSize: packed.unpackedSize,
  };
}

/** What `npm pack --json` prints. */
interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}
