import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openFile } from "./open-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sojourn-open-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Opens a store in a process of its own, which can be given up, and tells how that failed. */
function failureOf(file: string): unknown {
  const store = new URL("index.ts", import.meta.url).href;
  const program = `
    const { sqlite } = await import(${JSON.stringify(store)});
    try { sqlite(process.argv[1]).migrate(); } catch (error) {
      console.log(JSON.stringify({ code: error.code, cause: error.cause?.code }));
    }`;
  const { stdout, signal } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program, file],
    { encoding: "utf8", timeout: 15_000 },
  );
  return signal === null ? JSON.parse(stdout) : signal;
}

describe("the folder of a new file", () => {
  it("is made with all above it, for this process's user alone", () => {
    const file = join(folder, "a/b/c/app.db");
    openFile(file).close();
    expect(existsSync(file)).toBe(true);
    if (process.platform === "win32") return;
    for (const path of ["a", "a/b", "a/b/c"]) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("may be the working directory, or there already", () => {
    openFile(join(folder, "app.db")).close();
    openFile(join(folder, "app.db")).close();
    expect(existsSync(join(folder, "app.db"))).toBe(true);
  });

  it.skipIf(process.platform === "win32")("that is a file is the system's error, at once", () => {
    writeFileSync(join(folder, "file"), "");
    expect(failureOf(join(folder, "file/x.db"))).toEqual({ code: "store_unavailable", cause: "ENOTDIR" });
    expect(failureOf(join(folder, "file/deep/x.db"))).toEqual({
      code: "store_unavailable",
      cause: "ENOTDIR",
    });
  });

  it.skipIf(process.platform !== "linux")("that cannot be made is the system's error, at once", () => {
    for (const file of ["/proc/nope/x.db", "/proc/nope/deep/x.db"])
      expect(failureOf(file)).toEqual({ code: "store_unavailable", cause: "ENOENT" });
  });
});
