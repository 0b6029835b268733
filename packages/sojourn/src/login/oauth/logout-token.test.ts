import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSojournError } from "../../domain/errors.ts";
import { readLogoutToken } from "./logout-token.ts";

const now = 1_800_000_000_000;
const seconds = now / 1000;
const expected = { clientId: "our-app", now };
const event = "http://schemas.openid.net/event/backchannel-logout";
const header = { alg: "RS256", typ: "logout+jwt", kid: "1" };
const claims = {
  iss: "https://id.example",
  aud: "our-app",
  iat: seconds,
  exp: seconds + 120,
  jti: "once",
  sub: "ada",
  sid: "p-1",
  events: { [event]: {} },
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenOf = (change: object = {}, headerChange: object = {}): string =>
  `${part({ ...header, ...headerChange })}.${part({ ...claims, ...change })}.c2ln`;
const read = (change: object = {}, headerChange: object = {}): unknown => {
  try {
    return readLogoutToken(tokenOf(change, headerChange), expected);
  } catch (error) {
    if (isSojournError(error, "logout_token_invalid")) return error.message;
    throw error;
  }
};

describe("a logout token", () => {
  it("tells whose session is over, and until when it is good", () => {
    expect(read()).toEqual({
      issuer: "https://id.example",
      id: "once",
      subject: "ada",
      providerSid: "p-1",
      issuedAt: now,
      goodUntil: now + 150_000,
    });
    expect(read({ sid: undefined })).toMatchObject({ subject: "ada", providerSid: null });
    expect(read({ sub: undefined })).toMatchObject({ subject: null, providerSid: "p-1" });
    expect(read({ exp: seconds + 20 })).toMatchObject({ goodUntil: now + 50_000 });
  });

  it.each([
    ["no type, which most providers send", {}, { typ: undefined }],
    ["the type of any JWT", {}, { typ: "JWT" }],
    ["its full type", {}, { typ: "application/logout+jwt" }],
    ["an audience in a list", { aud: ["our-app"] }, {}],
    ["several audiences, and us to act on it", { aud: ["our-app", "other"], azp: "our-app" }, {}],
    ["more claims, which say nothing to us", { acr: "x", roles: ["admin"] }, {}],
    ["something in its event", { events: { [event]: { reason: "x" }, "https://x.example": {} } }, {}],
    ["another algorithm", {}, { alg: "ES256" }],
    ["an Edwards curve", {}, { alg: "EdDSA" }],
    ["a clock that is ahead", { iat: seconds + 29, exp: seconds + 149 }, {}],
    ["two minutes on its back", { iat: seconds - 120, exp: seconds }, {}],
  ])("may have %s", (_what, change, headerChange) => {
    expect(read(change, headerChange)).toMatchObject({ id: "once" });
  });

  it.each([
    ["no signature", {}, { alg: "none" }, "key pair"],
    ["no algorithm", {}, { alg: undefined }, "key pair"],
    ["a shared secret", {}, { alg: "HS256" }, "key pair"],
    ["a made-up algorithm", {}, { alg: "RS256 " }, "key pair"],
    ["the type of an access token", {}, { typ: "at+jwt" }, "another type"],
    ["the type of a security event", {}, { typ: "secevent+jwt" }, "another type"],
    ["a type that is none", {}, { typ: 1 }, "another type"],
    ["no issuer", { iss: undefined }, {}, "iss"],
    ["an issuer that is none", { iss: 1 }, {}, "iss is no id"],
    ["another audience", { aud: "other" }, {}, "another client"],
    ["no audience", { aud: undefined }, {}, "another client"],
    ["others as its audience", { aud: ["other", "third"] }, {}, "another client"],
    ["several audiences, and nobody to act on it", { aud: ["our-app", "other"] }, {}, "another client"],
    [
      "several audiences, and another to act on it",
      { aud: ["our-app", "other"], azp: "other" },
      {},
      "another client",
    ],
    ["no events", { events: undefined }, {}, "no logout"],
    ["events that are a list", { events: [event] }, {}, "no logout"],
    ["events that are a text", { events: event }, {}, "no logout"],
    ["another event", { events: { "https://x.example": {} } }, {}, "no logout"],
    ["an event that is no object", { events: { [event]: true } }, {}, "no logout"],
    ["an event that is a list", { events: { [event]: [] } }, {}, "no logout"],
    ["a nonce", { nonce: "n" }, {}, "nonce"],
    ["an empty nonce", { nonce: null }, {}, "nonce"],
    ["no time", { iat: undefined }, {}, "when"],
    ["a time that is a text", { iat: String(seconds) }, {}, "when"],
    ["no end", { exp: undefined }, {}, "when"],
    ["an end that never comes", { exp: "never" }, {}, "when"],
    ["a time that is to come", { iat: seconds + 31, exp: seconds + 151 }, {}, "not good yet"],
    ["more than two minutes on its back", { iat: seconds - 151, exp: seconds + 999 }, {}, "too old"],
    ["an end that is past", { iat: seconds - 60, exp: seconds - 30 }, {}, "too old"],
    ["no id", { jti: undefined }, {}, "jti"],
    ["an empty id", { jti: "" }, {}, "jti"],
    ["an id that is none", { jti: 1 }, {}, "jti"],
    ["an id without end", { jti: "x".repeat(1025) }, {}, "jti"],
    ["neither session nor subject", { sid: undefined, sub: undefined }, {}, "neither"],
    ["an empty subject", { sub: "" }, {}, "sub is no id"],
    ["a session that is a list", { sid: ["p-1"] }, {}, "sid is no id"],
  ])("with %s is refused", (_what, change, headerChange, why) => {
    expect(read(change, headerChange)).toContain(why);
  });

  it("is refused if it cannot be read, and no refusal repeats anything of it", () => {
    const [head, body] = tokenOf().split(".");
    const all = ["", "x", "..", `${head}.${body}`, `${head}.${body}.`, `x.${body}.c2ln`, `${head}.x.c2ln`];
    for (const token of [
      ...all,
      `${part([])}.${body}.c2ln`,
      `${head}.${part(null)}.c2ln`,
      `${tokenOf()}.x`,
      `${tokenOf()}=`,
    ])
      expect(() => readLogoutToken(token, expected), token).toThrow("The logout token is refused");
    expect(read({ aud: "<script>" })).not.toContain("script");
  });

  it("never passes as anything but a token or a refusal, whatever is in it", () => {
    const anything = fc.jsonValue();
    const some = fc.dictionary(
      fc.constantFrom(...Object.keys(claims), "nonce", "azp", "__proto__"),
      anything,
    );
    fc.assert(
      fc.property(
        some,
        fc.dictionary(fc.constantFrom("alg", "typ", "kid", "crit"), anything),
        (change, head) => {
          const result = read(change, head);
          expect(typeof result === "string" || (result as { id: unknown }).id !== "").toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
