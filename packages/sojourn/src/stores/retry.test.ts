import { describe, expect, it } from "vitest";
import { type Repeatable, withRetries } from "./retry.ts";

/** A call that fails so many times, and what came of it. */
async function run(
  failures: number,
  safe: boolean,
  repeatable: Repeatable,
): Promise<{ calls: number; pauses: number[]; result: unknown }> {
  let calls = 0;
  const pauses: number[] = [];
  const result = await withRetries(
    async () => {
      calls += 1;
      if (calls <= failures) throw new Error(`failure ${calls}`);
      return "done";
    },
    safe,
    () => repeatable,
    async (ms) => void pauses.push(ms),
  ).catch((error: Error) => error.message);
  return { calls, pauses, result };
}

describe("retrying", () => {
  it("gives the first answer without a pause", async () => {
    expect(await run(0, true, "any")).toEqual({ calls: 1, pauses: [], result: "done" });
  });

  it("repeats any call where nothing was done, and a safe one where that is unknown", async () => {
    expect(await run(1, false, "any")).toMatchObject({ calls: 2, result: "done" });
    expect(await run(2, true, "safe")).toMatchObject({ calls: 3, result: "done" });
  });

  it("never repeats a call that may have been done, or a failure that will not pass", async () => {
    expect(await run(1, false, "safe")).toMatchObject({ calls: 1, result: "failure 1" });
    expect(await run(1, true, "never")).toMatchObject({ calls: 1, result: "failure 1" });
  });

  it("goes on for longer where the call only lost against others, with pauses that stay short", async () => {
    const { calls, pauses, result } = await run(9, false, "contended");
    expect([calls, result]).toEqual([10, "done"]);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(90);
    expect(await run(10, true, "contended")).toMatchObject({ calls: 10, result: "failure 10" });
  });

  it("gives up after three times with the last failure, having paused longer each time", async () => {
    for (let round = 0; round < 50; round += 1) {
      const { calls, pauses, result } = await run(9, true, "any");
      expect([calls, pauses.length, result]).toEqual([3, 2, "failure 3"]);
      expect(pauses[0]).toBeGreaterThanOrEqual(10);
      expect(pauses[0]).toBeLessThanOrEqual(30);
      expect(pauses[1]).toBeGreaterThanOrEqual(30);
      expect(pauses[1]).toBeLessThanOrEqual(90);
    }
  });
});
