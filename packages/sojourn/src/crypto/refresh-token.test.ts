import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyRing, type KeyRing, ownKey } from "./key-ring.ts";
import { systemRandom } from "./random.ts";
import { isGenuine, makeRefreshToken, parseRefreshToken } from "./refresh-token.ts";
import { generateSecret } from "./secrets.ts";
import { createSid } from "./sid.ts";

const [oldSecret, newSecret] = [generateSecret(), generateSecret()];
const ring = createKeyRing([oldSecret]);
const rotated = createKeyRing([newSecret, oldSecret]);
const sid = createSid("ada", 1_795_233_600_123, systemRandom, ring);
const lineage = { sid, counter: 7, seed: systemRandom.bytes(32), keyId: ring.activeId };

const make = (changes: Partial<typeof lineage> = {}, by: KeyRing = ring): string => {
  const token = makeRefreshToken(by, { ...lineage, ...changes });
  if (token === null) throw new Error("no such key");
  return token;
};
const genuine = (token: string, record: typeof lineage = lineage, by: KeyRing = ring): boolean => {
  const parsed = parseRefreshToken(token);
  return parsed !== null && parsed.sid === record.sid && isGenuine(by, parsed, record);
};

describe("a refresh token", () => {
  it("names its session and its place in the lineage, and is the same each time it is made", () => {
    const token = make();
    expect(parseRefreshToken(token)).toEqual({ sid, counter: 7, mac: token.slice(-43) });
    expect(token).toBe(`r1.${sid}.7.${token.slice(-43)}`);
    expect(make()).toBe(token);
    expect(genuine(token)).toBe(true);
  });

  it("is keyed by the server's key and the row's seed together", () => {
    const key = createHmac("sha256", ownKey(ring, ring.activeId, "refresh"))
      .update(lineage.seed)
      .digest();
    const mac = createHmac("sha256", key).update(`r1.${sid}.7`).digest("base64url");
    expect(make()).toBe(`r1.${sid}.7.${mac}`);
  });

  it("cannot be made from the store alone, nor from the server's key alone", () => {
    // A thief of the store has seed and key id, but another secret; a thief of the key has no seed.
    const thiefRing = createKeyRing([generateSecret()]);
    expect(genuine(make({ keyId: thiefRing.activeId }, thiefRing))).toBe(false);
    expect(genuine(make({ seed: new Uint8Array(32) }))).toBe(false);
    expect(genuine(make({ seed: systemRandom.bytes(32) }))).toBe(false);
  });

  it("cannot be made from an earlier one: each counter has a MAC of its own", () => {
    const mac = make().slice(-43);
    for (const counter of [0, 6, 8, 77]) expect(genuine(`r1.${sid}.${counter}.${mac}`)).toBe(false);
  });

  it("is genuine for counters behind and ahead of the head: what to do with them is not its question", () => {
    for (const counter of [0, 6, 8, 100]) expect(genuine(make({ counter }))).toBe(true);
  });

  it("stays genuine, and the same, when a new secret is put before the old one", () => {
    const token = make();
    expect(genuine(token, lineage, rotated)).toBe(true);
    expect(make({}, rotated)).toBe(token);
  });

  it("has one genuine form at the head: of the key that the row names", () => {
    const byNewKey = make({ keyId: rotated.activeId }, rotated);
    expect(genuine(byNewKey, lineage, rotated)).toBe(false);
    expect(genuine(byNewKey, { ...lineage, keyId: rotated.activeId }, rotated)).toBe(true);
    // The link before it may be of the key before it.
    const before = make({ counter: 6 });
    expect(genuine(before, { ...lineage, keyId: rotated.activeId }, rotated)).toBe(true);
  });

  it("is not genuine, and not made, once its key has left the ring", () => {
    const without = createKeyRing([newSecret]);
    expect(genuine(make(), lineage, without)).toBe(false);
    expect(makeRefreshToken(without, lineage)).toBeNull();
    expect(genuine(make({ counter: 6 }), lineage, without)).toBe(false);
  });

  it("belongs to its session", () => {
    const other = createSid("eve", 1_795_233_600_123, systemRandom, ring);
    const moved = make().replace(sid, other);
    expect(genuine(moved, { ...lineage, sid: other })).toBe(false);
  });

  it("is not accepted with any one character changed, added or left out", () => {
    const token = make({ counter: 7 });
    const character = fc.oneof(
      fc.constantFrom(..."ABCabc0123456789-_.=+/ \n\0"),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    );
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), character, (at, other) => {
        fc.pre(token[at] !== other);
        expect(genuine(token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
        expect(genuine(token.slice(0, at) + other + token.slice(at))).toBe(false);
        expect(genuine(token.slice(0, at) + token.slice(at + 1))).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it("can count as far as a safe integer", () => {
    const counter = Number.MAX_SAFE_INTEGER;
    expect(parseRefreshToken(make({ counter }))?.counter).toBe(counter);
  });

  const mac = "A".repeat(43);
  it.each([
    ["a leading zero", `r1.${sid}.07.${mac}`],
    ["a sign", `r1.${sid}.+7.${mac}`],
    ["a negative counter", `r1.${sid}.-7.${mac}`],
    ["a fraction", `r1.${sid}.7.0.${mac}`],
    ["an exponent", `r1.${sid}.7e0.${mac}`],
    ["a hexadecimal counter", `r1.${sid}.0x7.${mac}`],
    ["a digit of another script", `r1.${sid}.\u0667.${mac}`],
    ["a counter past the safe integers", `r1.${sid}.9007199254740992.${mac}`],
    ["no counter", `r1.${sid}..${mac}`],
    ["a short MAC", `r1.${sid}.7.${mac.slice(1)}`],
    ["unused bits in the MAC", `r1.${sid}.7.${mac.slice(1)}B`],
    ["padding", `r1.${sid}.7.${mac}=`],
    ["a line break", `r1.${sid}.7.${mac}\n`],
    ["another version", `r2.${sid}.7.${mac}`],
    ["the sid in upper case", `r1.${sid.toUpperCase()}.7.${mac}`],
    ["nothing", ""],
    ["a million characters", "r".repeat(1_000_000)],
  ])("is not one with %s", (_, text) => {
    expect(parseRefreshToken(`r1.${sid}.7.${mac}`)).not.toBeNull();
    expect(parseRefreshToken(text)).toBeNull();
  });

  it("is not accepted where a session token is expected, nor the other way round", () => {
    expect(parseRefreshToken(`s1.${sid}.${mac}`)).toBeNull();
  });
});
