import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkClaims,
  type ClaimsFault,
  type ExpectedClaims,
  type SessionClaims,
  tokenTypes,
} from "./claims.ts";

const now = 1_800_000_000_000;
const seconds = now / 1000;

const good: SessionClaims = {
  iss: "https://app.example",
  aud: "https://app.example",
  sub: "u1",
  sid: "0197f3a0-0000-7000-8000-000000000000",
  iat: seconds,
  exp: seconds + 900,
  jti: "AAAAAAAAAAAAAAAAAAAAAA",
  client_id: "https://app.example",
  auth_time: seconds,
  amr: ["pwd"],
  kind: "user",
  method: "password",
  transport: "cookie",
  remember: false,
  session_start: seconds,
  session_exp: seconds + 86_400,
  idle: 3600,
  last_seen: seconds,
  user: { id: "u1" },
};
const expected: ExpectedClaims = { issuer: good.iss, audience: good.aud, transport: "cookie", clockSkew: 30 };

function check(changes: Readonly<Record<string, unknown>>, at = now): ClaimsFault | null {
  return checkClaims({ ...good, ...changes }, expected, at);
}

describe("the claims of a genuine token", () => {
  it("pass when they are all there, ours and of today", () => {
    expect(check({})).toBe(null);
    expect(check({ acr: "aal1", counter: 0, "https://app.example/tenant": "t1" })).toBe(null);
  });

  const noObjects: readonly unknown[] = [
    null,
    undefined,
    "{}",
    1,
    true,
    [],
    [good],
    Symbol("claims"),
    () => good,
  ];
  it.each(noObjects.map((claims) => [claims]))("are malformed as %o", (claims) => {
    expect(checkClaims(claims, expected, now)).toBe("claims_malformed");
  });

  const numbers = ["exp", "iat", "auth_time", "session_start", "session_exp", "idle", "last_seen"];
  const notNumbers = [
    undefined,
    null,
    "1800000000",
    Infinity,
    -Infinity,
    Number.NaN,
    [seconds],
    { valueOf: () => seconds },
    true,
  ];
  it.each(numbers)("need a finite %s", (name) => {
    for (const wrong of notNumbers) expect(check({ [name]: wrong }), String(wrong)).toBe("claim_missing");
  });

  it("see through an exp of 1e999, which JSON reads as a token that never expires", () => {
    const claims = JSON.parse(JSON.stringify(good).replace(/"exp":\d+/, '"exp":1e999')) as SessionClaims;
    expect(claims.exp).toBe(Infinity);
    expect(checkClaims(claims, expected, now)).toBe("claim_missing");
  });

  it.each(["sub", "sid", "jti", "method", "kind"])("need a text as %s", (name) => {
    for (const wrong of [undefined, null, "", 1, ["u1"], { toString: () => "u1" }]) {
      expect(check({ [name]: wrong })).toBe("claim_missing");
    }
  });

  it("need a list of methods and a user", () => {
    for (const amr of [undefined, null, "pwd", { 0: "pwd", length: 1 }])
      expect(check({ amr })).toBe("claim_missing");
    for (const user of [undefined, null, "u1", 1]) expect(check({ user })).toBe("claim_missing");
  });

  const noCounters: readonly unknown[] = [-1.5, 0.5, Infinity, Number.NaN, 2 ** 53, "1", null, [1]];
  it.each(noCounters.map((counter) => [counter]))("are malformed with the counter %o", (counter) => {
    expect(check({ counter })).toBe("claims_malformed");
  });

  it.each<[string, unknown, ClaimsFault]>([
    ["iss", "https://evil.example", "issuer_mismatch"],
    ["iss", "https://app.example/", "issuer_mismatch"],
    ["iss", "HTTPS://APP.EXAMPLE", "issuer_mismatch"],
    ["iss", undefined, "issuer_mismatch"],
    ["iss", ["https://app.example"], "issuer_mismatch"],
    ["aud", "https://api.example", "audience_mismatch"],
    ["aud", undefined, "audience_mismatch"],
    // RFC 7519 §4.1.3 allows lists; ours are never one, so a list is of somebody else.
    ["aud", ["https://app.example"], "audience_mismatch"],
    ["transport", "header", "transport_mismatch"],
    ["transport", undefined, "transport_mismatch"],
    ["transport", ["cookie"], "transport_mismatch"],
  ])("with the %s %j are refused", (name, value, fault) => {
    expect(check({ [name]: value })).toBe(fault);
  });

  it("may come from a clock that runs ahead by the skew, and not by a second more", () => {
    expect(check({ iat: seconds + 30 })).toBe(null);
    expect(check({ iat: seconds + 31 })).toBe("issued_in_future");
    expect(check({ iat: seconds + 30 }, now - 1)).toBe("issued_in_future");
  });

  it("are good until the ms of exp, without skew in their favour", () => {
    expect(check({}, good.exp * 1000 - 1)).toBe(null);
    expect(check({}, good.exp * 1000)).toBe("token_expired");
    expect(check({ exp: 0 })).toBe("token_expired");
    expect(check({ exp: -1 })).toBe("token_expired");
  });

  it("are refused for whose they are before how old they are", () => {
    expect(check({ iss: "other", exp: 0 })).toBe("issuer_mismatch");
  });

  it("do not take a claim from __proto__", () => {
    const { sub: _sub, ...rest } = good;
    const claims: unknown = JSON.parse(`${JSON.stringify(rest).slice(0, -1)},"__proto__":{"sub":"root"}}`);
    expect(Object.keys(claims as object)).toContain("__proto__");
    expect(checkClaims(claims, expected, now)).toBe("claim_missing");
  });

  it("never pass, and never throw, when they are any other JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (claims) => {
        expect(checkClaims(claims, expected, now)).not.toBe(null);
      }),
    );
  });

  it("never pass with one required claim replaced by any other kind of value", () => {
    const required = Object.keys(good).filter((name) => name !== "client_id" && name !== "remember");
    fc.assert(
      fc.property(fc.constantFrom(...required), fc.jsonValue(), (name, value) => {
        fc.pre(typeof value !== typeof good[name as keyof SessionClaims] && value !== null);
        expect(check({ [name]: value })).not.toBe(null);
      }),
    );
  });
});

describe("the kinds of tokens", () => {
  it("have types of their own (RFC 8725 §3.11)", () => {
    expect(tokenTypes).toEqual({ access: "at+jwt", session: "session+jwt" });
  });
});
