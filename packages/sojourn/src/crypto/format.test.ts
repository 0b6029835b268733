import { describe, expect, it } from "vitest";
import { checkTokenLength, isCanonicalBase64url, isCompactJws, longestToken, parseJson } from "./format.ts";

describe("the form of a token", () => {
  it("is three segments of base64url and no more than it may be long", () => {
    expect(isCompactJws("aa.bb.cc")).toBe(true);
    expect(isCompactJws(`aa.bb.${"c".repeat(longestToken - 6)}`)).toBe(true);
    expect(isCompactJws(`aa.bb.${"c".repeat(longestToken - 5)}`)).toBe(false);
    const others = [
      "",
      "aa.bb",
      "aa.bb.",
      ".bb.cc",
      "aa..cc",
      "aa.bb.cc.dd",
      "aa.bb.cc=",
      "aa.b+b.cc",
      "aa.bb.cc\n",
      "a\u0101.bb.cc",
    ];
    for (const text of others) expect(isCompactJws(text), text).toBe(false);
  });

  it("is checked on the way out as on the way in", () => {
    const longest = "a".repeat(longestToken);
    expect(checkTokenLength(longest)).toBe(longest);
    expect(() => checkTokenLength(`${longest}a`)).toThrow(
      expect.objectContaining({ code: "token_too_large" }),
    );
  });
});

describe("the one spelling of bytes in base64url", () => {
  it("has no padding, no foreign character and no unused bit", () => {
    for (const text of ["", "AA", "AAA", "AAAA", "-_-_"]) expect(isCanonicalBase64url(text), text).toBe(true);
    for (const text of ["A", "AA==", "AB", "AAB", "AA A", "AA\n", "++//", "A=A", "AA\u0141A"]) {
      expect(isCanonicalBase64url(text), text).toBe(false);
    }
  });
});

describe("JSON", () => {
  it("is read, and anything else is null", () => {
    expect(parseJson('{"a":[1,null]}')).toEqual({ a: [1, null] });
    for (const text of ["", "{", "undefined", "{'a':1}", "1 2"]) expect(parseJson(text), text).toBeNull();
  });
});
