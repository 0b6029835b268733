import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { type EntryPoint, entryPoints, packageFolder, root } from "./entry-points.ts";

/*
 * Bundles every entry point, packages included, and looks at what loads at once with it: which
 * packages are in there, and how large it is. What an `import()` brings in later does not count.
 * The limits stand in size-limits.json, in bytes; raising one is a decision, so it is a change there.
 */
interface Limit {
  /** Of what loads at once, minified and compressed. */
  readonly gzip: number;
  /** The packages that may be in it. */
  readonly packages: readonly string[];
}
type Limits = Readonly<Record<string, Limit>>;
const limits = JSON.parse(readFileSync(join(root, "tools/size-limits.json"), "utf8")) as Limits;

const faults: string[] = [];
for (const entry of entryPoints()) {
  // esbuild has said by itself what is wrong.
  const found = await faultsOf(entry).catch(() => [`${entry.name} cannot be bundled.`]);
  faults.push(...found);
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

async function faultsOf(entry: EntryPoint): Promise<string[]> {
  const limit = limits[entry.name];
  if (limit === undefined) return [`${entry.name} has no limit in tools/size-limits.json.`];

  const { outputFiles, metafile } = await build({
    entryPoints: [entry.source],
    absWorkingDir: packageFolder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    // The app's own, of which it may have one copy only; or loaded when first used, if it is there.
    external: ["@node-rs/argon2", "drizzle-orm", "mysql2", "next", "pg", "postgres", "react"],
    outdir: "bundle",
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  const chunks = eagerChunks(metafile, entry.source);
  const paths = new Set(chunks.map((chunk) => resolve(packageFolder, chunk)));
  const code = Buffer.concat(
    outputFiles.filter(({ path }) => paths.has(path)).map(({ contents }) => contents),
  );
  const gzip = gzipSync(code, { level: 9 }).length;
  const packages = packagesIn(metafile, chunks);

  const size = `${String(code.length).padStart(7)} B min ${String(gzip).padStart(6)} B gzip`;
  console.log(`${entry.name.padEnd(20)} ${size} (limit ${limit.gzip}) ${packages.join(", ")}`);
  return [
    ...(gzip > limit.gzip ? [`${entry.name} is ${gzip} B, over its limit of ${limit.gzip} B.`] : []),
    ...packages
      .filter((name) => !limit.packages.includes(name))
      .map((name) => `${entry.name} loads ${name} at once; import it where it is first used.`),
  ];
}

/** The entry's chunk and all that it imports statically. */
function eagerChunks({ outputs }: Metafile, source: string): string[] {
  const chunks = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === source);
  for (const chunk of chunks) {
    for (const { kind, path } of outputs[chunk]?.imports ?? []) {
      if (kind === "import-statement" && path in outputs && !chunks.includes(path)) chunks.push(path);
    }
  }
  return chunks;
}

/** The packages that these chunks contain or import. */
function packagesIn({ outputs }: Metafile, chunks: readonly string[]): string[] {
  const inside = chunks.flatMap((chunk) => Object.keys(outputs[chunk]?.inputs ?? {}));
  const bundled = inside.flatMap((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const imported = chunks
    .flatMap((chunk) => outputs[chunk]?.imports ?? [])
    .filter(
      ({ kind, external, path }) =>
        external === true && kind === "import-statement" && !path.startsWith("node:"),
    )
    .map(({ path }) => path);
  return [...new Set([...bundled, ...imported])].toSorted();
}
