import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { claimedSid } from "./credential-sid.ts";
import { createSessionToken } from "./session-token.ts";

const sid = "0197f3a0-0000-7000-8000-000000000000";
const mac = "A".repeat(43);
const jwt = (payload: string): string => `e30.${Buffer.from(payload).toString("base64url")}.${mac}`;

describe("the session that a credential says it is of", () => {
  it.each([
    ["a session token", createSessionToken(sid, seededRandom(1)).token],
    ["a refresh token", `r1.${sid}.3.${mac}`],
    ["a signed token", jwt(JSON.stringify({ sub: "ada", sid }))],
  ])("is read from %s", (_what, credential) => {
    expect(claimedSid(credential)).toBe(sid);
  });

  it.each([
    "",
    sid,
    `s1.${sid}`,
    `s2.${sid}.${mac}`,
    `r1.${sid}.x.${mac}`,
    `s1.${sid.toUpperCase()}.${mac}`,
    jwt("{}"),
    jwt("null"),
    jwt("[]"),
    jwt('"text"'),
    jwt("{"),
    jwt('{"sid":1}'),
    jwt('{"sid":"x"}'),
    jwt(`{"__proto__":{"sid":"${sid}"}}`),
    "..",
    "a.b",
    `${"a".repeat(9000)}.e30.${mac}`,
  ])("is none for %j", (credential) => {
    expect(claimedSid(credential)).toBe(null);
  });
});
