import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's root folder. */
export const root: string = join(import.meta.dirname, "..");

/** The folder of the published package. */
export const packageFolder: string = join(root, "packages/sojourn");

/** One way into the published package. */
export interface EntryPoint {
  /** As it is imported: `sojourn/sqlite`. */
  readonly name: string;
  /** What it names in the built package, relative to it: declarations and code. */
  readonly targets: readonly string[];
  /** The file that it is built from, relative to the package. */
  readonly source: string;
}

interface PackageJson {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  /** Commands, with the file of each. */
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The package.json of the published package. */
export function readPackageJson(): PackageJson {
  return JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as PackageJson;
}

/** Every way into the published package, from the one list of them: `exports` in its package.json. */
export function entryPoints(): EntryPoint[] {
  return Object.entries(readPackageJson().exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return [];
    const source = target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts");
    return [{ name: subpath.replace(".", "sojourn"), targets: [target.types, target.default], source }];
  });
}
