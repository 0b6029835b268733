import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { isCsrfTokenOf, makeCsrfToken } from "./csrf-token.ts";
import { createKeyRing } from "./key-ring.ts";
import { generateSecret } from "./secrets.ts";

const ring = createKeyRing(["Vb0p7eXqL3mZt9RkYw2sHc8uJd5fNg1oAi6xTe4rQvM"]);
const random = seededRandom(1);

describe("a CSRF token", () => {
  it("is of the one it was made for, whatever that is called, and of nobody else", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (holder, other) => {
        const token = makeCsrfToken(ring, holder, random);
        expect(isCsrfTokenOf(ring, holder, token)).toBe(true);
        expect(isCsrfTokenOf(ring, other, token)).toBe(holder === other);
      }),
    );
  });

  it("is still taken as earlier versions made it", () => {
    const token = "c1.jt-GI-UH.AAAAAAAAAAAAAAAAAAAAAA.g8ib65toN2tKKcViZ2-EZpADbcQTikyemfNF5Id6mLY";
    expect(isCsrfTokenOf(ring, "session:x", token)).toBe(true);
  });

  it("has one spelling", () => {
    const token = makeCsrfToken(ring, "session:x", random);
    expect(token).toMatch(/^c1\.[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/);
    for (let at = 0; at < token.length; at += 1) {
      for (const other of ["A", "B", "E", ".", "=", "\u0141", ""]) {
        if (token[at] === other) continue;
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        expect(isCsrfTokenOf(ring, "session:x", changed), changed).toBe(false);
      }
    }
    for (const changed of [`${token}=`, `${token} `, ` ${token}`, `${token}\n`, token.toUpperCase(), ""])
      expect(isCsrfTokenOf(ring, "session:x", changed), changed).toBe(false);
  });

  it("is good with an old key until that leaves the ring", () => {
    const [older, newer] = [generateSecret(), generateSecret()];
    const token = makeCsrfToken(createKeyRing([older]), "session:x", random);
    expect(isCsrfTokenOf(createKeyRing([newer, older]), "session:x", token)).toBe(true);
    expect(isCsrfTokenOf(createKeyRing([newer]), "session:x", token)).toBe(false);
  });

  it("never looks the same, so that nothing of it can be guessed from how a page compresses", () => {
    const tokens = Array.from({ length: 100 }, () => makeCsrfToken(ring, "session:x", random));
    for (const part of [2, 3])
      expect(new Set(tokens.map((token) => token.split(".")[part]?.slice(0, 8))).size).toBe(100);
  });
});
