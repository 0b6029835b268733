import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { extname, join } from "node:path";

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
    const body = name.endsWith(".ts") ? stripTypeScriptTypes(text) : text;
    // "no-cache" asks the server each time, so that a changed demo is never half an old one. Pictures may
    // be kept: the page draws some of them when it is too late to ask, because the server is away.
    const cacheControl = name.endsWith(".svg") ? "max-age=3600" : "no-cache";
    files.set(name === "index.html" ? "/" : `/${name}`, { type, cacheControl, body });
  }
  return files;
}
