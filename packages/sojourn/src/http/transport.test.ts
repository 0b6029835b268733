import { describe, expect, it } from "vitest";
import { type CookieOptions, resolveCookies } from "../cookies/cookie-options.ts";
import { createKeyRing } from "../crypto/key-ring.ts";
import { createSealer } from "../crypto/seal.ts";
import type { Transport } from "../domain/session.ts";
import type { Credentials } from "../strategies/verification.ts";
import { CredentialTransport, type Reading } from "./transport.ts";

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
const now = Date.UTC(2030, 0, 1);
const name = "__Host-Http-sojourn";
const credentials: Credentials = {
  access: "s1.access",
  accessExpiresAt: now + 60_000,
  refresh: null,
  expiresAt: now + 30 * 86_400_000,
};
const withRefresh: Credentials = { ...credentials, refresh: "r1.refresh" };

interface Setting {
  readonly cookie?: CookieOptions;
  readonly transports?: readonly Transport[];
  readonly hasRefresh?: boolean;
}

/** Without the hint, which has a test of its own. */
function transportOf({
  cookie = { hint: false },
  transports = ["cookie"],
  hasRefresh = false,
}: Setting = {}): CredentialTransport {
  const cookies = resolveCookies(cookie, new URL("https://app.example"));
  const sealer = cookies.encrypt ? createSealer(createKeyRing([secret])) : null;
  return new CredentialTransport({ cookies, transports, hasRefresh, sealer });
}

function presented(
  access: string | null,
  refresh: string | null,
  transport: Transport = "cookie",
  mixed = false,
): Reading {
  return { kind: "presented", presented: { transport, access, refresh, userAgent: null }, mixed };
}

describe("reading a request", () => {
  it("takes the session cookie, and the refresh cookie where there is one", () => {
    const cookie = `a=1; ${name}=x; ${name}-refresh=y`;
    expect(transportOf().read({ cookie })).toEqual(presented("x", null));
    expect(transportOf({ hasRefresh: true }).read({ cookie })).toEqual(presented("x", "y"));
    expect(transportOf({ hasRefresh: true }).read({ cookie: `${name}-refresh=y` })).toEqual(
      presented(null, "y"),
    );
  });

  it.each([
    undefined,
    null,
    "",
    "a=1",
    `sojourn=x`,
    `__Host-sojourn=x`,
    `__host-http-sojourn=x`,
    `my${name}=x`,
  ])("finds nothing in the cookies %j", (cookie) => {
    expect(transportOf({ hasRefresh: true }).read({ cookie })).toEqual(presented(null, null));
  });

  it("takes a bearer token where that is enabled, in any case of the scheme", () => {
    const header = transportOf({ transports: ["cookie", "header"] });
    for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer  "]) {
      expect(header.read({ authorization: `${scheme} x` })).toEqual(presented("x", null, "header"));
    }
  });

  it.each([
    "",
    "Bearer",
    "Bearer ",
    "Basic eDp5",
    "x",
    "Bearer a b",
    "Bearer a, Bearer b",
    "Bearer a,b",
    "BearerX a",
    " Bearer a",
    "Bearer\ta",
    "Token a",
  ])("takes no token from the Authorization %j, and the cookie decides", (authorization) => {
    const header = transportOf({ transports: ["cookie", "header"] });
    expect(header.read({ authorization, cookie: `${name}=x` })).toEqual(presented("x", null));
  });

  it("ignores a bearer token where that is not enabled", () => {
    expect(transportOf().read({ authorization: "Bearer x" })).toEqual(presented(null, null));
    expect(transportOf().read({ authorization: "Bearer x", cookie: `${name}=y` })).toEqual(
      presented("y", null),
    );
  });

  it("ignores cookies where those are not enabled", () => {
    const header = transportOf({ transports: ["header"], hasRefresh: true });
    expect(header.read({ cookie: `${name}=x; ${name}-refresh=y` })).toEqual(presented(null, null));
    expect(header.read({ cookie: `${name}=x`, authorization: "Bearer z" })).toEqual(
      presented("z", null, "header"),
    );
  });

  it("lets the bearer token decide alone where both are there, and says so", () => {
    const both = transportOf({ transports: ["cookie", "header"], hasRefresh: true });
    expect(both.read({ authorization: "Bearer z", cookie: `${name}=x` })).toEqual(
      presented("z", null, "header", true),
    );
    expect(both.read({ authorization: "Bearer z", cookie: `${name}-refresh=y` })).toEqual(
      presented("z", null, "header", true),
    );
    expect(both.read({ authorization: "Bearer z", cookie: "other=1" })).toEqual(
      presented("z", null, "header"),
    );
  });

  it("gives nobody a cookie that stands there twice", () => {
    const hybrid = transportOf({ hasRefresh: true });
    expect(hybrid.read({ cookie: `${name}=x; ${name}=y` })).toEqual({ kind: "duplicate", name });
    expect(hybrid.read({ cookie: `${name}=x; ${name}-refresh=y; ${name}-refresh=z` })).toEqual({
      kind: "duplicate",
      name: `${name}-refresh`,
    });
    expect(transportOf().read({ cookie: `${name}=x; ${name}-refresh=y; ${name}-refresh=z` })).toEqual(
      presented("x", null),
    );
  });

  it("remembers a user agent as the session keeps it, so that the two can be compared", () => {
    const userAgent = "x".repeat(2000);
    const reading = transportOf().read({ cookie: `${name}=x`, userAgent });
    expect(reading).toMatchObject({ presented: { userAgent: "x".repeat(512) } });
  });
});

describe("writing cookies", () => {
  it("makes cookies that end with the browser, unless it is to remember", () => {
    const attributes = "Path=/; HttpOnly; Secure; SameSite=Lax";
    expect(transportOf().write(credentials, false, now, null)).toEqual([`${name}=s1.access; ${attributes}`]);
    expect(transportOf({ hasRefresh: true }).write(withRefresh, true, now, null)).toEqual([
      `${name}=s1.access; ${attributes}; Max-Age=2592000`,
      `${name}-refresh=r1.refresh; ${attributes}; Max-Age=2592000`,
    ]);
  });

  it("never promises more than the session has left, nor less than nothing", () => {
    const maxAge = (at: number): string | undefined =>
      /Max-Age=(\d+)/.exec(transportOf().write(credentials, true, at, null)[0] ?? "")?.[1];
    expect(maxAge(credentials.expiresAt - 1500)).toBe("2");
    expect(maxAge(credentials.expiresAt)).toBe("0");
    expect(maxAge(credentials.expiresAt + 5000)).toBe("0");
  });

  it("refuses what browsers would drop, and says what to do", () => {
    const write = (): unknown =>
      transportOf().write({ ...credentials, access: "x".repeat(4096) }, false, now, null);
    expect(write).toThrow(expect.objectContaining({ code: "cookie_too_large" }));
    expect(write).toThrow(/jwt\.fields|cookie\.chunking/);
  });
});

describe("cookies in pieces", () => {
  const chunked = transportOf({ cookie: { chunking: true, hint: false }, hasRefresh: true });
  const names = (cookies: readonly string[], alive: boolean): (string | undefined)[] =>
    cookies.filter((one) => one.includes("Max-Age=0") !== alive).map((one) => one.split("=", 1)[0]);
  const headerOf = (cookies: readonly string[]): string =>
    cookies.map((one) => one.split("; ", 1)[0]).join("; ");

  it("come back as one token", () => {
    const access = "y".repeat(6000);
    const written = chunked.write({ ...withRefresh, access }, false, now, null);
    expect(names(written, true)).toEqual([`${name}.0`, `${name}.1`, `${name}-refresh`]);
    expect(chunked.read({ cookie: headerOf(written) })).toEqual(presented(access, "r1.refresh"));
  });

  it("leave no stale piece when the token shrinks, and no stale whole when it grows", () => {
    const long = headerOf(chunked.write({ ...credentials, access: "y".repeat(6000) }, false, now, null));
    const shrunk = chunked.write(credentials, false, now, long);
    expect([names(shrunk, true), names(shrunk, false)]).toEqual([[name], [`${name}.0`, `${name}.1`]]);
    const grown = chunked.write({ ...credentials, access: "y".repeat(6000) }, false, now, `${name}=x`);
    expect([names(grown, true), names(grown, false)]).toEqual([[`${name}.0`, `${name}.1`], [name]]);
  });

  it("that even two cannot hold are refused", () => {
    const write = (): unknown =>
      chunked.write({ ...credentials, access: "y".repeat(9000) }, false, now, null);
    expect(write).toThrow(expect.objectContaining({ code: "cookie_too_large" }));
    expect(write).toThrow(/jwt\.fields/);
  });

  it("of two values are nobody's", () => {
    expect(chunked.read({ cookie: `${name}=x; ${name}.0=y` })).toEqual({ kind: "duplicate", name });
  });
});

describe("clearing cookies", () => {
  it("removes each with the attributes it was set with", () => {
    const cookie: CookieOptions = {
      domain: "example.com",
      path: "/app",
      sameSite: "none",
      partitioned: true,
    };
    const shared = transportOf({ cookie, hasRefresh: true });
    const set = shared.write(withRefresh, true, now, null);
    const cleared = shared.clear({});
    const bare = (one: string): string => one.replace(/=[^;]*/, "=").replace(/Max-Age=\d+/, "Max-Age=0");
    expect(cleared).toEqual(set.map(bare));
    expect(cleared[0]).toBe(
      "__Secure-sojourn=; Path=/app; Domain=example.com; HttpOnly; Secure; SameSite=None; Partitioned; Max-Age=0",
    );
  });

  it("removes the pieces that the request has, each once", () => {
    const cookie = `${name}.0=a; ${name}.0=b; ${name}.1=c; ${name}-refresh.0=d; other=1; x${name}.0=e`;
    const cleared = transportOf({ hasRefresh: true })
      .clear({ cookie })
      .map((one) => one.split("=", 1)[0]);
    expect(cleared).toEqual([name, `${name}-refresh`, `${name}.0`, `${name}.1`, `${name}-refresh.0`]);
  });

  it("works whatever the request says it holds", () => {
    for (const cookie of [
      `${name}.${"9".repeat(5000)}=x`,
      "=".repeat(5000),
      ";".repeat(5000),
      `${name}.0\u0000=x`,
    ]) {
      expect(transportOf().clear({ cookie })).toEqual(transportOf().clear({}));
    }
  });
});

describe("encrypted cookies", () => {
  const sealed = transportOf({ cookie: { encrypt: true }, hasRefresh: true });
  const written = sealed.write(withRefresh, false, now, null).map((one) => one.split("; ", 1)[0] ?? "");
  const [access = "", refresh = ""] = written.map((pair) => pair.slice(pair.indexOf("=") + 1));

  it("show nothing of the token and are read again", () => {
    expect(written.join()).not.toContain("s1.access");
    expect(written.join()).not.toContain("r1.refresh");
    expect(sealed.read({ cookie: written.join("; ") })).toEqual(presented("s1.access", "r1.refresh"));
  });

  it.each([
    ["in clear", `${name}=s1.access`],
    ["moved from another cookie", `${name}=${refresh}`],
    ["cut short", `${name}=${access.slice(0, -1)}`],
    [
      "with a bit changed",
      `${name}=${access.slice(0, -2)}${access.at(-2) === "A" ? "B" : "A"}${access.at(-1)}`,
    ],
    ["of an unknown version", `${name}=${access.replace("v1.", "v2.")}`],
    ["empty", `${name}=`],
  ])("that are %s are a credential that is no good", (_what, cookie) => {
    expect(sealed.read({ cookie })).toEqual(presented("", null));
  });
});
