import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesFromBase64url, latin1FromBase64url, latin1ToBase64url } from "./base64url.ts";
import { isCanonicalBase64url } from "./format.ts";

describe("base64url without Node", () => {
  it("is spelled as Node spells it, and read back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = latin1ToBase64url(Buffer.from(bytes).toString("latin1"));
        expect(text).toBe(Buffer.from(bytes).toString("base64url"));
        expect(Buffer.from(bytesFromBase64url(text) ?? [])).toEqual(Buffer.from(bytes));
        expect(isCanonicalBase64url(text)).toBe(true);
      }),
    );
  });

  it("is canonical where Node would spell it alike, for any text of its characters", () => {
    const characters = fc.constantFrom(..."ABCDQgwxyz019-_EIMUY=+/ ");
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 12 }), (text) => {
        const alike = Buffer.from(text, "base64url").toString("base64url") === text;
        expect(isCanonicalBase64url(text), text).toBe(alike);
      }),
      { numRuns: 5000 },
    );
  });

  it("is null for what stands for no bytes", () => {
    for (const text of ["A", "AAAAA", "A*", "\u0141AAA"]) {
      expect(latin1FromBase64url(text), text).toBeNull();
      expect(bytesFromBase64url(text), text).toBeNull();
    }
  });
});
