import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isSojournError } from "../domain/errors.ts";
import type { KeyPurpose } from "./key-purposes.ts";
import { createKeyRing, ownKey } from "./key-ring.ts";
import { generateSecret } from "./secrets.ts";

const secret = "Vb0p7eXqL3mZt9RkYw2sHc8uJd5fNg1oAi6xTe4rQvM";
const purposes: readonly KeyPurpose[] = [
  "refresh",
  "seal",
  "session-tag",
  "jwt:HS256:access",
  "jwt:HS256:session",
  "jwt:HS384:access",
  "jwt:HS512:access",
  "jwt:EdDSA:access",
  "jwt:EdDSA:session",
  "jwt:ES256:access",
  "jwt:ES256:session",
];

/** RFC 5869 §2.2 and §2.3, written out. */
function hkdf(secretBytes: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  const extracted = createHmac("sha256", salt).update(secretBytes).digest();
  let block = Buffer.alloc(0);
  let output = Buffer.alloc(0);
  for (let index = 1; output.length < length; index += 1) {
    block = createHmac("sha256", extracted)
      .update(Buffer.concat([block, info, Buffer.from([index])]))
      .digest();
    output = Buffer.concat([output, block]);
  }
  return output.subarray(0, length);
}

describe("a key ring", () => {
  it("derives its keys as RFC 5869 says", () => {
    const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
    // RFC 5869 §A.1, for the reference itself.
    const vector = hkdf(
      bytes("0b".repeat(22)),
      bytes("000102030405060708090a0b0c"),
      bytes("f0f1f2f3f4f5f6f7f8f9"),
      42,
    );
    expect(vector.toString("hex")).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );

    const ring = createKeyRing([secret]);
    for (const purpose of purposes) {
      const key = ownKey(ring, ring.activeId, purpose);
      expect(key).toEqual(
        hkdf(Buffer.from(secret), Buffer.from("sojourn/1"), Buffer.from(purpose), key.length),
      );
    }
  });

  it("gives the same keys in every version: live tokens depend on them", () => {
    const ring = createKeyRing([secret]);
    expect(ring.activeId).toBe("jt-GI-UH");
    expect(ring.key(ring.activeId, "refresh")?.toString("base64url")).toBe(
      "MfhuAPMZNO9uc1H-TKS6leTogu28m7G3d77xoSDLIH0",
    );
  });

  it("has a different key for every purpose, as long as its algorithm wants", () => {
    const ring = createKeyRing([secret]);
    const keys = purposes.map((purpose) => ownKey(ring, ring.activeId, purpose));
    expect(new Set(keys.map((key) => key.subarray(0, 32).toString("hex"))).size).toBe(purposes.length);
    expect(ring.key(ring.activeId, "jwt:HS256:access")).toHaveLength(32);
    expect(ring.key(ring.activeId, "jwt:HS384:access")).toHaveLength(48);
    expect(ring.key(ring.activeId, "jwt:HS512:access")).toHaveLength(64);
    expect(ring.key(ring.activeId, "jwt:EdDSA:access")).toHaveLength(32);
    expect(ring.key(ring.activeId, "jwt:ES256:access")).toHaveLength(48);
  });

  it("derives each key once", () => {
    const ring = createKeyRing([secret]);
    expect(ring.key(ring.activeId, "refresh")).toBe(ring.key(ring.activeId, "refresh"));
  });

  it("signs with the first secret, and keeps every id through a rotation", () => {
    const [old, fresh] = [generateSecret(), generateSecret()];
    const [before, after] = [createKeyRing([old]), createKeyRing([fresh, old])];
    expect(after.activeId).not.toBe(before.activeId);
    expect(after.ids).toEqual([createKeyRing([fresh]).activeId, before.activeId]);
    expect(after.key(before.activeId, "refresh")).toEqual(before.key(before.activeId, "refresh"));
    expect(createKeyRing([fresh]).key(before.activeId, "refresh")).toBeNull();
  });

  it("has ids of eight characters that tell nothing of the secret", () => {
    const ring = createKeyRing([secret]);
    expect(ring.activeId).toMatch(/^[A-Za-z0-9_-]{8}$/);
    expect(secret).not.toContain(ring.activeId);
  });

  it("knows no key by an id that is not in it, however it is made up", () => {
    const ring = createKeyRing([secret]);
    const ids = [
      "",
      "__proto__",
      "constructor",
      "toString",
      "../../etc/passwd",
      "' or 1=1 --",
      "a".repeat(10_000),
    ];
    for (const id of ids) expect(ring.key(id, "refresh")).toBeNull();
  });

  it("refuses no secret, a weak one in any place, and one given twice", () => {
    const code = (secrets: readonly string[]): unknown => {
      try {
        createKeyRing(secrets);
        return null;
      } catch (error) {
        return isSojournError(error) ? `${error.code}: ${error.message.split(" ", 1)[0]}` : error;
      }
    };
    expect(code([])).toBe("config_secret_missing: secret");
    expect(code(["short"])).toBe("config_secret_weak: secret");
    expect(code([secret, "short"])).toBe("config_secret_weak: secret[1]");
    expect(code([secret, generateSecret(), secret])).toBe("config_invalid: secret[2]");
    expect(code([secret, generateSecret()])).toBeNull();
  });

  it("fails loudly for an id that its own code made up", () => {
    expect(() => ownKey(createKeyRing([secret]), "nobody", "seal")).toThrow(/no key "nobody"/);
  });
});
