import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ada, createSite, testSecret } from "../http/http-test-kit.fixture.ts";
import { sqlite } from "../stores/sqlite/index.ts";

const folder = mkdtempSync(join(tmpdir(), "sojourn-audit-command-"));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, "auth.ts");
const database = join(folder, "app.db");

function sojourn(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...words], {
    encoding: "utf8",
  });
}
const run = (...words: string[]): ReturnType<typeof sojourn> =>
  sojourn("audit", "--config", config, ...words);

function app(options: string): void {
  const source = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  writeFileSync(
    config,
    [
      `import { createServer } from "node:http";`,
      `import { createAuth } from ${source("../index.ts")};`,
      `import { sqlite } from ${source("../stores/sqlite/index.ts")};`,
      `createServer().listen(0, "127.0.0.1");`,
      `export const auth: unknown = createAuth({`,
      `  secret: "${testSecret}", store: sqlite(${JSON.stringify(database)}), ${options}`,
      `  clock: { now: () => Date.parse("2030-01-02T01:00:00Z"), setTimer: () => () => {} },`,
      `});`,
    ].join("\n"),
  );
}

describe("the kept events of an app", () => {
  let userId = "";
  beforeAll(async () => {
    const accounts = sqlite(database);
    const site = createSite("stateful", { audit: true, accounts });
    await site.signedUp();
    await site.signedUp({ email: "bob@example.com" });
    await site.pass(86_400_000);
    await site
      .browser("curl/8.5\u001b[2Kmade-up")
      .post("/sign-in/password", { email: ada.email, password: "wrong" });
    const cli = site.browser("curl/8.5.0");
    await cli.post("/sign-in/password", { email: ada.email, password: ada.password });
    userId = (await cli.get("/me")).body.id;
    await site.auth.close();
    // As it may come from a provider or an admin.
    const hostile = {
      type: "key_revoked",
      at: "2029-12-01T00:00:00.000Z",
      ip: null,
      userAgent: null,
      keyId: "k",
    };
    await accounts.entries?.add(
      {
        space: "event",
        key: "0".repeat(34),
        owner: null,
        value: { ...hostile, reason: "x\u001b[2J\n2030-01-01  user_deleted  ü\u202e" },
        expiresAt: null,
      },
      site.clock.now(),
    );
    await accounts.close();
    app("audit: true,");
  });

  it("are printed newest first, one a line", () => {
    const { status, stdout, stderr } = run();
    expect([status, stderr]).toEqual([0, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe(
      `2030-01-02T00:00:00.000Z  authn_login_success  user=${userId}  device=curl  method=password`,
    );
  });

  it("are printed of one user, since a time, and as many as asked for", () => {
    expect(run("--user", userId).stdout.match(/^/gm)).toHaveLength(6 + 1);
    expect(run("--since", "2h").stdout).toMatch(/^(2030-01-02.*\n){3}$/);
    expect(run("--since", "2030-01-02").stdout).toMatch(/^(2030-01-02.*\n){3}$/);
    expect(run("--limit", "2").stdout).toMatch(/^(2030-01-02.*\n){2}$/);
    expect(run("--user", "nobody")).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  it("are printed as JSON, one object a line, with all that they have", () => {
    const events = run("--json", "--limit", "3")
      .stdout.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ type: "authn_login_success", userId, userAgent: "curl/8.5.0" });
    expect(events[2]).toMatchObject({ type: "authn_login_fail", userId });
  });

  it("write no lines of their own, and nothing that a terminal would act on", () => {
    const { stdout } = run();
    expect(stdout).not.toMatch(/[^\n\u0020-\u007e]/);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(
      '2029-12-01T00:00:00.000Z  key_revoked  keyId=k  reason="x\\u001b[2J\\n2030-01-01  user_deleted  \\u{fc}\\u{202e}"',
    );
  });

  it.each([
    [["--limit", "0"]],
    [["--limit", "-1"]],
    [["--limit", "many"]],
    [["--user", ""]],
    [["--since", ""]],
  ])("answer %j with one line that says what to write, and exit code 2", (words) => {
    const { status, stdout, stderr } = run(...words.map((word) => (word === "-1" ? "0.5" : word)));
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Give --user an id, --since a time such as 24h, .*\n$/);
  });

  it.each([
    [["audit", "more", "--config", "x"], "Unknown: audit more."],
    [["audit", "--reason", "why"], "--reason is for keys revoke."],
    [["audit", "--jso"], "--jso"],
    [["secret", "--json"], "--json is for audit."],
    [["keys", "list", "--user", "x"], "--user is for audit."],
  ])("answer %j with the usage and exit code 2", (words, message) => {
    const { status, stdout, stderr } = sojourn(...words);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain("Usage: sojourn");
  });

  it("need the app's module", () => {
    const { status, stderr } = sojourn("audit");
    expect([status, stderr]).toEqual([
      2,
      "Name the module that exports what createAuth gave: sojourn audit --config ./auth.ts.\n",
    ]);
  });

  it.each([
    ["a time that is none", ["--since", "yesterday"], /^since must be a date such as/],
    ["no such module", ["--config", join(folder, "nowhere.ts")], /Cannot find module/],
  ])("with %s say what is wrong", (_what, words, message) => {
    const { status, stdout, stderr } = run(...words);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
  });

  it("of an app that keeps none say how to have them", () => {
    app("");
    const { status, stdout, stderr } = run();
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toBe("No events are kept. Give createAuth audit: true.\n");
  });
});
