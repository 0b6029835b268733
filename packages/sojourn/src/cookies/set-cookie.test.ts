import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkCookieNameAndAttributes,
  type CookieAttributes,
  expireCookie,
  longestPair,
  serializeCookie,
} from "./set-cookie.ts";

const anyUnit = fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code));
const host: CookieAttributes = {
  path: "/",
  domain: null,
  secure: true,
  httpOnly: true,
  sameSite: "lax",
  partitioned: false,
};

describe("a Set-Cookie value", () => {
  it("names every attribute of the strongest cookie", () => {
    expect(serializeCookie("__Host-Http-sojourn", "abc", host, null)).toBe(
      "__Host-Http-sojourn=abc; Path=/; HttpOnly; Secure; SameSite=Lax",
    );
  });

  it.each<[string, Partial<CookieAttributes>, number | null, string]>([
    [
      "a cookie of sub-domains",
      { domain: "example.com" },
      null,
      "Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax",
    ],
    ["a path", { path: "/app" }, null, "Path=/app; HttpOnly; Secure; SameSite=Lax"],
    ["plain HTTP", { secure: false }, null, "Path=/; HttpOnly; SameSite=Lax"],
    ["a cookie that scripts may read", { httpOnly: false }, null, "Path=/; Secure; SameSite=Lax"],
    ["SameSite=Strict", { sameSite: "strict" }, null, "Path=/; HttpOnly; Secure; SameSite=Strict"],
    [
      "an iframe",
      { sameSite: "none", partitioned: true },
      null,
      "Path=/; HttpOnly; Secure; SameSite=None; Partitioned",
    ],
    ["a life", {}, 3600, "Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600"],
    ["a fraction of a second", {}, 0.9, "Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0"],
    ["a life that is over", {}, -5, "Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0"],
  ])("for %s says so", (_what, changes, maxAge, attributes) => {
    expect(serializeCookie("sid", "abc", { ...host, ...changes }, maxAge)).toBe(`sid=abc; ${attributes}`);
  });

  it("always says SameSite, so that no browser's default decides", () => {
    for (const sameSite of ["strict", "lax", "none"] as const) {
      expect(serializeCookie("sid", "abc", { ...host, sameSite }, null)).toMatch(
        /; SameSite=(Strict|Lax|None)/,
      );
    }
  });

  it("holds 4096 bytes of name and value, and not one more", () => {
    const value = "v".repeat(longestPair - 3);
    expect(serializeCookie("sid", value, host, null)).toContain(`sid=${value};`);
    expect(() => serializeCookie("sid", `${value}v`, host, null)).toThrow(
      expect.objectContaining({ code: "cookie_too_large" }),
    );
  });

  it("tells of a value that is too long without repeating it", () => {
    const secret = "s3cr3t".repeat(1000);
    const run = (): string => serializeCookie("sid", secret, host, null);
    expect(run).toThrow(/The cookie sid has 6003 bytes/);
    expect(run).not.toThrow(/s3cr3t/);
  });

  const control = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
  it.each([...control, "\u007f", " ", '"', ",", ";", "\\", "ä", "€", "\u2028", "💣", "\ud800"])(
    "with %j in its content is refused",
    (wrong) => {
      for (const content of [wrong, `a${wrong}`, `${wrong}b`, `a${wrong}b`]) {
        expect(() => serializeCookie("sid", content, host, null)).toThrow(/characters that are not allowed/);
      }
    },
  );

  it.each([
    "x\r\nSet-Cookie: admin=1",
    "x; Domain=evil.example",
    "x\nLocation: https://evil.example",
    "x;HttpOnly=false",
    "%0d%0a\u0000",
  ])("is never made of the injection %j", (content) => {
    expect(() => serializeCookie("sid", content, host, null)).toThrow(
      expect.objectContaining({ code: "internal" }),
    );
  });

  it("gives back its content and nothing else, or is not made", () => {
    const anything = fc.oneof(
      fc.string({ unit: anyUnit, maxLength: 60 }),
      fc.stringMatching(/^[!-~]{0,60}$/),
    );
    fc.assert(
      fc.property(anything, fc.option(fc.integer({ min: 0, max: 34_560_000 })), (content, maxAge) => {
        let made: string;
        try {
          made = serializeCookie("sid", content, host, maxAge);
        } catch {
          expect(content).toMatch(/[^!#-+\--:<-[\]-~]/);
          return;
        }
        const [pair, ...attributes] = made.split("; ");
        expect(pair).toBe(`sid=${content}`);
        const life = maxAge === null ? [] : [`Max-Age=${maxAge}`];
        expect(attributes).toEqual(["Path=/", "HttpOnly", "Secure", "SameSite=Lax", ...life]);
        expect(made).toMatch(/^[\u0020-\u007e]+$/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("removing a cookie", () => {
  it("repeats all that decides which cookie is meant, with no life left", () => {
    const shared: CookieAttributes = {
      ...host,
      domain: "example.com",
      path: "/app",
      sameSite: "none",
      partitioned: true,
    };
    const set = serializeCookie("sid", "abc", shared, 60);
    expect(expireCookie("sid", shared)).toBe(
      set.replace("sid=abc", "sid=").replace("Max-Age=60", "Max-Age=0"),
    );
  });
});

describe("the name and attributes of a cookie", () => {
  it.each<[string, Partial<CookieAttributes>]>([
    ["__Host-Http-sojourn", {}],
    ["__Host-sojourn", {}],
    ["__Secure-sojourn", { domain: "example.com", path: "/app" }],
    ["__Http-sojourn", {}],
    ["sojourn", { secure: false }],
    ["!#$%&'*+-.^_`|~0Aa", {}],
    ["sojourn", { sameSite: "none" }],
    ["sojourn", { domain: ".example.com" }],
  ])("pass as %s with %j", (name, changes) => {
    expect(() => checkCookieNameAndAttributes(name, { ...host, ...changes })).not.toThrow();
  });

  it.each<[string, string, Partial<CookieAttributes>, RegExp]>([
    ["an empty name", "", {}, /cookie\.name/],
    ["a space in the name", "so journ", {}, /cookie\.name/],
    ["a = in the name", "so=journ", {}, /cookie\.name/],
    ["a ; in the name", "so;journ", {}, /cookie\.name/],
    ["a line break in the name", "sojourn\r\n", {}, /cookie\.name/],
    ["a line break behind the name", "sojourn\n", {}, /cookie\.name/],
    ["a name beyond ASCII", "sojoürn", {}, /cookie\.name/],
    ["no path", "s", { path: "" }, /cookie\.path/],
    ["a relative path", "s", { path: "app" }, /cookie\.path/],
    ["a ; in the path", "s", { path: "/;Domain=evil.example" }, /cookie\.path/],
    ["a line break in the path", "s", { path: "/\r\nX: y" }, /cookie\.path/],
    ["a path over 1024 bytes", "s", { path: `/${"a".repeat(1024)}` }, /cookie\.path/],
    ["a ; in the domain", "s", { domain: "example.com;Path=/" }, /cookie\.domain/],
    ["an empty domain", "s", { domain: "" }, /cookie\.domain/],
    ["a domain with a port", "s", { domain: "example.com:80" }, /cookie\.domain/],
    ["a URL for a domain", "s", { domain: "https://example.com" }, /cookie\.domain/],
    ["SameSite=None without Secure", "s", { sameSite: "none", secure: false }, /needs cookie\.secure/],
    ["Partitioned without Secure", "s", { partitioned: true, secure: false }, /needs cookie\.secure/],
    ["__Host- without Secure", "__Host-s", { secure: false }, /needs HTTPS/],
    ["__Secure- without Secure", "__Secure-s", { secure: false }, /needs HTTPS/],
    ["__Http- without Secure", "__Http-s", { secure: false }, /needs HTTPS/],
    ["__Host-Http- without Secure", "__Host-Http-s", { secure: false }, /needs HTTPS/],
    ["__Host- with a domain", "__Host-s", { domain: "example.com" }, /must have path "\/" and no domain/],
    [
      "__Host-Http- with a domain",
      "__Host-Http-s",
      { domain: "example.com" },
      /must have path "\/" and no domain/,
    ],
    ["__Host- with another path", "__Host-s", { path: "/app" }, /must have path "\/" and no domain/],
    // Browsers compare prefixes in any case.
    ["__HOST- with a domain", "__HOST-s", { domain: "example.com" }, /must have path "\/" and no domain/],
    ["__sEcUrE- without Secure", "__sEcUrE-s", { secure: false }, /needs HTTPS/],
  ])("are refused with %s", (_what, name, changes, message) => {
    const check = (): void => checkCookieNameAndAttributes(name, { ...host, ...changes });
    expect(check).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(check).toThrow(message);
  });

  it.each(["Lax", "LAX", "", "no", "__proto__", "toString", null])(
    "are refused with the SameSite %j",
    (sameSite) => {
      const attributes = { ...host, sameSite: sameSite as CookieAttributes["sameSite"] };
      expect(() => checkCookieNameAndAttributes("s", attributes)).toThrow(/cookie\.sameSite must be/);
    },
  );
});
