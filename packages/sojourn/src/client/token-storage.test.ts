import { describe, expect, it } from "vitest";
import { keepTokens, type TokenStorage } from "./token-storage.ts";

const reply = { tokenType: "Bearer", accessToken: "a1", expiresIn: 900, refreshToken: "r1" } as const;

function recording(
  items: Map<string, string> = new Map(),
): TokenStorage & { readonly items: Map<string, string> } {
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

/** Answers when it is told to, as a storage of a phone does. */
function slow(): { readonly storage: TokenStorage; readonly items: Map<string, string>; letGo(): void } {
  const items = new Map<string, string>();
  let letGo = (): void => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return {
    items,
    letGo: () => letGo(),
    storage: {
      getItem: async (key) => (await gate, items.get(key) ?? null),
      setItem: async (key, value) => (await gate, items.set(key, value)),
      removeItem: async (key) => items.delete(key),
    },
  };
}

describe("tokens of a client", () => {
  it("last as long as the page where no storage is given", async () => {
    const tokens = keepTokens(undefined, "key");
    expect(await tokens.read()).toBeNull();
    await tokens.keep(reply, 1);
    expect(await tokens.read()).toMatchObject({ access: "a1", refresh: "r1" });
    await tokens.clear();
    expect(await tokens.read()).toBeNull();
  });

  it("are in the storage and nowhere else, so that the tabs that share it agree", async () => {
    const storage = recording();
    const [one, other] = [keepTokens(storage, "key"), keepTokens(storage, "key")];
    await one.keep(reply, 1);
    expect(await other.read()).toEqual(await one.read());
    await other.keep({ ...reply, accessToken: "a2", refreshToken: "r2" }, 1);
    expect(await one.read()).toMatchObject({ access: "a2", refresh: "r2" });
    await other.clear();
    expect([await one.read(), storage.items.size]).toEqual([null, 0]);
  });

  it.each([
    "",
    "{",
    "null",
    "7",
    '"text"',
    "[]",
    '{"access":1,"expiresAt":2}',
    '{"access":"a","expiresAt":"x"}',
  ])("that were spoilt (%s) are none, and are removed", async (text) => {
    const storage = recording(new Map([["key", text]]));
    expect(await keepTokens(storage, "key").read()).toBeNull();
    if (text !== "") expect(storage.items.size).toBe(0);
  });

  it("without a usable refresh token have none", async () => {
    const storage = recording(new Map([["key", '{"access":"a","expiresAt":2,"refresh":{"x":1}}']]));
    expect(await keepTokens(storage, "key").read()).toMatchObject({
      access: "a",
      expiresAt: 2,
      refresh: null,
    });
  });

  it("stay in memory where the storage is full, and what was there before is gone", async () => {
    const items = new Map<string, string>();
    const full = {
      ...recording(items),
      setItem: () => {
        throw new Error("QuotaExceededError");
      },
    };
    items.set("key", '{"access":"old","expiresAt":1,"refresh":"used"}');
    const tokens = keepTokens(full, "key");
    await tokens.keep(reply, 1);
    expect(await tokens.read()).toMatchObject({ access: "a1" });
    expect(items.size).toBe(0);
  });

  it("stay in memory where every access to the storage is forbidden", async () => {
    const forbid = (): never => {
      throw new Error("SecurityError");
    };
    const tokens = keepTokens({ getItem: forbid, setItem: forbid, removeItem: forbid }, "key");
    expect(await tokens.read()).toBeNull();
    await tokens.keep(reply, 1);
    expect(await tokens.read()).toMatchObject({ access: "a1" });
    await tokens.clear();
    expect(await tokens.read()).toBeNull();
  });

  it("can be used while a slow storage still writes them", async () => {
    const { storage, letGo, items } = slow();
    const tokens = keepTokens(storage, "key");
    const kept = tokens.keep(reply, 1);
    expect(await tokens.read()).toMatchObject({ access: "a1" });
    letGo();
    await kept;
    expect(items.size).toBe(1);
    expect(await tokens.read()).toMatchObject({ access: "a1" });
  });

  it("that are cleared while a slow storage writes them do not come back", async () => {
    const { storage, letGo, items } = slow();
    const tokens = keepTokens(storage, "key");
    const kept = tokens.keep(reply, 1);
    const cleared = tokens.clear();
    letGo();
    await Promise.all([kept, cleared]);
    expect([items.size, await tokens.read()]).toEqual([0, null]);
  });

  it("that are older than those that are there change nothing, unless the clock was set back", async () => {
    const storage = recording();
    const [one, other] = [keepTokens(storage, "key"), keepTokens(storage, "key")];
    const now = Date.now();
    await one.keep({ ...reply, refreshToken: "r2" }, now - 10);
    await other.keep(reply, now - 20);
    for (const tokens of [one, other]) expect(await tokens.read()).toMatchObject({ refresh: "r2" });
    await one.keep({ ...reply, refreshToken: "r3" }, now + 3_600_000);
    await other.keep({ ...reply, refreshToken: "r4" }, now);
    for (const tokens of [one, other]) expect(await tokens.read()).toMatchObject({ refresh: "r4" });
  });
});
