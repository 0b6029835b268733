import { describe, expect, it } from "vitest";
import {
  type Architecture,
  eagerlyLoaded,
  everLoaded,
  forbiddenImports,
  importCycles,
  occurrences,
  readSources,
} from "./layers.fixture.ts";
import { codeOf, importsOf } from "./source-scan.fixture.ts";

/**
 * The layers, lowest first. An import goes strictly downward, type imports included: a part may
 * import the folders named here and itself, nothing else. The files at the top (".") put the parts
 * together, so nothing below may import them.
 */
const layers: Architecture["layers"] = {
  domain: [],
  ports: ["domain"],
  cookies: ["ports", "domain"],
  crypto: ["ports", "domain"],
  contract: ["domain"],
  stores: ["ports", "domain"],
  limits: ["ports", "domain"],
  login: ["crypto", "ports", "domain"],
  accounts: ["crypto", "ports", "domain"],
  strategies: ["crypto", "ports", "domain"],
  verify: ["strategies", "cookies", "crypto", "contract", "ports", "domain"],
  testing: ["ports", "domain"],
  session: ["strategies", "crypto", "ports", "domain"],
  http: ["session", "contract", "cookies", "crypto", "ports", "domain"],
  adapters: ["http", "domain"],
  client: ["contract", "domain"],
  react: ["client"],
  cli: ["stores", "crypto", "ports", "domain"],
  ".": [
    "http",
    "session",
    "strategies",
    "accounts",
    "login",
    "stores",
    "limits",
    "contract",
    "crypto",
    "cookies",
    "ports",
    "domain",
  ],
};

const architecture: Architecture = {
  layers,
  // What the routes work with is handed to them from the top; they need the words for it.
  typesOnly: { http: ["strategies", "accounts", "login"], accounts: ["login"] },
  separate: { stores: ["sql"], login: [] },
  nodeFolders: ["crypto", "stores", "login/password", "adapters", "cli", "testing"],
  packageFolders: {
    zod: ["contract", "http"],
    hono: ["http"],
    jose: ["crypto", "login"],
    bowser: ["session", "http"],
    "ipaddr.js": ["session", "http"],
    "rate-limiter-flexible": ["limits"],
    "@node-rs/argon2": ["login/password"],
    "openid-client": ["login/oauth"],
    pg: ["stores/postgres"],
    postgres: ["stores/postgres"],
    mysql2: ["stores/mysql"],
    "drizzle-orm": ["stores/drizzle"],
    react: ["react"],
    next: ["adapters/next.ts", "adapters/next-proxy.ts"],
    fastify: ["adapters"],
  },
};

/** What must not load with `sojourn` itself: these parts load when first used. */
const lazyFolders = new Set([
  "limits",
  "contract",
  "accounts",
  "login",
  "stores",
  "adapters",
  "verify",
  "testing",
  "client",
  "react",
  "cli",
]);

/** Time, chance and surroundings: the domain is told them, so that every decision can be tested. */
const impure: Readonly<Record<string, RegExp>> = {
  "the time": /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b/,
  chance: /\bMath\.random\b|\bcrypto\b/,
  "the process": /\bprocess\b|\bglobalThis\b|\bconsole\b/,
  timers: /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
  network: /\bfetch\(/,
};

/** Outside the ports' own implementations nothing tells the time or throws dice. */
const clockOrDice: Readonly<Record<string, RegExp>> = {
  "tell the time by the Clock port": /\bDate\.now\b|\bnew Date\(\s*\)/,
  "draw by the Random port": /\bMath\.random\b/,
  "set timers by the Clock port": /(?<!\.)\b(?:setTimeout|setInterval|setImmediate)\(/,
};
const clockAndDiceThemselves = /(?:^|\/)(?:system-)?(?:clock|random)\.ts$/;

const tree = readSources(import.meta.dirname);
const planted = (files: Record<string, string>): Map<string, string> => new Map(Object.entries(files));

describe("the layers", () => {
  it("are listed so that each imports only what stands above it in the table", () => {
    const names = Object.keys(layers);
    for (const [name, below] of Object.entries(layers)) {
      for (const other of below)
        expect(names.indexOf(other), `${name} -> ${other}`).toBeLessThan(names.indexOf(name));
    }
  });

  it("hold for every import of the library", () => {
    expect(tree.size).toBeGreaterThan(10);
    expect(forbiddenImports(tree, architecture)).toEqual([]);
  });

  it("have no import cycle, type imports included", () => {
    expect(importCycles(tree)).toEqual([]);
  });

  it("keep time, chance and surroundings out of the domain", () => {
    const domain = new Map([...tree].filter(([file]) => file.startsWith("domain/")));
    expect(domain.size).toBeGreaterThan(0);
    expect(occurrences(domain, impure)).toEqual([]);
  });

  it("leave time, timers and chance to the ports", () => {
    // What runs in a page has the page's own; its tests turn the whole platform's clock.
    const others = new Map(
      [...tree].filter(([file]) => !clockAndDiceThemselves.test(file) && !file.startsWith("client/")),
    );
    expect(occurrences(others, clockOrDice)).toEqual([]);
  });

  // Checks itself as soon as there is an entry to load.
  it.skipIf(!tree.has("index.ts"))("load nothing with `sojourn` that a session check does not need", () => {
    const wrong = [...eagerlyLoaded(tree, "index.ts")].filter(([target]) => {
      if (tree.has(target)) return lazyFolders.has(target.split("/")[0] ?? "");
      return target === "node:sqlite" || !target.startsWith("node:");
    });
    expect(wrong.map(([, way]) => way)).toEqual([]);
  });

  it("keep Node out of what verifies at edges, and every package as well", () => {
    const loaded = [...everLoaded(tree, "verify/index.ts")];
    const outside = loaded.filter(([target]) => !tree.has(target)).map(([, way]) => way);
    expect(outside).toEqual([]);
    // It is not imported, so that nothing else would tell.
    const files = new Map(loaded.map(([file]) => [file, tree.get(file) ?? ""]));
    expect(files.size).toBeGreaterThan(20);
    expect(occurrences(files, { Node: /\bBuffer\.|\bprocess\b|\bsetImmediate\b/ })).toEqual([]);
  });
});

describe("a breach of the layers", () => {
  it("is named with its file, its import and the rule", () => {
    const files = planted({
      "domain/session.ts": 'import type { Clock } from "../ports/clock.ts";',
      "ports/clock.ts": 'import { createHash } from "node:crypto";',
      "ports/random.ts": 'export { z } from "zod/mini";',
      "stores/memory/index.ts":
        'import { open } from "../sqlite/open.ts";\nimport { sql } from "../sql/base.ts";',
      "stores/sqlite/open.ts": 'const { mac } = await import("../../crypto/hmac.ts");',
      "stores/sql/base.ts": 'import { sampleSession } from "./sample.fixture.ts";',
      "crypto/hmac.ts": 'import { hash } from "node:crypto";',
      "http/call.ts": 'import type { A } from "../login/a.ts";\nimport { a } from "../login/a.ts";',
      "login/a.ts": "export const a = 1;",
      "toolbox/things.ts": "",
    });
    expect(forbiddenImports(files, architecture)).toEqual([
      'domain/session.ts: import "../ports/clock.ts": domain may import nothing but itself',
      'ports/clock.ts: import "node:crypto": node: belongs in crypto, stores, login/password, adapters, cli, testing',
      'ports/random.ts: import "zod/mini": zod may be imported in contract, http',
      'stores/memory/index.ts: import "../sqlite/open.ts": the parts of stores/ do not know each other',
      'stores/sqlite/open.ts: import "../../crypto/hmac.ts": stores may import ports, domain',
      'stores/sql/base.ts: import "./sample.fixture.ts": there is no such source file (tests and fixtures are not for the library)',
      'http/call.ts: import "../login/a.ts": http may import types only from login',
      'toolbox/things.ts: "toolbox" is not in the table of layers; say there what it may import',
    ]);
  });

  it("is found when files import each other in a ring", () => {
    const files = planted({
      "domain/a.ts": 'import { b } from "./b.ts";',
      "domain/b.ts": 'import type { C } from "./c.ts";',
      "domain/c.ts": 'export * from "./a.ts";',
      "domain/d.ts": 'import { a } from "./a.ts";',
    });
    expect(importCycles(files)).toEqual(["domain/a.ts -> domain/b.ts -> domain/c.ts -> domain/a.ts"]);
  });

  it("is found when a part that should wait loads at once", () => {
    const files = planted({
      "index.ts": 'export { createAuth } from "./create-auth.ts";',
      "create-auth.ts":
        'import type { Hasher } from "./login/hash.ts";\nimport { route } from "./http/route.ts";',
      "http/route.ts": 'import { Hono } from "hono";\nconst later = () => import("jose");',
      "login/hash.ts": "export type Hasher = string;",
    });
    expect([...eagerlyLoaded(files, "index.ts").values()]).toEqual([
      "index.ts",
      "index.ts -> create-auth.ts",
      "index.ts -> create-auth.ts -> http/route.ts",
      "index.ts -> create-auth.ts -> http/route.ts -> hono",
    ]);
  });

  it("is found when the domain looks at the clock", () => {
    const files = planted({
      "domain/a.ts": "// Date.now() is not for us\nconst at = Date.now();\nnew Date(at);",
    });
    expect(occurrences(files, impure)).toEqual(["domain/a.ts:2: the time"]);
  });
});

describe("the scan of a source file", () => {
  it("finds every form of import", () => {
    const source = `
      import "./a.ts";
      import b, { c } from './b.ts';
      import type { D } from "./d.ts";
      import {
        type E,
        f,
      } from "./e.ts";
      export * from "./g.ts";
      export type { H } from "./h.ts";
      const i = await import("./i.ts");
      type J = import("./j.ts").J;
      const fs = process.getBuiltinModule("node:fs");
    `;
    const found = importsOf(source).map(({ specifier, kind }) => `${specifier} ${kind}`);
    expect(found.toSorted()).toEqual([
      "./a.ts value",
      "./b.ts value",
      "./d.ts type",
      "./e.ts value",
      "./g.ts value",
      "./h.ts type",
      "./i.ts lazy",
      "./j.ts lazy",
      "node:fs lazy",
    ]);
  });

  it("is not misled by comments, strings, templates and regular expressions", () => {
    const source = [
      '// import "./a.ts"',
      '/* import "./b.ts" */ const quote = /["\'`]/;',
      "const text = 'import \"./c.ts\"';",
      'const template = `import "./d.ts" ${quote.test("`") ? `${{ e: "}" }.e}` : ""} import("./e.ts")`;',
      'export const from = "./f.ts";',
      "const half = (1 + 2) / 2; const third = half / 3;",
      'import "./real.ts";',
    ].join("\n");
    expect(importsOf(source)).toEqual([{ specifier: "./real.ts", kind: "value" }]);
  });

  it("keeps every character in its place", () => {
    for (const [file, source] of tree) expect(codeOf(source).length, file).toBe(source.length);
  });
});
