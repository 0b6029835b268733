import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyRing, idOfSource, keysOf } from "./key-ring.ts";
import type { KeyPurpose } from "./key-purposes.ts";
import { createSealer } from "./seal.ts";
import { secrets } from "./signer.fixture.ts";
import { webKeysOf } from "./web-keys.ts";
import { webUnseal } from "./web-seal.ts";

describe("keys that WebCrypto derives", () => {
  const purposes: readonly KeyPurpose[] = [
    "jwt:HS256:access",
    "jwt:HS384:session",
    "jwt:HS512:access",
    "jwt:ES256:access",
    "seal",
    "refresh",
  ];

  it("are those that Node derives, for any secret", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: "grapheme" }), async (secret) => {
        const web = await webKeysOf(secret);
        expect(web.id).toBe(idOfSource(secret));
        for (const purpose of purposes)
          expect(Buffer.from(await web.key(purpose))).toEqual(keysOf(secret)(purpose));
      }),
      { numRuns: 50 },
    );
  });
});

describe("what opens sealed cookies by WebCrypto", () => {
  const ring = createKeyRing([secrets[1], secrets[0]]);
  const sealer = createSealer(ring);
  const opened = async (name: string, sealed: string): Promise<unknown> =>
    (await webUnseal(await Promise.all(secrets.map(webKeysOf))))(name, sealed);

  it("opens what the server seals, with any of its secrets", async () => {
    for (const text of ["", "token", "L\u00f6velace \u{1f511}", "x".repeat(5000)]) {
      expect(await opened("sid", sealer.seal("sid", text))).toEqual({ text });
      const old = createSealer(createKeyRing([secrets[0]])).seal("sid", text);
      expect(await opened("sid", old)).toEqual({ text });
    }
  });

  it("T-35: opens nothing that was moved, cut, changed or respelled", async () => {
    const sealed = sealer.seal("sid", "token");
    expect(await opened("other", sealed)).toBeNull();
    const forOther = createSealer(ring, "login-transaction").seal("sid", "token");
    expect(await opened("sid", forOther)).toBeNull();
    for (let at = 0; at < sealed.length; at += 1) {
      for (const changed of [
        sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1),
        sealed.slice(0, at),
        `${sealed.slice(0, at)}=${sealed.slice(at)}`,
      ])
        expect([null, "foreign"], changed).toContain(await opened("sid", changed));
    }
    expect(await opened("sid", sealer.seal("sid", "x".repeat(6000)).padEnd(16_385, "A"))).toBeNull();
  });

  it("tells a key that is not known from a value that is none", async () => {
    const foreign = createSealer(createKeyRing(["Qe8uYt6rW2oP0iUyT5rEwQ9aSdFgHjKlZxCvBnM1234"]));
    expect(await opened("sid", foreign.seal("sid", "token"))).toBe("foreign");
    expect(await opened("sid", "nonsense")).toBeNull();
  });
});
