import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { developmentSecret } from "./development-secret.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "sojourn-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});
const home = (): string => join(folder, ".sojourn");

describe("the development secret", () => {
  it("is made once and kept", () => {
    const secret = developmentSecret(folder);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(developmentSecret(folder)).toBe(secret);
    expect(fs.readdirSync(home()).toSorted()).toEqual([".gitignore", "development-secret"]);
  });

  it("differs from folder to folder", () => {
    const other = join(folder, "other");
    fs.mkdirSync(other);
    expect(developmentSecret(other)).not.toBe(developmentSecret(folder));
  });

  it("is kept out of git, and from other users of the machine", () => {
    developmentSecret(folder);
    expect(fs.readFileSync(join(home(), ".gitignore"), "utf8")).toBe("*\n");
    if (process.platform === "win32") return;
    expect(fs.statSync(join(home(), "development-secret")).mode & 0o777).toBe(0o600);
    expect(fs.statSync(home()).mode & 0o777).toBe(0o700);
  });

  it("is one secret when several processes start at once", async () => {
    const module = JSON.stringify(new URL("development-secret.ts", import.meta.url).href);
    const program = `const { developmentSecret } = await import(${module}); process.stdout.write(developmentSecret(${JSON.stringify(folder)}));`;
    const run = promisify(execFile);
    const starts = Array.from({ length: 6 }, () =>
      run(process.execPath, ["--input-type=module", "-e", program]),
    );
    const secrets = (await Promise.all(starts)).map(({ stdout }) => stdout);
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(fs.readdirSync(home())).toHaveLength(2);
  });

  it("is the other's where another process was a moment faster", () => {
    const theirs = "Vb0p7eXqL3mZt9RkYw2sHc8uJd5fNg1oAi6xTe4rQvM";
    withFiles({
      linkSync: () => {
        fs.writeFileSync(join(home(), "development-secret"), theirs);
        throw Object.assign(new Error("it is there"), { code: "EEXIST" });
      },
    });
    expect(developmentSecret(folder)).toBe(theirs);
    expect(fs.readdirSync(home())).toHaveLength(2);
  });

  it("is kept on a file system without links too", () => {
    withFiles({
      linkSync: () => {
        throw Object.assign(new Error("no links here"), { code: "EPERM" });
      },
    });
    const secret = developmentSecret(folder);
    expect(developmentSecret(folder)).toBe(secret);
    expect(fs.readdirSync(home())).toHaveLength(2);
  });

  it("survives an editor that adds a line break", () => {
    const secret = developmentSecret(folder);
    fs.appendFileSync(join(home(), "development-secret"), "\n");
    expect(developmentSecret(folder)).toBe(secret);
  });

  it("is refused with the file's name when somebody put a weak one there", () => {
    developmentSecret(folder);
    fs.writeFileSync(join(home(), "development-secret"), "changeme");
    expect(() => developmentSecret(folder)).toThrow(
      expect.objectContaining({
        code: "config_secret_weak",
        message: expect.stringContaining("development-secret"),
      }),
    );
  });

  it("is missed with a clear error where nothing can be written", () => {
    const file = join(folder, "file");
    fs.writeFileSync(file, "");
    expect(() => developmentSecret(file)).toThrow(
      expect.objectContaining({ code: "config_secret_missing", cause: expect.any(Error) }),
    );
  });
});

/** Lets the library see a file system that differs in some calls. */
function withFiles(changed: Partial<typeof fs>): void {
  vi.spyOn(process, "getBuiltinModule").mockImplementation(() => ({ ...fs, ...changed }));
}
