import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { headerReader, requestHeaders } from "./request-headers.ts";

const sent = { cookie: "a=1; b=2", authorization: "Bearer x", "user-agent": "test/1" };
const read = { cookie: "a=1; b=2", authorization: "Bearer x", userAgent: "test/1", passive: false, ip: null };

describe("the headers of a request", () => {
  it("are the same, whatever kind of request it is", () => {
    expect(requestHeaders(new Request("http://localhost/", { headers: sent }), null)).toEqual(read);
    expect(requestHeaders(new Headers(sent), null)).toEqual(read);
    expect(requestHeaders({ headers: sent }, null)).toEqual(read);
    expect(requestHeaders({ headers: sent satisfies IncomingMessage["headers"] }, null)).toEqual(read);
  });

  it("are null where they are not", () => {
    const nothing = { cookie: null, authorization: null, userAgent: null, passive: false, ip: null };
    for (const source of [
      new Headers(),
      { headers: new Headers() },
      { headers: {} },
      { headers: { cookie: undefined } },
    ]) {
      expect(requestHeaders(source, null)).toEqual(nothing);
    }
  });

  it("carry the address that the host knows", () => {
    expect(requestHeaders(new Headers(), "192.0.2.1").ip).toBe("192.0.2.1");
  });

  it("are cut where a user agent is longer than sessions keep it", () => {
    expect(requestHeaders(new Headers({ "user-agent": "x".repeat(10_000) }), null).userAgent).toBe(
      "x".repeat(512),
    );
  });

  it("that stand there several times are joined as their own rules say", () => {
    // RFC 9113 §8.2.3 for cookies, RFC 9110 §5.3 for all others.
    const reader = headerReader({ headers: { cookie: ["a=1", "b=2"], "x-other": ["1", "2"] } });
    expect(reader("cookie")).toBe("a=1; b=2");
    expect(reader("x-other")).toBe("1, 2");
  });
});

describe("a request that is no sign of the user", () => {
  it.each([
    ["says so itself", { "sojourn-passive": "1" }],
    ["is a prefetch", { "sec-purpose": "prefetch" }],
    ["is a prefetch with more to say", { "sec-purpose": "prefetch;prerender" }],
    ["is a prefetch of an older browser", { purpose: "prefetch" }],
  ])("%s", (_what, headers) => {
    expect(requestHeaders(new Headers(headers), null).passive).toBe(true);
    expect(requestHeaders({ headers }, null).passive).toBe(true);
  });

  it("is not any other", () => {
    expect(requestHeaders(new Headers({ "sec-purpose": "navigate" }), null).passive).toBe(false);
    expect(requestHeaders(new Headers({ "x-purpose": "prefetch" }), null).passive).toBe(false);
  });
});
