import { execFileSync } from "node:child_process";
import { root } from "./entry-points.ts";

/**
 * Runs a program: one of this machine, or of the tools that npm installed here.
 *
 * @returns what it printed.
 * @throws with all that it printed, if it fails.
 */
export function run(program: string, programArguments: readonly string[], folder: string = root): string {
  try {
    return execFileSync(program, programArguments, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} ${programArguments.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
