import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { checkSecret } from "../crypto/secrets.ts";
import {
  asAdmin,
  describeMysql,
  dropDatabases,
  newDatabase,
  urlOf,
} from "../stores/mysql/database.fixture.ts";
import { mysql } from "../stores/mysql/index.ts";
import { describePostgres, makeSchema } from "../stores/postgres/server.fixture.ts";
import { postgres } from "../stores/postgres/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";

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

  it.each([[[]], [["sekret"]], [["secret", "more"]], [["--what"]], [["secret", "--config", "x"]]])(
    "answers %j with its usage and exit code 2",
    (words) => {
      const result = sojourn(...words);
      expect(result.status).toBe(2);
      expect(result.stderr).toContain("Usage: sojourn");
      expect(result.stdout).toBe("");
    },
  );

  it("prints a schema for SQLite after which there is nothing to migrate", async () => {
    const { status, stdout } = sojourn("schema", "sqlite");
    expect(status).toBe(0);
    const database = new DatabaseSync(":memory:");
    database.exec(stdout);
    const store = sqlite(database);
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.migrate();
    const made = (of: DatabaseSync): unknown =>
      of.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
    const other = new DatabaseSync(":memory:");
    await sqlite(other).migrate();
    expect(made(database)).toEqual(made(other));
  });

  it.each([[[]], [["oracle"]], [["sqlite", "postgres"]], [["Sqlite"]]])(
    "answers schema %j with one line that says what to write, and exit code 2",
    (words) => {
      const { status, stdout, stderr } = sojourn("schema", ...words);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(
        /^Name one database: sojourn schema sqlite, or .*, or sojourn schema mysql\.\n$/,
      );
    },
  );
});

describe("the session policy", () => {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-policy-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const source = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);

  function config(name: string, ...lines: readonly string[]): string {
    const file = join(folder, name);
    writeFileSync(file, lines.join("\n"));
    return file;
  }

  const app = [
    `import { createServer } from "node:http";`,
    `import { createAuth } from ${source("../index.ts")};`,
    `import { memory } from ${source("../stores/memory/index.ts")};`,
    `createServer().listen(0, "127.0.0.1");`,
    `const made: unknown = createAuth({`,
    `  secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",`,
    `  store: memory(), session: { preset: "aal3", idleTimeout: "10m" },`,
    `});`,
  ];

  it.each([
    ["named auth", "named.ts", "export { made as auth };"],
    ["exported by default", "default.ts", "export default made;"],
  ])("of an app is printed as Markdown, also if it listens: %s", (_what, file, line) => {
    const { status, stdout, stderr } = sojourn("policy", "--config", config(file, ...app, line));
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^# Session policy\n/);
    expect(stdout).toContain("| `session.preset` | aal3 |");
    expect(stdout).toContain("| `session.idleTimeout` | 10 minutes |");
  });

  it.each([
    ["without a module", [], 2, /^Name the module .*: sojourn policy --config/],
    ["of a module that is not there", ["--config", join(folder, "nowhere.ts")], 1, /Cannot find module/],
    [
      "of a module that exports something else",
      ["--config", config("other.ts", "export const auth = { policy: 1 };")],
      1,
      /other\.ts must export what createAuth gives/,
    ],
    [
      "of an app that does not start",
      [
        "--config",
        config("broken.ts", ...app.map((line) => line.replace("10m", "10h")), "export default made;"),
      ],
      1,
      /session\.idleTimeout must not be longer than 15 minutes/,
    ],
  ])("%s is a sentence that says what to do", (_what, words, code, message) => {
    const { status, stdout, stderr } = sojourn("policy", ...words);
    expect([status, stdout]).toEqual([code, ""]);
    expect(stderr).toMatch(message);
  });
});

describe("the keys of an app", () => {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-keys-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const config = join(folder, "auth.ts");
  const source = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);

  /** An app with a clock of its own, which its first argument moves. */
  function app(keys: string, ahead: number): void {
    writeFileSync(
      config,
      [
        `import { createServer } from "node:http";`,
        `import { createAuth } from ${source("../index.ts")};`,
        `import { sqlite } from ${source("../stores/sqlite/index.ts")};`,
        `createServer().listen(0, "127.0.0.1");`,
        `export const auth: unknown = createAuth({`,
        `  secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",`,
        `  store: sqlite(${JSON.stringify(join(folder, "app.db"))}), ${keys}`,
        `  clock: { now: () => Date.now() + ${ahead}, setTimer: () => () => {} },`,
        `});`,
      ].join("\n"),
    );
  }
  const day = 86_400_000;
  const run = (...words: string[]): ReturnType<typeof sojourn> =>
    sojourn("keys", ...words, "--config", config);

  it("are listed, rotated and revoked from outside of it", () => {
    app(`keys: {},`, 0);
    expect(run("list").stdout).toMatch(
      /^id +state +from +signs from +verifies until\n[\w-]{8} +active +secret +- +-\n$/,
    );
    const first = run("rotate");
    const [, id = ""] =
      /^Key ([\w-]{8}) signs from 20\S+Z on, when everybody knows it\.\n$/.exec(first.stdout) ?? [];
    expect([first.status, first.stderr, id.length]).toEqual([0, "", 8]);

    app(`keys: {},`, 2 * day);
    const second = run("rotate");
    expect(second.stdout).toMatch(/^Key [\w-]{8} signs from /);
    const revoked = run("revoke", id, "--reason", "laptop stolen");
    expect([revoked.status, revoked.stderr]).toEqual([0, ""]);
    expect(revoked.stdout).toMatch(new RegExp(`^Key ${id} is revoked\\. Key [\\w-]{8} signs\\.\n$`));
    const { stdout } = run("list");
    expect(stdout).toMatch(new RegExp(`^${id}  revoked +stored .*: laptop stolen$`, "m"));
    expect(stdout.match(/ active /g)).toHaveLength(1);
  });

  it("that is not there is a sentence", () => {
    app(`keys: {},`, 2 * day);
    const { status, stdout, stderr } = run("revoke", "nobody00");
    expect([status, stdout, stderr]).toEqual([1, "", "There is no key nobody00. See: sojourn keys list.\n"]);
  });

  it("that come from its secret say how to have others", () => {
    app("", 0);
    expect(run("list").stdout).toMatch(/active +secret/);
    const { status, stderr } = run("rotate");
    expect(status).toBe(1);
    expect(stderr).toMatch(/give createAuth the option keys/);
  });

  it.each([
    [["keys"]],
    [["keys", "turn"]],
    [["keys", "list", "all"]],
    [["keys", "revoke"]],
    [["keys", "revoke", ""]],
    [["keys", "revoke", "a", "b"]],
    [["keys", "rotate", "--reason", "why"]],
  ])("answer %j with one line that says what to write, and exit code 2", (words) => {
    const { status, stdout, stderr } = sojourn(...words, "--config", config);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Say what to do: sojourn keys list, or .*\n$/);
  });

  it("need the app's module", () => {
    const { status, stdout, stderr } = sojourn("keys", "revoke", "x");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Name the module .*: sojourn keys revoke x --config \.\/auth\.ts\.\n$/);
    expect(sojourn("secret", "--reason", "why").stderr).toContain("--reason is for keys revoke.");
  });
});

describePostgres("the command line", () => {
  it("prints a schema for PostgreSQL after which there is nothing to migrate", async () => {
    const schema = await makeSchema();
    await schema.run(sojourn("schema", "postgres").stdout);
    const before = await schema.run("SELECT * FROM sojourn_migration");
    expect(before.map(({ version }) => version)).toEqual([1]);
    const store = postgres(schema.url, { listen: false });
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.migrate();
    expect(await schema.run("SELECT * FROM sojourn_migration")).toEqual(before);
    await store.close();
    await schema.drop();
  });
});

describeMysql("the command line", () => {
  afterAll(dropDatabases);

  it("prints a schema for MySQL after which there is nothing to migrate", async () => {
    const name = await newDatabase();
    const statements = sojourn("schema", "mysql").stdout.split("--> statement-breakpoint");
    await asAdmin(`USE ${name}`, ...statements);
    const store = mysql(urlOf(name));
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.migrate();
    expect(await asAdmin(`SELECT version FROM ${name}.sojourn_migration`)).toEqual([{ version: 1 }]);
    await store.close();
  });
});
