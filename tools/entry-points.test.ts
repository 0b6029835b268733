import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entryPoints, root } from "./entry-points.ts";

const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));

describe("the package's entry points", () => {
  it("are known to the type check of the other workspaces by the same names", () => {
    const { compilerOptions } = read("tsconfig.workspace.json") as { compilerOptions: { paths: unknown } };
    const wanted = entryPoints().map(({ name, source }) => [name, [`./packages/sojourn/${source}`]]);
    expect(compilerOptions.paths).toEqual(Object.fromEntries(wanted));
  });

  it("each have a size limit, and no other has one", () => {
    const limits = Object.keys(read("tools/size-limits.json") as object);
    expect(limits.toSorted()).toEqual(
      entryPoints()
        .map(({ name }) => name)
        .toSorted(),
    );
  });
});
