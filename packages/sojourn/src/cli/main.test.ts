import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkSecret } from "../crypto/secrets.ts";

function sojourn(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...words], {
    encoding: "utf8",
  });
}

describe("the command line", () => {
  it("prints a secret that the boot check takes, a new one each time", () => {
    const [first, second] = [sojourn("secret"), sojourn("secret")].map(({ stdout }) => stdout.trim());
    expect(() => checkSecret(first, "secret")).not.toThrow();
    expect(first).not.toBe(second);
  });

  it("shows how it is used", () => {
    expect(sojourn("--help")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("Usage: sojourn") as string,
    });
  });

  it.each([[[]], [["sekret"]], [["secret", "more"]], [["--what"]]])(
    "answers %j with its usage and exit code 2",
    (words) => {
      const result = sojourn(...words);
      expect(result.status).toBe(2);
      expect(result.stderr).toContain("Usage: sojourn");
      expect(result.stdout).toBe("");
    },
  );
});
