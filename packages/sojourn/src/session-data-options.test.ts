import { describe, expect, it } from "vitest";
import { createAuth } from "./create-auth.ts";
import type { DataDeclarations, DataValidator } from "./domain/data-schema.ts";
import { testSecret as secret } from "./http/http-test-kit.fixture.ts";
import { memory } from "./stores/memory/index.ts";

const make = (data: unknown, flash?: unknown): unknown =>
  createAuth({
    secret,
    store: memory(),
    session: {
      data: data as DataDeclarations,
      ...(flash === undefined ? {} : { flash: flash as DataValidator }),
    },
  });
const manyKeys = (count: number): unknown =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, String]));

describe("session.data", () => {
  it.each([
    ["no schema", { theme: "dark" }],
    ["null", { theme: null }],
    ["an object without a schema", { theme: { expose: true } }],
    ["a misspelt option", { theme: { schema: String, exposed: true } }],
    ["an expose that is neither true nor false", { theme: { schema: String, expose: "yes" } }],
    ["room for nothing", { theme: { schema: String, maxBytes: 0 } }],
    ["room for more than a session has", { theme: { schema: String, maxBytes: 32_769 } }],
    ["another version of Standard Schema", { theme: { "~standard": { version: 2, validate: String } } }],
    ["a key with a space", { "a b": String }],
    ["a key that every object has", JSON.parse('{"__proto__":1}')],
    ["a key of flash messages", { "flash/1": String }],
    ["more keys than may be", manyKeys(65)],
  ])("with %s is refused at the start, by name", (_what, data) => {
    expect(() => make(data)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(/^session\.data/) }),
    );
  });

  it("takes schemas, functions, both with options, and 64 keys", () => {
    const standard = {
      "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) },
    };
    // arktype's schemas are functions as well.
    const both = Object.assign(() => "", standard);
    const data = { standard, both, fn: String, options: { schema: both, expose: true, maxBytes: 32_768 } };
    expect(() => make(data)).not.toThrow();
    expect(() => make(manyKeys(64))).not.toThrow();
  });
});

describe("session.flash", () => {
  it("must be a schema or a function", () => {
    expect(() => make({}, { schema: String })).toThrow("session.flash must be a schema or a function.");
    expect(() => make({}, String)).not.toThrow();
  });
});

describe("data where sessions are only in tokens", () => {
  const tokens = [
    ["no store", {}],
    ["revocations: none", { store: memory(), strategy: "stateless", revocations: "none" }],
  ] as const;

  it.each(tokens)("is refused at the start with %s", (_what, options) => {
    for (const session of [{ data: { theme: String } }, { flash: String }]) {
      expect(() => createAuth({ secret, ...options, session })).toThrow(
        expect.objectContaining({ code: "config_store_required" }),
      );
    }
  });

  it.each(tokens)(
    "is refused when it is used, where nothing was declared, with %s",
    async (_what, options) => {
      const auth = createAuth({ secret, ...options });
      const refused = expect.objectContaining({ code: "strategy_unsupported" });
      const request = new Request("http://localhost/");
      await expect(auth.data.set(request, "theme", "dark")).rejects.toEqual(refused);
      await expect(auth.flash.take(request)).rejects.toEqual(refused);
      await expect(auth.sessions.getData("sid", "theme")).rejects.toEqual(refused);
    },
  );
});
