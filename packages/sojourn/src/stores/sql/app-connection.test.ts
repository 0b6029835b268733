import { describe, expect, it } from "vitest";
import { sampleSession } from "../../testing/index.ts";
import { type AppConnectionOptions, openOnAppConnection } from "./app-connection.ts";
import type { SqlExecutor } from "./executor.ts";
import { checksumOf } from "./migrations.ts";
import { positionalRows } from "./positional-rows.ts";
import { migrations } from "./sqlite/schema.ts";

const silent: SqlExecutor = { run: () => new Promise(() => {}) };
/** The steps that a database says it has taken. */
const noted = migrations.map((step) => [step.version, checksumOf(step)] as const);
const answer = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe("a store on an app's connection", () => {
  it.each([
    [{ dialect: "oracle" }, /dialect must be one of "sqlite", "postgres"/],
    [{}, /dialect must be one of/],
    [{ dialect: "toString" }, /dialect must be one of/],
    [{ dialect: "sqlite", timeout: "soon" }, /timeout must be/],
    [{ dialect: "postgres", users: { table: "", columns: {} } }, /is no name/],
  ])("is refused with options that cannot be: %j", (options, message) => {
    const refused = answer(() => openOnAppConnection(silent, options as AppConnectionOptions));
    expect(refused).toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(message) as string,
    });
  });

  it("does not wait for ever, neither for a statement nor for what comes before the first", async () => {
    const upToDate: SqlExecutor = {
      run: async (text) => ({ rows: /sqlite_schema/.test(text) ? [[1]] : noted, changed: 0 }),
    };
    const hanging: SqlExecutor = {
      run: (text, values) =>
        /sojourn_session/.test(text) ? new Promise(() => {}) : upToDate.run(text, values),
    };
    for (const executor of [silent, hanging]) {
      const { sessions } = openOnAppConnection(executor, { dialect: "sqlite", timeout: "20ms" });
      await expect(sessions.find(sampleSession().sid)).rejects.toMatchObject({
        code: "store_unavailable",
        cause: { message: "The database did not answer within 20 ms." },
      });
    }
  });
});

describe("rows of objects", () => {
  it("are put in the order of their columns, whole numbers as numbers where one can hold them", () => {
    const bytes = new Uint8Array([1, 2]);
    const rows = [{ sid: bytes, user_id: "7", created_at: 1_893_456_000_000n, ended_at: null }, [5n, "a"]];
    expect(positionalRows(rows)).toEqual([
      [bytes, "7", 1_893_456_000_000, null],
      [5, "a"],
    ]);
    // An app's own id, which another number would make somebody else's.
    expect(positionalRows([{ id: 9_007_199_254_740_993n }])).toEqual([[9_007_199_254_740_993n]]);
  });
});
