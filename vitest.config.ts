import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { entryPoints, packageFolder } from "./tools/entry-points.ts";

// Tests run from source: no build stands between a change and its test.
const alias = entryPoints().map(({ name, source }) => ({
  find: new RegExp(`^${name}$`),
  replacement: join(packageFolder, source),
}));

/** Apps of frameworks, which are built, started and driven: nothing in them is against the clock. */
const frameworks = [
  "adapters",
  "edge",
  "examples",
  "examples-meta",
  "forward-auth",
  "next",
  "next-contract",
  "next-edge",
].map((name) => `e2e/${name}.e2e.ts`);

// Nodes, racers and demos are processes: each would compile the same files again.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/node-compile");

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.{ts,tsx}", "{apps,bench,docs,tools}/**/*.test.ts"],
          // Files share a process and what they import: a fresh start for each costs more than most of them. So
          // what a module remembers is there for the next file too.
          isolate: false,
          // One for each core. Left alone, vitest keeps a core for itself, which is half of two.
          maxWorkers: "100%",
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { alias },
        test: {
          name: "e2e",
          include: ["e2e/*.e2e.ts"],
          exclude: frameworks,
          globalSetup: ["./e2e/build-library.ts"],
          // One browser and one server at a time, after everything else: two cores are a laptop's share.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          // Fleets of nodes on real servers that are stopped, killed and cut off. They need no browser.
          name: "services",
          include: ["e2e/services/**/*.e2e.ts"],
          globalSetup: ["./e2e/build-library.ts"],
          // Each has servers of its own, and waits much: for what was disturbed, and for the bound to pass.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "frameworks",
          include: frameworks,
          globalSetup: ["./e2e/build-library.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
