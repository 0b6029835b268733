import { describe, expect, it } from "vitest";
import { strategies } from "./http-test-kit.fixture.ts";
import { dataSite, dataStores, requestOf, sidOf } from "./session-data.fixture.ts";

const refused = (code: string): unknown => expect.objectContaining({ code });

describe.each(dataStores)("session data in %s", (_name, makeStore) => {
  describe.each(strategies)("with %s sessions", (strategy) => {
    it("is read, set, taken and removed by request and by sid", async () => {
      const { auth, signedUp } = dataSite(strategy, { accounts: makeStore() });
      const ada = await signedUp();
      const [request, sid] = [requestOf(ada), await sidOf(ada)];
      expect(await auth.data.get(request, "theme")).toBe(undefined);
      await auth.data.set(request, "theme", "dark");
      await auth.data.set(sid, "step", 3);
      expect(await auth.data.get(sid, "theme")).toBe("dark");
      expect(await auth.data.all(request)).toEqual({ theme: "dark", step: 3 });
      expect(await auth.data.take(request, "step")).toBe(3);
      expect(await auth.data.take(sid, "step")).toBe(undefined);
      await auth.data.delete(request, "theme");
      await auth.data.delete(sid, "theme");
      expect(await auth.data.all(sid)).toEqual({});
    });

    it("loses nothing when requests set different keys at once", async () => {
      const { auth, signedUp } = dataSite(strategy, { accounts: makeStore() });
      const request = requestOf(await signedUp());
      await Promise.all([
        auth.data.set(request, "theme", "light"),
        auth.data.set(request, "cart", ["book"]),
        auth.data.set(request, "step", 1),
        auth.data.set(request, "secret", "s"),
      ]);
      expect(await auth.data.all(request)).toEqual({ theme: "light", cart: ["book"], step: 1, secret: "s" });
    });

    it("is given to one of fifty who take it at once", async () => {
      const { auth, signedUp } = dataSite(strategy, { accounts: makeStore() });
      const request = requestOf(await signedUp());
      await auth.data.set(request, "step", 7);
      const taken = await Promise.all(Array.from({ length: 50 }, () => auth.data.take(request, "step")));
      expect(taken.filter((value) => value !== undefined)).toEqual([7]);
    });
  });
});

describe("a value that is refused", () => {
  const wrongs: readonly (readonly [what: string, key: string, value: unknown, code: string])[] = [
    ["does not pass a schema", "theme", "blue", "invalid_input"],
    ["does not pass a function", "step", "3", "invalid_input"],
    ["is too large", "secret", "x".repeat(4095), "data_too_large"],
    ["is too large in bytes, if not in letters", "secret", "é".repeat(2048), "data_too_large"],
    ["has a key that is not declared", "colour", "blue", "data_key_unknown"],
    ["has a key that every object has", "__proto__", "blue", "data_key_unknown"],
    ["has a key that every object inherits", "toString", "blue", "data_key_unknown"],
  ];

  it.each(wrongs)("%s, before the store is asked", async (_what, key, value, code) => {
    const { auth, signedUp, outage } = dataSite("stateful");
    const request = requestOf(await signedUp());
    outage.sessions = true;
    await expect(auth.data.set(request, key, value)).rejects.toEqual(refused(code));
    outage.sessions = false;
    expect(await auth.data.all(request)).toEqual({});
  });
});
