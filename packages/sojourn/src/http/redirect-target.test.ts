import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSojournError } from "../domain/errors.ts";
import { redirectTarget } from "./redirect-target.ts";

const origin = "https://app.example";
const friend = "https://www.friend.example";

/** Where the browser would go, or null if the target is refused. */
function destination(wanted: string, allowedOrigins: readonly string[] = []): URL | null {
  try {
    return new URL(redirectTarget(wanted, { origin, allowedOrigins }), `${origin}/auth/sign-in/password`);
  } catch (error) {
    if (isSojournError(error, "invalid_redirect")) return null;
    throw error;
  }
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
    ["/%2F%2Fevil.example", "/%2F%2Fevil.example"],
    ["/%5Cevil.example", "/%5Cevil.example"],
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

/** What open redirects are tried with, from public lists. */
const hosts = [
  "evil.example",
  "evil.example/",
  "evil.example/%2F..",
  "evil.example:443",
  "0x7f.1",
  "[::1]",
  "evil。example",
];
const forms = [
  "//H",
  "///H",
  "////H",
  "/////H",
  "https://H",
  "http://H",
  "HtTpS://H",
  "https:///H",
  "https:////H",
  "http:H",
  "ftp://H",
  "ws://H",
  "wss://H",
  "blob:https://H",
  "/\\H",
  "\\/H",
  "\\\\H",
  "\\/\\/H",
  "/\\/H",
  "/\t/H",
  "/\n/H",
  "/\r/H",
  "/\r\n/H",
  "\t//H",
  " //H",
  "//H\t",
  "\u0000//H",
  "\u0001//H",
  "\u000b//H",
  "\u001f//H",
  "\u007f//H",
  "ht\ntps://H",
  "https:/\t/H",
  "/.//H",
  "/..//H",
  "/././/H",
  "/a/..//H",
  "/%2e//H",
  "/%2e%2e//H",
  "/.%2e/%2E//H",
  ".//H",
  "..//H",
  "x/..//H",
  "//user@H",
  "//app.example@H",
  "https://app.example@H",
  "https://app.example:pass@H",
  "https://app.example%40H",
  "https://H?app.example",
  "https://H#app.example",
  "https://H\\app.example",
  "https://app.example.H",
  "https://app.exampleH",
  "//app.example.H",
  "https://H@app.example/",
  "https://u:p@app.example/",
  "/redirect\r\nLocation: https://H",
  "/%0d%0aLocation:%20https://H\n",
];
const schemes = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "\u0001javascript:alert(1)",
  "javascript://app.example/%0aalert(1)",
  "javascript:https://app.example",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "file:///etc/passwd",
  "about:blank",
  "blob:https://app.example/uuid",
  "mailto:x@evil.example",
  "app.example:443/x",
  "http://app.example/",
  "https://app.example:8443/",
  "https://",
  "https://[",
  "https://app.example:99999",
  "//",
  "///",
];
const payloads = [...schemes, ...forms.flatMap((form) => hosts.map((host) => form.replace("H", host)))];

describe("a target that would leave this site", () => {
  it(`is refused, or stays here after all: ${payloads.length} payloads`, () => {
    expect(payloads.length).toBeGreaterThan(400);
    for (const payload of payloads) {
      for (const wanted of [
        payload,
        encodeURI(payload.replace(/[\ud800-\udfff]/g, "")),
        payload.toUpperCase(),
      ]) {
        const url = destination(wanted);
        if (url !== null) expect(url.origin, JSON.stringify(wanted)).toBe(origin);
      }
    }
  });

  it.each(
    [...schemes, ...forms.map((form) => form.replace("H", "evil.example"))].filter(
      (one) => !/^(https:\/\/app\.example%40|\/%0d)/.test(one),
    ),
  )("is refused: %j", (wanted) => {
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
        const url = destination(parts.join(""));
        expect(url === null || url.origin === origin).toBe(true);
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
