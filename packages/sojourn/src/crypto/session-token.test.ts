import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyRing } from "./key-ring.ts";
import { systemRandom } from "./random.ts";
import { generateSecret } from "./secrets.ts";
import { createSessionToken, parseSessionToken, secretMatches } from "./session-token.ts";
import { createSid } from "./sid.ts";

const sid = createSid("ada", 1_795_233_600_123, systemRandom, createKeyRing([generateSecret()]));
const { token, secretHash } = createSessionToken(sid, systemRandom);

/** As a strategy uses them: the row is found by sid, then the secret is compared. */
const accepted = (presented: string): boolean => {
  const parsed = parseSessionToken(presented);
  return parsed !== null && parsed.sid === sid && secretMatches(parsed.secret, secretHash);
};

describe("a session token", () => {
  it("holds the sid and a secret, of which the store gets the SHA-256 only", () => {
    const parsed = parseSessionToken(token);
    expect(parsed?.sid).toBe(sid);
    expect(token).toBe(`s1.${sid}.${parsed?.secret}`);
    expect(Buffer.from(secretHash)).toEqual(createHash("sha256").update(String(parsed?.secret)).digest());
    expect(accepted(token)).toBe(true);
  });

  it("SC-01: has 256 fresh random bits", () => {
    const drawn = 100_000;
    const secrets = Array.from(
      { length: drawn },
      () => parseSessionToken(createSessionToken(sid, systemRandom).token)?.secret,
    );
    expect(new Set(secrets).size).toBe(drawn);
    const ones = Array.from({ length: 256 }, () => 0);
    for (const secret of secrets) {
      const bytes = Buffer.from(String(secret), "base64url");
      if (bytes.length !== 32) expect(bytes).toHaveLength(32);
      for (const bit of ones.keys())
        ones[bit] = (ones[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
    }
    // Chi-square over all positions; above 370 happens once in a million runs for 256 fair bits.
    const chiSquare = ones.reduce((sum, count) => sum + (count - drawn / 2) ** 2 / (drawn / 4), 0);
    expect(chiSquare).toBeLessThan(370);
  });

  it("is not accepted with any one character changed, added or left out", () => {
    const place = fc.nat({ max: token.length - 1 });
    const character = fc.oneof(
      fc.constantFrom(..."ABCabc019-_.=+/ \n\0"),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    );
    fc.assert(
      fc.property(place, character, (at, other) => {
        fc.pre(token[at] !== other);
        expect(accepted(token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
        expect(accepted(token.slice(0, at) + other + token.slice(at))).toBe(false);
        expect(accepted(token.slice(0, at) + token.slice(at + 1))).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it("is not accepted in another spelling of the same bytes", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(token.slice(-1));
    const respelled = [1, 2, 3].map((bits) => token.slice(0, -1) + alphabet[last + bits]);
    for (const other of [
      ...respelled,
      `${token}=`,
      ` ${token}`,
      `${token}\n`,
      token.toUpperCase(),
      encodeURIComponent(` ${token}`),
    ]) {
      expect(parseSessionToken(other)).toBeNull();
    }
  });

  it.each([
    ["empty", ""],
    ["a version alone", "s1."],
    ["made of empty parts", "s1.."],
    ["of another version", `s2.${sid}.${"A".repeat(43)}`],
    ["about a sid in upper case", `s1.${sid.toUpperCase()}.${"A".repeat(43)}`],
    ["about what is no sid", `s1.${"../".repeat(12)}.${"A".repeat(43)}`],
    ["without a secret", `s1.${sid}`],
    ["short of a character", `s1.${sid}.${"A".repeat(42)}`],
    ["a million characters long", "s".repeat(1_000_000)],
  ])("is none when it is %s", (_, text) => {
    expect(parseSessionToken(text)).toBeNull();
  });

  it("does not match a hash of the wrong length, nor another's", () => {
    const secret = String(parseSessionToken(token)?.secret);
    expect(secretMatches(secret, secretHash)).toBe(true);
    expect(secretMatches(secret, secretHash.subarray(0, 31))).toBe(false);
    expect(secretMatches(secret, new Uint8Array(0))).toBe(false);
    expect(secretMatches(secret, createSessionToken(sid, systemRandom).secretHash)).toBe(false);
  });
});
