import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** One file as a browser gets it. */
export interface PageFile {
  readonly type: string;
  readonly cacheControl: string;
  readonly body: string;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  // Browsers look at the type, not the name, so a module keeps the name it is imported by.
  ".ts": "text/javascript; charset=utf-8",
};

/** Where the library's client is served: the page has no bundler, so its modules come as they are. */
const clientName = "sojourn/client";
const clientFolder = "/sojourn/";

/**
 * Reads the page once, with the types taken out of its modules: no bundler, and no path from a
 * request ever reaches the file system.
 *
 * @returns what is served, by URL path.
 */
export function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(folder)) {
    const type = types[extname(name)];
    if (type === undefined || name.endsWith(".test.ts")) continue;
    const text = readFileSync(join(folder, name), "utf8");
    const body = name.endsWith(".ts") ? moduleOf(text) : text;
    // "no-cache" asks the server each time, so that a changed demo is never half an old one. Pictures may
    // be kept: the page draws some of them when it is too late to ask, because the server is away.
    const cacheControl = name.endsWith(".svg") ? "max-age=3600" : "no-cache";
    files.set(name === "index.html" ? "/" : `/${name}`, { type, cacheControl, body });
  }
  addClient(files);
  return files;
}

/**
 * A module as a browser takes it: without types, and with a path for the client's name. An import map would be a script
 * in the page itself, which the page's rules forbid.
 */
function moduleOf(text: string): string {
  return stripTypeScriptTypes(text).replaceAll(
    `from "${clientName}"`,
    `from "${clientFolder}client/index.js"`,
  );
}

/** Adds the client's modules, and no others: from its entry along whatever one of them imports. */
function addClient(files: Map<string, PageFile>): void {
  const entry = fileURLToPath(import.meta.resolve(clientName));
  const dist = dirname(dirname(entry));
  const follow = (file: string): void => {
    const path = clientFolder + relative(dist, file).split(sep).join("/");
    if (files.has(path)) return;
    const body = readFileSync(file, "utf8");
    files.set(path, { type: types[".ts"] ?? "", cacheControl: "no-cache", body });
    for (const [, specifier] of body.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g))
      follow(join(dirname(file), specifier ?? ""));
  };
  follow(entry);
}
