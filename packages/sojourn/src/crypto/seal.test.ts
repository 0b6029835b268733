import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyRing, ownKey } from "./key-ring.ts";
import { createSealer } from "./seal.ts";
import { generateSecret } from "./secrets.ts";

const secret = "Vb0p7eXqL3mZt9RkYw2sHc8uJd5fNg1oAi6xTe4rQvM";
const sealer = createSealer(createKeyRing([secret]));

describe("a sealed value", () => {
  it("opens to the text it was made from, whatever that is", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: "grapheme", maxLength: 500 }), (name, text) => {
        expect(sealer.open(name, sealer.seal(name, text))).toBe(text);
      }),
    );
  });

  it("opens what earlier versions sealed", () => {
    expect(
      sealer.open("sojourn", "v1.jt-GI-UH.PpK2PvKbK9EVBzyW.z0e2T2xgtMmxty2YbQVJ1c-y_VUexVgO8Chpn91W"),
    ).toBe("kept for years");
  });

  it("shows nothing of its text, and never looks the same", () => {
    const [one, two] = [sealer.seal("sojourn", "ada@example.com"), sealer.seal("sojourn", "ada@example.com")];
    expect(one).toMatch(/^v1\.[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(one.split(".")[3] ?? "", "base64url").toString("latin1")).not.toContain("ada");
    expect(two).not.toBe(one);
  });

  it("opens under its own name only", () => {
    const sealed = sealer.seal("sojourn", "text");
    for (const name of ["sojourn-refresh", "Sojourn", "sojourn ", ""])
      expect(sealer.open(name, sealed)).toBeNull();
  });

  it("opens for its own purpose only", () => {
    const ring = createKeyRing([secret]);
    const sealed = createSealer(ring, "key-wrap").seal("sojourn", "text");
    expect(createSealer(ring, "key-wrap").open("sojourn", sealed)).toBe("text");
    for (const purpose of ["seal", "login-transaction", "provider-secret", "sign-out"] as const)
      expect(createSealer(ring, purpose).open("sojourn", sealed)).toBeNull();
  });

  it("opens with an old key until that leaves the ring, and not under another key's id", () => {
    const fresh = generateSecret();
    const sealed = sealer.seal("sojourn", "text");
    const both = createSealer(createKeyRing([fresh, secret]));
    expect(both.open("sojourn", sealed)).toBe("text");
    expect(createSealer(createKeyRing([fresh])).open("sojourn", sealed)).toBeNull();
    const renamed = sealed.replace(createKeyRing([secret]).activeId, createKeyRing([fresh]).activeId);
    expect(both.open("sojourn", renamed)).toBeNull();
  });

  it("does not open with any one character changed, added or left out", () => {
    const sealed = sealer.seal("sojourn", "forty-two");
    const character = fc.oneof(
      fc.constantFrom(..."ABCabc019-_.=+/ \n\0"),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    );
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), character, (at, other) => {
        fc.pre(sealed[at] !== other);
        expect(sealer.open("sojourn", sealed.slice(0, at) + other + sealed.slice(at + 1))).toBeNull();
        expect(sealer.open("sojourn", sealed.slice(0, at) + other + sealed.slice(at))).toBeNull();
        expect(sealer.open("sojourn", sealed.slice(0, at) + sealed.slice(at + 1))).toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  it("does not open cut short at any place, nor with bits that its bytes do not use", () => {
    for (const text of ["", "a", "ab", "abc"]) {
      const sealed = sealer.seal("sojourn", text);
      for (let length = 0; length < sealed.length; length += 1) {
        expect(sealer.open("sojourn", sealed.slice(0, length))).toBeNull();
      }
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      const last = alphabet.indexOf(sealed.slice(-1));
      for (const character of alphabet) {
        if (character === alphabet[last]) continue;
        expect(sealer.open("sojourn", sealed.slice(0, -1) + character)).toBeNull();
      }
    }
  });

  it.each([
    ["empty", ""],
    ["a version alone", "v1"],
    ["made of empty parts", "v1..."],
    ["of another version", `v2.${"A".repeat(8)}.${"A".repeat(16)}.${"A".repeat(30)}`],
    ["a million characters long", "A".repeat(1_000_000)],
  ])("does not open when it is %s", (_, text) => {
    expect(sealer.open("sojourn", text)).toBeNull();
  });

  it("is AES-256-GCM over the text, bound to version, key and name; a huge one is left unread", () => {
    const ring = createKeyRing([secret]);
    const sealElsewhere = (text: string): string => {
      const iv = Buffer.alloc(12, 7);
      const cipher = createCipheriv("aes-256-gcm", ownKey(ring, ring.activeId, "seal"), iv);
      cipher.setAAD(Buffer.from(`v1.${ring.activeId}.sojourn`));
      const content = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
      return `v1.${ring.activeId}.${iv.toString("base64url")}.${content.toString("base64url")}`;
    };
    expect(sealer.open("sojourn", sealElsewhere("text"))).toBe("text");
    expect(sealer.open("sojourn", sealElsewhere("x".repeat(13_000)))).toBeNull();
  });

  it("is refused when no request header could hold it, rather than lost on the way back", () => {
    expect(() => sealer.seal("sojourn", "x".repeat(12_300))).toThrow(
      expect.objectContaining({ code: "cookie_too_large" }),
    );
    const longest = "x".repeat(12_200);
    expect(sealer.open("sojourn", sealer.seal("sojourn", longest))).toBe(longest);
  });
});
