import { describe, expect, it } from "vitest";
import { isSojournError } from "../domain/errors.ts";
import { type GuardSettings, refuseForeignSites } from "./guard.ts";

const own = "https://app.example";
const trusted = "https://www.example";
const settings: GuardSettings = { origin: own, trustedOrigins: [trusted] };

interface Sent {
  readonly method?: string;
  readonly origin?: string | null;
  readonly site?: string | null;
  /** What it carries. Default: a session cookie, which is what makes forging worth while. */
  readonly carries?: "cookie" | "bearer" | "both" | "nothing";
  readonly url?: string;
}

function passes(sent: Sent, of: GuardSettings = settings): boolean {
  const {
    method = "POST",
    origin = null,
    site = null,
    carries = "cookie",
    url = "https://app.example/auth/sign-out",
  } = sent;
  const headers = new Headers();
  if (origin !== null) headers.set("origin", origin);
  if (site !== null) headers.set("sec-fetch-site", site);
  const request = {
    method,
    url: new URL(url),
    header: (name: string) => headers.get(name),
    hasSessionCookie: carries === "cookie" || carries === "both",
    hasBearer: carries === "bearer" || carries === "both",
  };
  try {
    refuseForeignSites(request, of);
    return true;
  } catch (error) {
    if (isSojournError(error, "csrf_refused")) return false;
    throw error;
  }
}

const origins = [null, own, trusted, "https://evil.example", "null"];
const sites = [null, "same-origin", "none", "same-site", "cross-site", "Same-Origin", ""];

/** Rows as `sites`, columns as `origins`: no, own, trusted, evil, opaque. */
const withCookie = `
  no header    | - + + - -
  same-origin  | + + + + +
  none         | + + + + +
  same-site    | - + + - -
  cross-site   | - + + - -
  Same-Origin  | - + + - -
  (empty)      | - + + - -`;
const withNothing = `
  no header    | + + + - -
  same-origin  | + + + + +
  none         | + + + + +
  same-site    | - + + - -
  cross-site   | - + + - -
  Same-Origin  | - + + - -
  (empty)      | - + + - -`;

function matrix(table: string): boolean[][] {
  return table
    .trim()
    .split("\n")
    .map((row) =>
      (row.split("|")[1] ?? "")
        .trim()
        .split(" ")
        .map((cell) => cell === "+"),
    );
}

describe("an unsafe request", () => {
  it.each([
    ["a session cookie", "cookie", withCookie],
    ["nothing, such as a sign-in", "nothing", withNothing],
  ] as const)(
    "that carries %s passes as the matrix of Sec-Fetch-Site and Origin says",
    (_what, carries, table) => {
      const found = sites.map((site) => origins.map((origin) => passes({ site, origin, carries })));
      expect(found).toEqual(matrix(table));
    },
  );

  it("that carries a bearer token passes from anywhere: no page can make a browser add one", () => {
    for (const site of sites)
      for (const origin of origins) expect(passes({ site, origin, carries: "bearer" })).toBe(true);
  });

  it("is judged by its cookie if it carries a bearer token beside it", () => {
    const found = sites.map((site) => origins.map((origin) => passes({ site, origin, carries: "both" })));
    expect(found).toEqual(matrix(withCookie));
  });

  it.each(["POST", "PUT", "PATCH", "DELETE", "post", "PROPFIND", "X"])(
    "is one with the method %s",
    (method) => {
      expect(passes({ method, site: "cross-site" })).toBe(false);
    },
  );

  it.each(["GET", "HEAD", "OPTIONS"])("is none with the method %s, which changes nothing", (method) => {
    expect(passes({ method, site: "cross-site", origin: "https://evil.example" })).toBe(true);
  });
});

describe("an origin", () => {
  it.each([
    "https://app.example.evil.example",
    "https://evil-app.example",
    "https://app.example:8443",
    "http://app.example",
    "https://sub.app.example",
    "https://app.example/",
    "https://APP.example",
    "app.example",
    "https://app.example, https://evil.example",
    "https://www.example.evil",
    "",
  ])("%j is another one", (origin) => {
    expect(passes({ origin })).toBe(false);
  });

  it("is the request's own where none is configured", () => {
    const unset: GuardSettings = { origin: null, trustedOrigins: [] };
    const url = "http://localhost:3000/auth/sign-out";
    expect(passes({ origin: "http://localhost:3000", url }, unset)).toBe(true);
    expect(passes({ origin: "http://localhost:3001", url }, unset)).toBe(false);
    expect(passes({ origin: "https://localhost:3000", url }, unset)).toBe(false);
  });

  it("is the configured one, whatever Host the request was sent to", () => {
    const url = "https://evil.example/auth/sign-out";
    expect(passes({ origin: "https://evil.example", url })).toBe(false);
    expect(passes({ origin: own, url })).toBe(true);
  });
});

describe("a refusal", () => {
  it("says what to do, and repeats nothing of the request", () => {
    const headers = new Headers({ origin: "https://evil.example/<script>" });
    const request = {
      method: "POST",
      url: new URL(own),
      header: (name: string) => headers.get(name),
      hasSessionCookie: true,
      hasBearer: false,
    };
    const refuse = (): void => refuseForeignSites(request, settings);
    expect(refuse).toThrow(/Send it from https:\/\/app\.example, or list the origin in trustedOrigins/);
    expect(refuse).not.toThrow(/evil/);
  });
});
