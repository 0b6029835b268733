import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cookieNames, type CookieReading, everyCookie, mentionsCookie, readCookie } from "./cookie-header.ts";

const one = (value: string): CookieReading => ({ found: "one", value });
const none: CookieReading = { found: "none" };
const several: CookieReading = { found: "several" };

describe("a cookie in a header", () => {
  it.each<[string, CookieReading]>([
    ["sid=abc", one("abc")],
    ["sid=abc; other=1", one("abc")],
    ["other=1; sid=abc", one("abc")],
    ["other=1;sid=abc", one("abc")],
    ["other=1;   sid=abc", one("abc")],
    ["other=1;\tsid=abc", one("abc")],
    ["  sid=abc  ", one("abc")],
    ["sid=abc ; other=1", one("abc")],
    ["sid=", one("")],
    ["sid=; other=1", one("")],
    ["sid=a=b==; other=1", one("a=b==")],
    ['sid="abc"', one('"abc"')],
    ["sid=abc;", one("abc")],
    [";;; sid=abc ;;;", one("abc")],
  ])("is found in %j", (header, reading) => {
    expect(readCookie(header, "sid")).toEqual(reading);
  });

  it.each([
    "",
    " ",
    ";",
    "=",
    "==",
    "=sid",
    "sid",
    "sid; other=1",
    "sid =abc",
    "SID=abc",
    "not-sid=abc",
    "xsid=abc",
    "sidx=abc",
    "sid-refresh=abc",
    "sid.0=abc",
    "__Host-sid=abc",
    "a=sid=abc",
    "a=b sid=abc",
    "a=b,sid=abc",
    "a=b\u00a0sid=abc",
    "$Version=1",
  ])("is not found in %j", (header) => {
    expect(readCookie(header, "sid")).toEqual(none);
  });

  it.each([
    "sid=evil; sid=good",
    "sid=same; sid=same",
    "sid=; sid=good",
    "sid=good; sid=",
    "a=1; sid=evil; b=2; sid=good; c=3",
    "sid=1;sid=2;sid=3",
    "sid=1;\t sid=2",
  ])("that stands there more than once is nobody's, as in %j", (header) => {
    expect(readCookie(header, "sid")).toEqual(several);
  });

  it("is not mistaken for one whose name ends or begins like it, on either side", () => {
    expect(readCookie("my-sid=1; sid=2; sid-refresh=3", "sid")).toEqual(one("2"));
    expect(readCookie("sid-refresh=3; my-sid=1; sid=2", "sid")).toEqual(one("2"));
    expect(readCookie("my-sid=1; sid-refresh=3", "sid")).toEqual(none);
  });

  it("is not found in the value of another, however that is made up", () => {
    expect(readCookie("a=;sid=x", "sid")).toEqual(one("x"));
    expect(readCookie('a=" sid=x"', "sid")).toEqual(none);
    expect(readCookie("a=1 ;sid=x", "sid")).toEqual(one("x"));
  });
});

const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/);
const value = fc.stringMatching(/^[!#-+\--:<-[\]-~]{0,20}$/);
const jar = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 8 });
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code)),
});
const separator = fc.constantFrom(";", "; ", " ;  ", ";\t");

describe("a header as any browser makes it", () => {
  it("gives back each cookie it was made of, and no other", () => {
    fc.assert(
      fc.property(jar, separator, name, (cookies, between, other) => {
        const header = cookies.map(([key, text]) => `${key}=${text}`).join(between);
        for (const [key, text] of cookies) expect(readCookie(header, key)).toEqual(one(text));
        const held = cookies.find(([key]) => key === other);
        expect(readCookie(header, other)).toEqual(held === undefined ? none : one(held[1]));
        expect(mentionsCookie(header, [other])).toBe(held !== undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it("with one cookie planted a second time gives that one to nobody", () => {
    fc.assert(
      fc.property(jar, fc.nat(), value, (cookies, pick, planted) => {
        fc.pre(cookies.length > 0);
        const [key] = cookies[pick % cookies.length] as [string, string];
        const header = [...cookies, [key, planted]].map((pair) => pair.join("=")).join("; ");
        expect(readCookie(header, key)).toEqual(several);
        expect(mentionsCookie(header, [key])).toBe(true);
      }),
    );
  });

  it("never makes reading throw, whatever it holds", () => {
    fc.assert(
      fc.property(anyText, name, (header, key) => {
        expect(["none", "one", "several"]).toContain(readCookie(header, key).found);
        expect(Array.isArray(cookieNames(header, key))).toBe(true);
      }),
    );
  });
});

describe("the names in a header", () => {
  it("are those with the prefix, in order and as often as they stand there", () => {
    const header = "sid.1=b; sid=a; other=1; sid.0=c; sid=a; SID=x; =y; ; sidecar";
    expect(cookieNames(header, "sid")).toEqual(["sid.1", "sid", "sid.0", "sid", "sidecar"]);
  });

  it("are none in an empty header", () => {
    expect(cookieNames("", "sid")).toEqual([]);
  });
});

describe("every value of a name", () => {
  it("is there once, in order, and nobody else's", () => {
    expect(everyCookie("sid=a; other=1; sid=b ;sid=a; sid=; xsid=c; sid-refresh=d; sid=e", "sid")).toEqual([
      "a",
      "b",
      "",
      "e",
    ]);
    expect(everyCookie("other=1", "sid")).toEqual([]);
    expect(everyCookie("", "sid")).toEqual([]);
  });

  it("agrees with reading one", () => {
    const pairs = fc.array(fc.tuple(fc.constantFrom("sid", "sid.0", "x"), fc.stringMatching(/^[a-z]{0,3}$/)));
    fc.assert(
      fc.property(pairs, (given) => {
        const header = given.map((pair) => pair.join("=")).join("; ");
        const values = everyCookie(header, "sid");
        const reading = readCookie(header, "sid");
        if (reading.found === "one") expect(values).toEqual([reading.value]);
        else expect(values.length > 0).toBe(reading.found === "several");
      }),
    );
  });
});

describe("mentioning", () => {
  it("is true for any of the names", () => {
    expect(mentionsCookie("a=1; b=2", ["x", "b"])).toBe(true);
    expect(mentionsCookie("a=1; b=2", ["x", "y"])).toBe(false);
    expect(mentionsCookie("a=1", [])).toBe(false);
    expect(mentionsCookie("ab=1", ["b"])).toBe(false);
  });
});

describe("reading", () => {
  it("takes no time on a header full of near misses", () => {
    const header = "sid".repeat(5000) + ";sid ".repeat(1000);
    const begun = performance.now();
    readCookie(header, "sid");
    expect(performance.now() - begun).toBeLessThan(250);
  });

  it("takes no time on a header full of white space before the name", () => {
    const header = `a${" ".repeat(16_000)}sid=x`;
    const begun = performance.now();
    expect(readCookie(header, "sid")).toEqual(none);
    expect(performance.now() - begun).toBeLessThan(250);
  });
});
