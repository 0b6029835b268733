import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { codeOf, type FoundImport, importsOf } from "./source-scan.fixture.ts";

/** Files by their path under `src/`, with `/` on every system. */
export type SourceTree = ReadonlyMap<string, string>;

/** What each part may import. */
export interface Architecture {
  /** A folder (`.` for the files at the top) -> the folders below it that it may import. */
  readonly layers: Readonly<Record<string, readonly string[]>>;
  /** A folder -> further folders below it of which it may import types. */
  readonly typesOnly: Readonly<Record<string, readonly string[]>>;
  /** A folder whose sub-folders are strangers to each other -> the sub-folders that all may import. */
  readonly separate: Readonly<Record<string, readonly string[]>>;
  /** Where modules of Node may be imported. */
  readonly nodeFolders: readonly string[];
  /** A package -> where it may be imported. */
  readonly packageFolders: Readonly<Record<string, readonly string[]>>;
}

interface Edge extends FoundImport {
  readonly from: string;
  /** The imported file's path under `src/`; null for a package or a module of Node. */
  readonly file: string | null;
}

/** The library's own source: what is published, without tests and what only they use. */
export function readSources(root: string): SourceTree {
  const tree = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || /\.(?:test|fixture|worker)\.tsx?$/.test(entry.name))
      continue;
    const absolute = posix.join(entry.parentPath.replaceAll("\\", "/"), entry.name);
    tree.set(posix.relative(root.replaceAll("\\", "/"), absolute), readFileSync(absolute, "utf8"));
  }
  return tree;
}

/** Every import that the architecture forbids, as sentences that name the file, the import and the rule. */
export function forbiddenImports(tree: SourceTree, architecture: Architecture): string[] {
  const wrong: string[] = [];
  for (const [from, source] of tree) {
    if (!(layerOf(from) in architecture.layers)) {
      wrong.push(`${from}: "${layerOf(from)}" is not in the table of layers; say there what it may import`);
      continue;
    }
    for (const edge of edgesOf(from, source)) {
      const rule =
        edge.file === null
          ? outsideRule(edge, architecture)
          : insideRule(edge, edge.file, tree, architecture);
      if (rule !== null) wrong.push(`${from}: import "${edge.specifier}": ${rule}`);
    }
  }
  return wrong;
}

/** Every cycle of imports, each once, as `a.ts -> b.ts -> a.ts`; type and lazy imports count. */
export function importCycles(tree: SourceTree): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(" -> "));
    if (start >= 0 || done.has(file)) return;
    for (const edge of edgesOf(file, tree.get(file) ?? "")) {
      if (edge.file !== null) visit(edge.file, [...path, file]);
    }
    done.add(file);
  };
  for (const file of tree.keys()) visit(file, []);
  return cycles;
}

/** What loading `entry` loads at once: files by path, and other modules by name, each with the way to it. */
export function eagerlyLoaded(tree: SourceTree, entry: string): Map<string, string> {
  return loadedBy(tree, entry, ["value"]);
}

/** The same with all that an `import()` may bring in later. */
export function everLoaded(tree: SourceTree, entry: string): Map<string, string> {
  return loadedBy(tree, entry, ["value", "lazy"]);
}

function loadedBy(
  tree: SourceTree,
  entry: string,
  kinds: readonly FoundImport["kind"][],
): Map<string, string> {
  const ways = new Map<string, string>([[entry, entry]]);
  for (const [file, way] of ways) {
    for (const edge of edgesOf(file, tree.get(file) ?? "")) {
      const target = edge.file ?? edge.specifier;
      // A type import leaves nothing behind at run time, and a lazy one waits until it is needed.
      if (kinds.includes(edge.kind) && !ways.has(target)) ways.set(target, `${way} -> ${target}`);
    }
  }
  return ways;
}

/** Every place where one of the patterns occurs in code, as `file:line: what`. */
export function occurrences(tree: SourceTree, patterns: Readonly<Record<string, RegExp>>): string[] {
  const found: string[] = [];
  for (const [file, source] of tree) {
    for (const [index, line] of codeOf(source).split("\n").entries()) {
      for (const [what, pattern] of Object.entries(patterns)) {
        if (pattern.test(line)) found.push(`${file}:${index + 1}: ${what}`);
      }
    }
  }
  return found;
}

function edgesOf(from: string, source: string): Edge[] {
  return importsOf(source).map((found) => {
    const file = found.specifier.startsWith(".") ? posix.join(posix.dirname(from), found.specifier) : null;
    return { ...found, from, file };
  });
}

function insideRule(edge: Edge, file: string, tree: SourceTree, architecture: Architecture): string | null {
  if (!tree.has(file)) return "there is no such source file (tests and fixtures are not for the library)";
  const [from, to] = [layerOf(edge.from), layerOf(file)];
  if (from === to) return separationRule(edge.from, file, architecture.separate[from]);
  const allowed = architecture.layers[from] ?? [];
  if (allowed.includes(to)) return null;
  if (architecture.typesOnly[from]?.includes(to)) {
    return edge.kind === "type" ? null : `${from} may import types only from ${to}`;
  }
  return `${from} may import ${allowed.join(", ") || "nothing but itself"}`;
}

function separationRule(from: string, to: string, shared: readonly string[] | undefined): string | null {
  const room = roomOf(to);
  if (shared === undefined || room === null || room === roomOf(from) || shared.includes(room)) return null;
  return `the parts of ${layerOf(from)}/ do not know each other`;
}

function outsideRule(
  { from, specifier }: Edge,
  { nodeFolders, packageFolders }: Architecture,
): string | null {
  if (specifier.startsWith("node:")) {
    return nodeFolders.some((folder) => isUnder(from, folder))
      ? null
      : `node: belongs in ${nodeFolders.join(", ")}`;
  }
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const folders = packageFolders[name] ?? [];
  if (folders.some((folder) => isUnder(from, folder))) return null;
  return `${name} may be imported in ${folders.join(", ") || "no folder"}`;
}

/** The top folder; `.` for a file that stands in none. */
function layerOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : ".";
}

/** The second folder, `sqlite` of `stores/sqlite/index.ts`; null for a file beside it. */
function roomOf(file: string): string | null {
  const parts = file.split("/");
  return parts.length > 2 ? (parts[1] ?? null) : null;
}

function isUnder(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}
