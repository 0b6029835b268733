import { describe, expect, it } from "vitest";
import { createKeyRing, idOfSource } from "./key-ring.ts";
import { unwrapKey, wrapKey } from "./key-wrap.ts";
import { generateSecret } from "./secrets.ts";
import { createSealer } from "./seal.ts";

const [old, fresh, other] = [generateSecret(), generateSecret(), generateSecret()];
const source = Buffer.alloc(32, 7);
const id = idOfSource(source);
const secretsOf = (...secrets: string[]): ReturnType<typeof createKeyRing> => createKeyRing(secrets);

describe("a key in a store", () => {
  it("opens with the secret that it was sealed under, and with no other", () => {
    const wraps = wrapKey(secretsOf(old), source);
    expect(unwrapKey(secretsOf(old), id, wraps)).toEqual(source);
    expect(unwrapKey(secretsOf(fresh, old), id, wraps)).toEqual(source);
    expect(unwrapKey(secretsOf(other), id, wraps)).toBeNull();
  });

  it("shows nothing of itself, and does not open as another key or as a cookie", () => {
    const wraps = wrapKey(secretsOf(old), source);
    expect(wraps.join()).not.toContain(source.toString("base64url"));
    expect(unwrapKey(secretsOf(old), idOfSource(Buffer.alloc(32, 8)), wraps)).toBeNull();
    expect(createSealer(secretsOf(old)).open(id, wraps[0] ?? "")).toBeNull();
  });

  it("is sealed under each secret while the secret changes, so that nodes with either can read it", () => {
    const before = wrapKey(secretsOf(old), source);
    const during = wrapKey(secretsOf(fresh, old), source, before, true);
    expect(during).toHaveLength(2);
    expect(during).toContain(before[0]);
    expect(unwrapKey(secretsOf(old), id, during)).toEqual(source);
    expect(unwrapKey(secretsOf(fresh), id, during)).toEqual(source);
  });

  it("loses the seal of a secret that is not given any more, but not to a node that may only be behind", () => {
    const during = wrapKey(secretsOf(fresh, old), source);
    expect(wrapKey(secretsOf(old), source, during, true)).toHaveLength(2);
    const after = wrapKey(secretsOf(fresh), source, during);
    expect(after).toHaveLength(1);
    expect(unwrapKey(secretsOf(old), id, after)).toBeNull();
    expect(unwrapKey(secretsOf(fresh), id, after)).toEqual(source);
  });

  it("is sealed at most three times, however long the list of secrets", () => {
    const many = secretsOf(fresh, old, other, generateSecret());
    expect(wrapKey(many, source, wrapKey(secretsOf(generateSecret()), source), true)).toHaveLength(3);
  });
});
