import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSojournError } from "../domain/errors.ts";
import { createSite } from "./http-test-kit.fixture.ts";
import { dataStores, requestOf } from "./session-data.fixture.ts";

/** Any JSON, as it comes back from JSON. */
const json = fc.json({ maxDepth: 4 }).map((text): unknown => JSON.parse(JSON.stringify(JSON.parse(text))));
const key = fc.constantFrom("a", "b", "c.d", "0");
const badKey = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "flash/1", "", "a b", '"', "$.a", "é"),
  fc.string({ minLength: 65 }),
);
const step = fc.oneof(
  fc.record({ do: fc.constant("set" as const), key, value: json }),
  fc.record({ do: fc.constantFrom("get" as const, "take" as const, "delete" as const), key }),
);

describe.each(dataStores)("session data in %s", (_name, makeStore) => {
  it("is what was set last, whatever is set, taken and removed", async () => {
    const site = createSite("stateful", { accounts: makeStore() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { data } = site.auth;
        const browser = site.browser();
        await browser.post("/sign-in/anonymous");
        const request = requestOf(browser);
        const model = new Map<string, unknown>();
        for (const one of steps) {
          if (one.do === "set") {
            await data.set(request, one.key, one.value);
            model.set(one.key, one.value);
          } else if (one.do === "get") expect(await data.get(request, one.key)).toEqual(model.get(one.key));
          else {
            if (one.do === "take") expect(await data.take(request, one.key)).toEqual(model.get(one.key));
            else await data.delete(request, one.key);
            model.delete(one.key);
          }
        }
        expect(await data.all(request)).toEqual(Object.fromEntries(model));
      }),
      { numRuns: 40 },
    );
  });

  it("takes no key and no value that would not come back, and says so by its code", async () => {
    const { auth, signedUp } = createSite("stateful", { accounts: makeStore() });
    const request = requestOf(await signedUp());
    await fc.assert(
      fc.asyncProperty(fc.oneof(key, badKey), fc.anything(), async (name, value) => {
        try {
          await auth.data.set(request, name, value);
          expect(await auth.data.get(request, name)).toEqual(JSON.parse(JSON.stringify(value)));
        } catch (error) {
          const known = isSojournError(error, "invalid_input") || isSojournError(error, "data_too_large");
          if (!known) throw error;
        }
      }),
      { numRuns: 200 },
    );
    expect(Object.keys(await auth.data.all(request)).every((name) => /^[a-d0.]+$/.test(name))).toBe(true);
  });
});
