import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { sqlite } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "sojourn-steps-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the steps that a file has yet to take", () => {
  it("are all of them for a file that does not exist, and it is not made", async () => {
    const file = join(folder, "new.db");
    const steps = await sqlite(file).pendingSteps?.();
    expect(steps?.map(({ version }) => version)).toEqual([1]);
    expect(steps?.[0]?.sql).toContain("CREATE TABLE sojourn_session");
    expect(existsSync(file)).toBe(false);
  });

  it("are all of them for another app's database, which is left as it is", async () => {
    const file = join(folder, "app.db");
    const app = new DatabaseSync(file);
    app.exec("CREATE TABLE post (id)");
    const before = readFileSync(file);
    expect(await sqlite(file).pendingSteps?.()).toHaveLength(1);
    expect(await sqlite(app).pendingSteps?.()).toHaveLength(1);
    expect(readFileSync(file).equals(before)).toBe(true);
    app.close();
  });

  it("are none once they have been taken", async () => {
    const file = join(folder, "done.db");
    const store = sqlite(file);
    await store.migrate();
    expect(await store.pendingSteps?.()).toEqual([]);
    await store.close();
    expect(await sqlite(file).pendingSteps?.()).toEqual([]);
  });

  it("are refused for a file of a newer version", async () => {
    const file = join(folder, "newer.db");
    const store = sqlite(file);
    await store.migrate();
    await store.close();
    const database = new DatabaseSync(file);
    database.exec("INSERT INTO sojourn_migration (version, checksum) VALUES (99, 'x')");
    database.close();
    expect(() => sqlite(file).pendingSteps?.()).toThrow(/step 99 .* Update/);
  });
});
