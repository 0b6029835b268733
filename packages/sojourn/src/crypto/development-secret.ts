import type * as FileSystem from "node:fs";
import { SojournError } from "../domain/errors.ts";
import { checkSecret, generateSecret } from "./secrets.ts";

/**
 * The secret of this project folder, for development: made at the first start and kept, so that a
 * restart signs nobody out. It lies in `.sojourn/development-secret`, readable by its owner only, in
 * a folder that git ignores. Never used in production, where every node needs the same secret.
 *
 * @param folder the project's folder. Default: where the process was started.
 * @throws {SojournError} `config_secret_missing` where nothing can be kept; `config_secret_weak`
 * when the file was edited to hold something else.
 */
export function developmentSecret(folder: string = process.cwd()): string {
  // Looked up at call time, so that a bundler for a runtime without files finds nothing to resolve.
  const fs = process.getBuiltinModule("node:fs");
  const home = `${folder}/.sojourn`;
  const file = `${home}/development-secret`;
  let secret: string;
  try {
    if (!fs.existsSync(file)) keep(fs, home, file);
    secret = fs.readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new SojournError("config_secret_missing", {
      detail: `No secret was given, and none can be kept in ${file} for development. Set the secret option.`,
      cause: error,
    });
  }
  checkSecret(secret, file);
  return secret;
}

/** Writes a new secret unless another process has just done so. */
function keep(fs: typeof FileSystem, home: string, file: string): void {
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  fs.writeFileSync(`${home}/.gitignore`, "*\n");
  // A name that no other start takes, and that shows nothing of the secret.
  const draft = `${file}.${generateSecret().slice(0, 8)}`;
  fs.writeFileSync(draft, generateSecret(), { mode: 0o600 });
  try {
    // A link appears whole and at most once, so two first starts cannot read half a secret, or two.
    fs.linkSync(draft, file);
  } catch {
    // Another start was first; or the file system has no links, and a rename has to do: it appears
    // whole as well, and only of two first starts in the same instant the later would win.
    if (!fs.existsSync(file)) fs.renameSync(draft, file);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}
