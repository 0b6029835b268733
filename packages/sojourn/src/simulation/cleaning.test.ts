import { describe, expect, it } from "vitest";
import { memory } from "../stores/memory/index.ts";
import { createWorld, type World } from "./world.fixture.ts";

const minute = 60_000;
const count = 120;

describe("an app's small records that are over", () => {
  async function begin(): Promise<{ world: World; kept: () => Promise<number> }> {
    const store = memory();
    const world = createWorld("stateful", {}, store);
    world.users.set("ada", { id: "ada", role: "user" });
    const begun = world.clock.now();
    const expiresAt = begun + minute;
    for (let at = 0; at < count; at += 1)
      await store.entries.add({ space: "things", key: `${at}`, owner: null, value: at, expiresAt }, begun);
    const all = { limit: count, after: null };
    return { world, kept: async () => (await store.entries.list("things", null, begun, all)).length };
  }

  it("are removed by itself, at the pace of sessions", async () => {
    const { world, kept } = await begin();
    const auth = world.node();
    await auth.sessions.create({ userId: "ada", method: "test" });
    await world.clock.advance(1.9 * minute);
    expect(await kept()).toBe(count);
    const left = new Set<number>();
    for (let passed = 0; passed < 2.2 * minute; passed += 100) {
      await world.clock.advance(100);
      left.add(await kept());
    }
    expect([...left]).toEqual([120, 70, 20, 0]);
    await auth.close();
  });

  it("are removed by a job of its own with the sessions, where it says so", async () => {
    const { world, kept } = await begin();
    const auth = world.node({ sweep: false });
    await auth.sessions.create({ userId: "ada", method: "test" });
    await world.clock.advance(60 * minute);
    expect(await kept()).toBe(count);
    expect(await auth.sessions.deleteExpired(100)).toBe(100);
    expect(await auth.sessions.deleteExpired(100)).toBe(20);
    expect(await kept()).toBe(0);
    await auth.close();
  });
});
