import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSojournError } from "../domain/errors.ts";
import { destinations, hostileTargets, refusedTargets } from "./hostile-targets.fixture.ts";
import { redirectTarget } from "./redirect-target.ts";

const origin = "https://app.example";
const friend = "https://www.friend.example";

/** The Location, or null if the target is refused. */
function redirectOf(wanted: string, allowedOrigins: readonly string[] = []): string | null {
  try {
    return redirectTarget(wanted, { origin, allowedOrigins });
  } catch (error) {
    if (isSojournError(error, "invalid_redirect")) return null;
    throw error;
  }
}

/** Where the browser would go, or null if the target is refused. */
function destination(wanted: string, allowedOrigins: readonly string[] = []): URL | null {
  const location = redirectOf(wanted, allowedOrigins);
  return location === null ? null : new URL(location, `${origin}/auth/sign-in/password`);
}

describe("a target on this site", () => {
  it.each([
    ["/", "/"],
    ["/dashboard", "/dashboard"],
    ["/a/b/c.html", "/a/b/c.html"],
    ["/search?q=1&r=%2F%2Fevil.example#top", "/search?q=1&r=%2F%2Fevil.example#top"],
    ["/next?url=https://evil.example", "/next?url=https://evil.example"],
    ["dashboard", "/dashboard"],
    ["?tab=1", "/?tab=1"],
    ["#top", "/#top"],
    ["/a/../b", "/b"],
    ["/../../..", "/"],
    ["/ä/é", "/%C3%A4/%C3%A9"],
    ["/a%20b", "/a%20b"],
    ["/files/a%2Fb%5Cc", "/files/a%2Fb%5Cc"],
    ["/files/100%25", "/files/100%25"],
    ["/files/100%", "/files/100%"],
    ["/files/%2525", "/files/%2525"],
    ["/to/https%3A%2F%2Fevil.example", "/to/https%3A%2F%2Fevil.example"],
    ["/to//evil.example", "/to//evil.example"],
    ["/?next=%2F%2Fevil.example%0D%0A", "/?next=%2F%2Fevil.example%0D%0A"],
    ["/?next=%252525252525252F", "/?next=%252525252525252F"],
    ["/@evil.example", "/@evil.example"],
    ["https://app.example", "/"],
    ["https://app.example/welcome?x=1", "/welcome?x=1"],
    ["https://APP.example:443/welcome", "/welcome"],
    // For a parser that knows the base, a scheme without slashes is a relative path.
    ["https:dashboard", "/dashboard"],
  ])("%j is the path %j", (wanted, path) => {
    expect(redirectTarget(wanted, { origin, allowedOrigins: [] })).toBe(path);
  });
});

describe("CS-08: a target that would leave this site", () => {
  it(`is refused, or stays here after all: ${hostileTargets.length} spellings`, () => {
    expect(hostileTargets.length).toBeGreaterThan(2000);
    for (const target of hostileTargets) {
      for (const wanted of [
        target,
        encodeURI(target.replace(/[\ud800-\udfff]/g, "")),
        target.toUpperCase(),
      ]) {
        const location = redirectOf(wanted);
        if (location === null) continue;
        for (const one of destinations(location, origin)) expect(one, JSON.stringify(wanted)).toBe(origin);
      }
    }
  });

  it.each(refusedTargets)("is refused: %j", (wanted) => {
    expect(destination(wanted)).toBe(null);
  });

  it("never leaves, whatever the target is made of", () => {
    const pieces = [
      "/",
      "\\",
      "//",
      ":",
      "@",
      ".",
      "..",
      "%2f",
      "%5c",
      "%252f",
      "%255c",
      "%2e",
      "%0a",
      "%25",
      "%",
      "?",
      "#",
      "\t",
      "\n",
      " ",
      "https",
      "javascript",
      "evil.example",
      "app.example",
      "ａ",
      "／",
      "。",
      "\ufeff",
      "\u00a0",
      "\u2028",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), (parts) => {
        const location = redirectOf(parts.join(""));
        for (const one of location === null ? [] : destinations(location, origin)) expect(one).toBe(origin);
      }),
      { numRuns: 5000 },
    );
  });

  it("gives only what a header can hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        for (const wanted of [`/${text}`, `/a?${text}`, `/a#${text}`]) {
          let target = "/";
          try {
            target = redirectTarget(wanted, { origin, allowedOrigins: [] });
          } catch {
            continue;
          }
          expect(target).toMatch(/^\/[\u0021-\u007e]*$/);
        }
      }),
    );
  });
});

describe("an allowed origin", () => {
  it("may be a target, as an absolute URL", () => {
    expect(destination(`${friend}/welcome?x=1#y`, [friend])?.href).toBe(`${friend}/welcome?x=1#y`);
    expect(destination("//www.friend.example/welcome", [friend])?.href).toBe(`${friend}/welcome`);
  });

  it.each([
    "https://friend.example/",
    "https://x.www.friend.example/",
    "https://www.friend.example.evil/",
    "http://www.friend.example/",
    "https://www.friend.example:8443/",
    "https://user@www.friend.example/",
    "https://www.friend.example\\@evil.example/",
    "https://evil.example/https://www.friend.example",
  ])("is not %j", (wanted) => {
    expect(destination(wanted, [friend])).toBe(null);
  });

  it("that is opaque allows nothing", () => {
    for (const wanted of ["javascript:alert(1)", "data:text/html,x", "about:blank"]) {
      expect(destination(wanted, ["null"])).toBe(null);
    }
  });
});
